/**
 * Brings `out/` to what was rendered, or leaves it alone.
 *
 * Everything was rendered and verified in memory before the first byte is written. Then every new
 * file is written beside its place: a full disk or a directory that cannot be written shows here,
 * with nothing changed. Before the first rename the manifest records the hashes that are to come: a
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
import { basename, dirname, join, relative } from 'node:path';
import type { Change, RenderedFile } from '../model/artifact.ts';
import { StaleOutputError, ToolError, WriteError } from '../model/errors.ts';
import { isDue, TEMPORARY_SUFFIX } from './compare.ts';
import { assertDirectories, assertOutDirectory } from './entry.ts';
import { withLock } from './lock.ts';
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
    withLock(out, () => {
      apply(realpathSync(out), changes, files);
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

function apply(root: string, changes: readonly Change[], files: readonly RenderedFile[]): void {
  assertUnchangedSince(root, changes);
  removeLeftovers(root);
  const due = changes.filter((change) => isDue(change) && change.path !== MANIFEST);
  for (const change of due) assertWritable(root, change);
  const staged = stage(root, due, files);
  try {
    announce(root, due);
    for (const [path, temporary] of staged)
      attempt(path, () => {
        renameSync(temporary, join(root, path));
      });
    for (const { path, after } of due)
      if (after === null)
        attempt(path, () => {
          remove(root, path);
        });
    replace(root, MANIFEST, manifestText(manifestOf(files)));
  } finally {
    for (const temporary of staged.values()) discard(temporary);
  }
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
  if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new WriteError(`out/${path}`, 'is a directory in the place of a file; move it away');
  }
  if (after === null)
    attempt(path, () => {
      accessSync(dirname(target), constants.W_OK);
    });
}

/** Writes every new content beside its place. @returns path -> temporary file; on an error there is none left */
function stage(root: string, due: readonly Change[], files: readonly RenderedFile[]): Map<string, string> {
  const modes = new Map(files.map((file) => [file.path, file.mode]));
  const staged = new Map<string, string>();
  try {
    for (const { path, after } of due) {
      if (after === null) continue;
      const temporary = temporaryOf(root, path);
      staged.set(path, temporary);
      attempt(path, () => {
        mkdirSync(dirname(temporary), { recursive: true });
        writeFileSync(temporary, after, { flag: 'wx', mode: modes.get(path) ?? 0o644 });
      });
    }
    return staged;
  } catch (error) {
    for (const temporary of staged.values()) {
      discard(temporary);
      removeEmptyDirectories(root, relative(root, dirname(temporary)));
    }
    throw error;
  }
}

function temporaryOf(root: string, path: string): string {
  return join(root, dirname(path), `.${basename(path)}.${process.pid}${TEMPORARY_SUFFIX}`);
}

/** Records what is about to be written beside what was written before. */
function announce(root: string, due: readonly Change[]): void {
  const old = readManifest(root);
  const pending = Object.fromEntries(due.flatMap(({ path, after }) => (after === null ? [] : [[path, sha256(after)]])));
  replace(root, MANIFEST, manifestText({ files: old.files, pending: { ...old.pending, ...pending } }));
}

function replace(root: string, path: string, content: string): void {
  const temporary = temporaryOf(root, path);
  try {
    attempt(path, () => {
      writeFileSync(temporary, content, { flag: 'wx', mode: 0o644 });
      renameSync(temporary, join(root, path));
    });
  } catch (error) {
    discard(temporary);
    throw error;
  }
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
    throw new WriteError(`out/${path}`, (error as Error).message, { cause: error });
  }
}

/** Removes a temporary file; an error here must not hide the one before it. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // The next run removes it.
  }
}

/** Temporary files of a run that was killed. */
function removeLeftovers(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith(TEMPORARY_SUFFIX))
      rmSync(join(entry.parentPath, entry.name), { force: true });
  }
}
