/**
 * Brings `out/` to what was rendered, or leaves it alone.
 *
 * Everything was rendered and verified in memory before the first byte is written. Each file is
 * written beside its place and renamed into it. Before the first rename the manifest records the
 * hashes that are to come: a run killed in between leaves files that the next run recognises as
 * talmox' own, and that `check` reports as stale until it has run.
 */

import { lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Change, RenderedFile } from '../model/artifact.ts';
import { StaleOutputError, WriteError } from '../model/errors.ts';
import { TEMPORARY_SUFFIX } from './compare.ts';
import { withLock } from './lock.ts';
import { assertInside, MANIFEST, manifestOf, manifestText, readManifest, sha256 } from './manifest.ts';

/** @throws StaleOutputError with the files somebody edited, before anything is written */
export function refuseHandEdited(changes: readonly Change[]): void {
  const edited = changes.filter((change) => change.kind === 'hand-edited');
  if (edited.length === 0) return;
  const list = edited.map(({ path }) => `out/${path}`).join(', ');
  throw new StaleOutputError(
    `edited by hand: ${list}. Move the change to cluster.yaml or nodes.yaml, or overwrite it with --force; nothing was written`,
    edited,
  );
}

/**
 * Applies changes; with hand-edited ones among them, overwrites those too.
 * @param files everything that was rendered: what the new manifest lists
 */
export function writeOut(out: string, changes: readonly Change[], files: readonly RenderedFile[]): void {
  if (changes.every((change) => change.kind === 'same' || change.kind === 'extra')) return;
  mkdirSync(out, { recursive: true });
  withLock(out, () => {
    const root = realpathSync(out);
    removeLeftovers(root);
    const due = changes.filter(({ kind, path }) => kind !== 'same' && kind !== 'extra' && path !== MANIFEST);
    for (const { path } of due) containedDirectory(root, path, false);
    announce(root, due);
    const modes = new Map(files.map((file) => [file.path, file.mode]));
    for (const { path, after } of due) {
      if (after === null) remove(root, path);
      else replace(root, path, after, modes.get(path) ?? 0o644);
    }
    replace(root, MANIFEST, manifestText(manifestOf(files)), 0o644);
  });
}

/** Records what is about to be written beside what was written before. */
function announce(root: string, due: readonly Change[]): void {
  const old = readManifest(root);
  const pending = Object.fromEntries(due.flatMap(({ path, after }) => (after === null ? [] : [[path, sha256(after)]])));
  replace(root, MANIFEST, manifestText({ files: old.files, pending: { ...old.pending, ...pending } }), 0o644);
}

function replace(root: string, path: string, content: string, mode: number): void {
  const target = join(root, path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}${TEMPORARY_SUFFIX}`);
  try {
    containedDirectory(root, path, true);
    writeFileSync(temporary, content, { flag: 'wx', mode });
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    if (error instanceof WriteError) throw error;
    throw new WriteError(`out/${path}`, (error as Error).message, { cause: error });
  }
}

function remove(root: string, path: string): void {
  try {
    containedDirectory(root, path, false);
    rmSync(join(root, path), { force: true });
    removeEmptyDirectories(root, dirname(path));
  } catch (error) {
    if (error instanceof WriteError) throw error;
    throw new WriteError(`out/${path}`, (error as Error).message, { cause: error });
  }
}

function removeEmptyDirectories(root: string, directory: string): void {
  if (directory === '.' || readdirSync(join(root, directory)).length > 0) return;
  rmdirSync(join(root, directory));
  removeEmptyDirectories(root, dirname(directory));
}

/**
 * The directory of a path, with every link on the way resolved, lies in `out/`.
 * @throws WriteError when it does not, or when a file stands where a directory has to be
 */
function containedDirectory(root: string, path: string, create: boolean): void {
  assertInside(path);
  const directory = dirname(join(root, path));
  if (create) mkdirSync(directory, { recursive: true });
  let existing = directory;
  while (lstatSync(existing, { throwIfNoEntry: false }) === undefined) existing = dirname(existing);
  let real: string;
  try {
    real = realpathSync(existing);
  } catch (error) {
    throw new WriteError(`out/${path}`, 'lies behind a broken symbolic link', { cause: error });
  }
  if (real !== root && !real.startsWith(root + sep)) {
    throw new WriteError(`out/${path}`, 'lies behind a symbolic link that leaves out/; remove the link');
  }
}

/** Temporary files of a run that was killed. */
function removeLeftovers(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith(TEMPORARY_SUFFIX)) rmSync(join(entry.parentPath, entry.name), { force: true });
  }
}
