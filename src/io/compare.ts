/** How `out/` stands to what was rendered. Reads, never writes. */

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, RenderedFile } from '../model/artifact.ts';
import { MANIFEST, manifestOf, manifestText, readManifest, sha256, type Manifest } from './manifest.ts';

export const LOCK = '.talmox.lock';
export const TEMPORARY_SUFFIX = '.talmox-tmp';

/**
 * What the backends' own tools leave beside their files: caches, state, plans, and the secrets that
 * Talos tools write. None of it is talmox' to judge.
 */
const DROPPINGS: readonly RegExp[] = [
  /^(?:tofu|ansible|crossplane|talos)\/(?:\.terraform|\.collections|\.ansible|\.run|\.task|clusterconfig|cache)$/,
  /^tofu\/(?:\.terraform\.lock\.hcl|\.terraform\.tfstate\.lock\.info|tfplan|tfdestroy|.*\.tfstate(?:\..*)?|.*\.tfvars)$/,
  /^ansible\/(?:.*\/)?[^/]+\.retry$/,
  /^talos\/(?:.*secret.*|controlplane\.yaml|worker\.yaml|talosconfig|kubeconfig|.*\.sops\.yaml)$/,
  /^(?:.*\/)?(?:[^/]+\.sops\.yaml|\.DS_Store|\.gitkeep)$/,
  /^\.task$/,
];

/** Every path of `out/` that is rendered, recorded or lies there, sorted; `same` included. */
export function compare(out: string, files: readonly RenderedFile[]): Change[] {
  const manifest = readManifest(out);
  const rendered = new Set(files.map((file) => file.path));
  const changes = [
    ...files.map((file) => compareFile(out, file, manifest)),
    ...Object.keys(manifest.files).flatMap((path) => (rendered.has(path) ? [] : compareOrphan(out, path, manifest))),
    ...extras(out, '', (path) => rendered.has(path) || path in manifest.files),
    compareManifest(out, files),
  ];
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Does anything have to be written? */
export function isCurrent(changes: readonly Change[]): boolean {
  return changes.every((change) => change.kind === 'same');
}

function compareFile(out: string, file: RenderedFile, manifest: Manifest): Change {
  const { path, content: after } = file;
  const before = read(out, path);
  const change = (kind: Change['kind']): Change => ({ kind, path, before, after });
  if (before === null) return change(path in manifest.files ? 'missing' : 'create');
  if (before === after && !isLink(out, path)) return change(modeDiffers(out, file) ? 'update' : 'same');
  return change(wroteIt(manifest, path, before) ? 'update' : 'hand-edited');
}

function compareOrphan(out: string, path: string, manifest: Manifest): Change[] {
  const before = read(out, path);
  if (before === null) return [];
  return [{ kind: wroteIt(manifest, path, before) ? 'delete' : 'hand-edited', path, before, after: null }];
}

function compareManifest(out: string, files: readonly RenderedFile[]): Change {
  const before = read(out, MANIFEST);
  const after = manifestText(manifestOf(files));
  const kind = before === after ? 'same' : before === null ? 'create' : 'update';
  return { kind, path: MANIFEST, before, after };
}

/** Is this content what a run of talmox left there, finished or not? */
function wroteIt(manifest: Manifest, path: string, content: string): boolean {
  const hash = sha256(content);
  return manifest.files[path]?.sha256 === hash || manifest.pending[path] === hash;
}

function extras(out: string, prefix: string, known: (path: string) => boolean): Change[] {
  return entries(out, prefix).flatMap(({ name, isDirectory }): Change[] => {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const ours = path === MANIFEST || path === LOCK || name.endsWith(TEMPORARY_SUFFIX);
    if (ours || known(path) || DROPPINGS.some((pattern) => pattern.test(path))) return [];
    if (isDirectory) return extras(out, path, known);
    return [{ kind: 'extra', path, before: read(out, path), after: null }];
  });
}

function entries(out: string, prefix: string): { name: string; isDirectory: boolean }[] {
  try {
    return readdirSync(join(out, prefix), { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isDirectory: entry.isDirectory(),
    }));
  } catch {
    return [];
  }
}

/** Content of a file, or `null` where there is none; a link or directory reads as something nobody rendered. */
function read(out: string, path: string): string | null {
  try {
    return readFileSync(join(out, path), 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    return ['ENOENT', 'ENOTDIR'].includes(reason) ? (isLink(out, path) ? '' : null) : '';
  }
}

function isLink(out: string, path: string): boolean {
  return lstatSync(join(out, path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Only whether it can be run: everything else depends on the umask and on version control. */
function modeDiffers(out: string, file: RenderedFile): boolean {
  const mode = lstatSync(join(out, file.path)).mode;
  return process.platform !== 'win32' && (mode & 0o100) !== (file.mode & 0o100);
}
