/** What is at a path of `out/`. Follows no link and waits on no pipe. */

import { lstatSync, readFileSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { WriteError } from '../model/errors.ts';

export type Entry =
  /** Nothing, or a file where a directory of the path has to be. */
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly content: string; readonly executable: boolean }
  /** A link to a file: its text is compared, but talmox did not write it. */
  | { readonly kind: 'link'; readonly content: string }
  /** A directory, a pipe, a broken link: talmox writes none. */
  | { readonly kind: 'other' };

const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/** @throws WriteError when it is there and cannot be read */
export function readEntry(out: string, path: string): Entry {
  const full = join(out, path);
  try {
    const stats = lstatSync(full, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'none' };
    if (stats.isFile()) return { kind: 'file', content: readFileSync(full, 'utf8'), executable: isExecutable(stats) };
    return stats.isSymbolicLink() ? readLink(full) : { kind: 'other' };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (ABSENT.has(code)) return { kind: 'none' };
    throw new WriteError(`out/${path}`, message, { cause: error });
  }
}

function readLink(full: string): Entry {
  try {
    const target = realpathSync(full);
    return lstatSync(target).isFile() ? { kind: 'link', content: readFileSync(target, 'utf8') } : { kind: 'other' };
  } catch {
    return { kind: 'other' };
  }
}

/** May the file be executed? Version control keeps no more of a mode, and Windows has none. */
function isExecutable(stats: Stats): boolean {
  return (stats.mode & 0o100) !== 0;
}

/**
 * `out/` is a directory of the directory with the inputs, or nothing yet.
 * @throws WriteError for a file, and for a link that leads elsewhere: a repository can hold one
 */
export function assertOutDirectory(out: string): void {
  const name = basename(out);
  const stats = lstatSync(out, { throwIfNoEntry: false });
  if (stats === undefined || stats.isDirectory()) return;
  if (!stats.isSymbolicLink()) throw new WriteError(name, 'is not a directory; move it away');
  let real: string;
  try {
    real = realpathSync(out);
  } catch (error) {
    throw new WriteError(name, 'is a broken symbolic link; remove it', { cause: error });
  }
  const inside = real.startsWith(realpathSync(dirname(out)) + sep);
  if (!inside || !lstatSync(real).isDirectory()) {
    throw new WriteError(name, 'is a symbolic link that leads elsewhere; make it a directory');
  }
}

/**
 * Every directory on the way to a path is a directory, or not there yet.
 * @param root `out/` itself
 * @throws WriteError for a file or a link in a directory's place
 */
export function assertDirectories(root: string, path: string): void {
  const segments = path.split('/').slice(0, -1);
  for (const [index] of segments.entries()) {
    const above = segments.slice(0, index + 1).join('/');
    const stats = lstatSync(join(root, above), { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (stats.isSymbolicLink())
      throw new WriteError(`out/${above}`, 'is a symbolic link in the place of a directory; remove it');
    if (!stats.isDirectory())
      throw new WriteError(`out/${above}`, 'is a file in the place of a directory; move it away');
  }
}
