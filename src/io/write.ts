/**
 * Brings `out/` to what was rendered, or leaves it alone.
 *
 * Everything was rendered and verified in memory before the first byte is written. Then every new
 * file is written into the lock, on the same file system and out of sight of version control: a full
 * disk or a directory that cannot be written shows here, with nothing changed. Before the first rename the manifest records the hashes that are to come: a
 * run killed in between leaves files that the next run recognises as talmox' own, and that `check`
 * reports as stale until it has run.
 */

import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Change, RenderedFile } from '../model/artifact.ts';
import { StaleOutputError, ToolError, WriteError } from '../model/errors.ts';
import { isDue, TEMPORARY_SUFFIX } from './compare.ts';
import { assertDirectories, assertOutDirectory } from './entry.ts';
import { withLock, type Held } from './lock.ts';
import { assertInside, MANIFEST, manifestOf, manifestText, readManifest, sha256 } from './manifest.ts';

/** @throws StaleOutputError with the files that were edited by hand, before anything is written */
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
 * @param changes of `compare`, just made
 * @param files everything that was rendered: what the new manifest lists
 * @throws WriteError when the file system refuses; nothing has changed then, as far as it could be known before
 */
export function writeOut(out: string, changes: readonly Change[], files: readonly RenderedFile[]): void {
  if (!changes.some(isDue)) return;
  try {
    assertOutDirectory(out);
    mkdirSync(out, { recursive: true });
    const root = realpathSync(out);
    withLock(root, (held) => {
      apply(root, changes, files, held);
    });
  } catch (error) {
    removeIfEmpty(out);
    if (error instanceof ToolError) throw error;
    throw new WriteError('out', (error as Error).message, { cause: error });
  }
}

/** A first run that fails leaves no files behind. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Not there, or not empty: then nothing is to be removed.
  }
}

function apply(root: string, changes: readonly Change[], files: readonly RenderedFile[], held: Held): void {
  assertUnchangedSince(root, changes);
  removeLeftovers(root);
  const due = changes.filter((change) => isDue(change) && change.path !== MANIFEST);
  for (const change of due) assertWritable(root, change);
  const staged = stage(root, due, files, held);
  announce(root, due, held);
  for (const [path, temporary] of staged)
    attempt(path, () => {
      held.renew();
      renameSync(temporary, join(root, path));
    });
  for (const { path, after } of due)
    if (after === null)
      attempt(path, () => {
        held.renew();
        remove(root, path);
      });
  replace(root, MANIFEST, manifestText(manifestOf(files)), held);
}

/** Another run may have written between this run's comparison and its lock. */
function assertUnchangedSince(root: string, changes: readonly Change[]): void {
  const seen = changes.find(({ path }) => path === MANIFEST)?.before ?? null;
  let now: string | null;
  try {
    now = readFileSync(join(root, MANIFEST), 'utf8');
  } catch {
    now = null;
  }
  if (now !== seen) throw new WriteError('out', 'another talmox wrote it in the meantime; run this again');
}

/** What can be known before the first byte: that the path lies in `out/`, and that its place is free. */
function assertWritable(root: string, { path, after }: Change): void {
  assertInside(path);
  assertDirectories(root, path);
  const target = join(root, path);
  attempt(path, () => {
    if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new WriteError(`out/${path}`, 'is a directory in the place of a file; move it away');
  });
  if (after === null)
    attempt(path, () => {
      accessSync(dirname(target), constants.W_OK);
    });
}

/** Writes every new content. @returns path -> temporary file; on an error no directory is left that was not there */
function stage(
  root: string,
  due: readonly Change[],
  files: readonly RenderedFile[],
  { scratch, renew }: Held,
): Map<string, string> {
  const modes = new Map(files.map((file) => [file.path, file.mode]));
  const staged = new Map<string, string>();
  try {
    for (const { path, after } of due) {
      if (after === null) continue;
      const temporary = join(scratch, String(staged.size));
      staged.set(path, temporary);
      attempt(path, () => {
        renew();
        mkdirSync(dirname(join(root, path)), { recursive: true });
        accessSync(dirname(join(root, path)), constants.W_OK);
        writeFileSync(temporary, after, { flag: 'wx', mode: modes.get(path) ?? 0o644 });
      });
    }
    return staged;
  } catch (error) {
    for (const path of staged.keys()) removeEmptyDirectories(root, dirname(path));
    throw error;
  }
}

/** Records what is about to be written beside what was written before. */
function announce(root: string, due: readonly Change[], held: Held): void {
  const old = readManifest(root);
  const pending = Object.fromEntries(due.flatMap(({ path, after }) => (after === null ? [] : [[path, sha256(after)]])));
  replace(root, MANIFEST, manifestText({ files: old.files, pending: { ...old.pending, ...pending } }), held);
}

function replace(root: string, path: string, content: string, { scratch, renew }: Held): void {
  const temporary = join(scratch, 'replacement');
  attempt(path, () => {
    renew();
    writeFileSync(temporary, content, { mode: 0o644 });
    renameSync(temporary, join(root, path));
  });
}

function remove(root: string, path: string): void {
  rmSync(join(root, path), { force: true });
  removeEmptyDirectories(root, dirname(path));
}

function removeEmptyDirectories(root: string, directory: string): void {
  if (directory === '.' || directory === '') return;
  const full = join(root, directory);
  if (lstatSync(full, { throwIfNoEntry: false }) !== undefined) {
    if (readdirSync(full).length > 0) return;
    rmdirSync(full);
  }
  removeEmptyDirectories(root, dirname(directory));
}

/** @throws WriteError naming the path, whatever the file system says */
function attempt(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new WriteError(`out/${path}`, (error as Error).message, { cause: error });
  }
}

/** Temporary files of a run of an earlier version that was killed. */
function removeLeftovers(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith(TEMPORARY_SUFFIX))
      rmSync(join(entry.parentPath, entry.name), { force: true });
  }
}
