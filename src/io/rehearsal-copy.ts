/** A copy of the rendered output in a separate folder, where a tool may leave files. */

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A file of the copied `out/`. */
export interface CopiedFile {
  /** Under `out/`, POSIX separators. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
}

export interface RehearsalCopy {
  /** The copied `out/`. */
  readonly out: string;
  /** An empty folder beside it. */
  readonly temporaryDirectory: string;
  /** Is this path of the real `out/` there, and so shared with the copy? */
  has(path: string): boolean;
  /** Puts other output in the place of what is there; what the tools left stays, their state above all. */
  replace(files: readonly CopiedFile[]): void;
  lay(files: Readonly<Record<string, string>>): void;
  /** Brings what the tools' own set-up left in the real `out/`: folders as links, files as copies that a tool may change. */
  share(paths: readonly string[]): void;
  /** The same again in a folder of its own, with everything that the tools have left so far. */
  fork(): RehearsalCopy;
  remove(): void;
}

/** @param realOut `out/` of the user: read, never written */
export function copyForRehearsal(realOut: string, files: readonly CopiedFile[]): RehearsalCopy {
  const root = mkdtempSync(join(tmpdir(), 'talmox-rehearsal-'));
  mkdirSync(join(root, 'tmp'));
  for (const file of files) write(join(root, 'out'), file);
  return copyIn(root, realOut, files);
}

function copyIn(root: string, realOut: string, files: readonly CopiedFile[]): RehearsalCopy {
  const out = join(root, 'out');
  let present = files;
  const has = (path: string): boolean => existsSync(join(realOut, path));
  return {
    out,
    temporaryDirectory: join(root, 'tmp'),
    has,
    replace: (next) => {
      for (const { path } of present) rmSync(join(out, path), { force: true });
      for (const file of next) write(out, file);
      present = next;
    },
    lay: (more) => {
      for (const [path, content] of Object.entries(more)) write(out, { path, content, mode: 0o644 });
    },
    share: (paths) => {
      for (const path of paths.filter(has)) share(join(realOut, path), join(out, path));
    },
    fork: () => {
      const twin = mkdtempSync(join(tmpdir(), 'talmox-rehearsal-'));
      cpSync(root, twin, { recursive: true, verbatimSymlinks: true });
      return copyIn(twin, realOut, present);
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function write(out: string, { path, content, mode }: CopiedFile): void {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), content, { mode });
}

function share(real: string, copied: string): void {
  mkdirSync(dirname(copied), { recursive: true });
  rmSync(copied, { force: true });
  if (statSync(real).isDirectory()) symlinkSync(real, copied);
  else copyFileSync(real, copied);
}
