/** Compares `out/` with what was rendered. Reads, never writes. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, RenderedFile } from '../model/artifact.ts';
import { isToolFile } from '../model/tool-files.ts';
import { assertOutDirectory, readEntry, type Entry } from './entry.ts';
import { MANIFEST, manifestOf, manifestText, readManifest, sha256, type Manifest } from './manifest.ts';

/** A directory; drafts and leftovers of it have names that begin with this. */
export const LOCK = '.talmox-lock';
/** A file of earlier versions, which may have come with a commit. */
export const OLD_LOCK = '.talmox.lock';
export const TEMPORARY_SUFFIX = '.talmox-tmp';

/**
 * Every path of `out/` that is rendered, recorded or lies there, sorted; `same` included.
 * @throws WriteError when `out/`, its manifest or a file in it cannot be read
 */
export function compare(out: string, files: readonly RenderedFile[]): Change[] {
  assertOutDirectory(out);
  const manifest = readManifest(out);
  const rendered = new Set(files.map((file) => file.path));
  const changes = [
    ...compareFiles(out, files, manifest),
    ...Object.keys(manifest.files).flatMap((path) => (rendered.has(path) ? [] : compareOrphan(out, path, manifest))),
    ...extras(out, '', (path) => rendered.has(path) || Object.hasOwn(manifest.files, path)),
    compareManifest(out, files),
  ];
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Is this path to be written or deleted? Files that talmox did not write are left alone. */
export function isDue({ kind }: Change): boolean {
  return kind !== 'same' && kind !== 'extra';
}

/** Is nothing to be written, and nothing in excess? */
export function isCurrent(changes: readonly Change[]): boolean {
  return changes.every((change) => change.kind === 'same');
}

function compareFiles(out: string, files: readonly RenderedFile[], manifest: Manifest): Change[] {
  const pairs = files.map((file) => ({ file, entry: readEntry(out, file.path) }));
  const modes = hasModes(pairs);
  return pairs.map(({ file, entry }) => compareFile(file, entry, modes, manifest));
}

function compareFile(file: RenderedFile, entry: Entry, modes: boolean, manifest: Manifest): Change {
  const { path, content: after } = file;
  const before = textOf(entry);
  const change = (kind: Change['kind']): Change => ({ kind, path, before, after });
  if (before === null) return change(Object.hasOwn(manifest.files, path) ? 'missing' : 'create');
  if (entry.kind === 'file' && before === after)
    return change(modes && entry.executable !== isScript(file) ? 'update' : 'same');
  return change(
    before === after || wroteIt(manifest, path, before) || hasOtherLineEnds(before, after) ? 'update' : 'hand-edited',
  );
}

function compareOrphan(out: string, path: string, manifest: Manifest): Change[] {
  const before = textOf(readEntry(out, path));
  if (before === null) return [];
  return [{ kind: wroteIt(manifest, path, before) ? 'delete' : 'hand-edited', path, before, after: null }];
}

function compareManifest(out: string, files: readonly RenderedFile[]): Change {
  const before = textOf(readEntry(out, MANIFEST));
  const after = manifestText(manifestOf(files));
  const kind = before === after ? 'same' : before === null ? 'create' : 'update';
  return { kind, path: MANIFEST, before, after };
}

/** The text on disk: `null` where there is nothing, empty where there is something without text. */
function textOf(entry: Entry): string | null {
  return entry.kind === 'none' ? null : entry.kind === 'other' ? '' : entry.content;
}

/** Is this content what a run of talmox left there, finished or not, whatever was done to its line ends? */
function wroteIt(manifest: Manifest, path: string, content: string): boolean {
  const recorded = Object.hasOwn(manifest.files, path) ? manifest.files[path]?.sha256 : undefined;
  const pending = Object.hasOwn(manifest.pending, path) ? manifest.pending[path] : undefined;
  return [content, withLineFeeds(content)].some((text) => [recorded, pending].includes(sha256(text)));
}

/** Git with `core.autocrlf` turns every line end into CRLF. */
export function hasOtherLineEnds(before: string | null, after: string | null): boolean {
  return before !== null && after !== null && before !== after && withLineFeeds(before) === after;
}

function withLineFeeds(text: string): string {
  return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
}

function extras(out: string, prefix: string, known: (path: string) => boolean): Change[] {
  return entries(out, prefix).flatMap(({ name, isDirectory }): Change[] => {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const isLock = path === OLD_LOCK || path === LOCK || path.startsWith(`${LOCK}.`);
    const ours = path === MANIFEST || isLock || name.endsWith(TEMPORARY_SUFFIX);
    if (ours || known(path) || isToolFile(path, isDirectory)) return [];
    if (isDirectory) return extras(out, path, known);
    return [{ kind: 'extra', path, before: null, after: null }];
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

/** Only whether it can be run: everything else depends on the umask and on version control. */
function isScript({ mode }: RenderedFile): boolean {
  return (mode & 0o100) !== 0;
}

/**
 * Does this file system keep what can be run apart from what cannot? Windows, FAT and some shares do not, nor does version
 * control that was told so there: all files are executable then, or none, and no run could ever change that. Nothing is
 * lost by it, as scripts are run with `sh`.
 */
function hasModes(pairs: readonly { readonly file: RenderedFile; readonly entry: Entry }[]): boolean {
  const there = pairs.flatMap(({ file, entry }) =>
    entry.kind === 'file' ? [{ found: entry.executable, wanted: isScript(file) }] : [],
  );
  const kinds = (of: 'found' | 'wanted'): number => new Set(there.map((file) => file[of])).size;
  return process.platform !== 'win32' && kinds('found') >= kinds('wanted');
}
