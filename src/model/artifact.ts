/** What a run renders, and how it compares with what is on disk. */

/** The language of an output: decides its comment syntax, its allowed filters and its verification. */
export type Format = 'yaml' | 'taskfile' | 'hcl' | 'ini' | 'markdown' | 'shell' | 'text';

/** One file to render: a template, the place of its output, and the values it reads. */
export interface Artifact {
  /** Under `out/`, POSIX separators. */
  readonly path: string;
  /** Under `templates/`; what does not end in `.j2` is copied. */
  readonly template: string;
  readonly format: Format;
  readonly mode: 0o644 | 0o755;
  readonly view: Readonly<Record<string, unknown>>;
}

export interface RenderedFile {
  readonly path: string;
  readonly template: string;
  readonly format: Format;
  readonly mode: 0o644 | 0o755;
  /** LF line ends, one final newline. */
  readonly content: string;
  /** The YAML documents the content must parse to, where the template prints whole documents. */
  readonly documents: readonly unknown[] | null;
}

/** How one path of `out/` compares with what was rendered. */
export type ChangeKind =
  | 'same'
  /** Rendered, not on disk, not in the manifest. */
  | 'create'
  /** Rendered and in the manifest, but gone from disk. */
  | 'missing'
  /** On disk as last written, but the rendered content differs. */
  | 'update'
  /** In the manifest and on disk, no longer rendered. */
  | 'delete'
  /** On disk with content that talmox did not render. */
  | 'hand-edited'
  /** On disk in `out/`, neither rendered nor in the manifest. */
  | 'extra';

export interface Change {
  readonly kind: ChangeKind;
  readonly path: string;
  /** Content on disk, `null` where there is none. */
  readonly before: string | null;
  /** Rendered content, `null` where there is none. */
  readonly after: string | null;
}
