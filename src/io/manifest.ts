/**
 * `out/.manifest.json`: what talmox wrote last. It tells a stale file from a hand-edited one and
 * bounds what may be deleted. It lies in the user's repository, so it is untrusted input.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RenderedFile } from '../model/artifact.ts';
import { WriteError } from '../model/errors.ts';
import { isRecord } from '../model/record.ts';

export const MANIFEST = '.manifest.json';

export interface ManifestEntry {
  readonly sha256: string;
  readonly template: string;
}

export interface Manifest {
  /** Path under `out/` -> what was written there. */
  readonly files: Readonly<Record<string, ManifestEntry>>;
  /** Hashes of a run that has begun to write; a run that ends removes them. */
  readonly pending: Readonly<Record<string, string>>;
}

const EMPTY: Manifest = { files: {}, pending: {} };

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** @throws WriteError when the manifest is no manifest, or names a path outside `out/` */
export function readManifest(out: string): Manifest {
  let text: string;
  try {
    text = readFileSync(join(out, MANIFEST), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return EMPTY;
    throw new WriteError(`out/${MANIFEST}`, (error as Error).message, { cause: error });
  }
  const manifest = parseManifest(text);
  for (const path of [...Object.keys(manifest.files), ...Object.keys(manifest.pending)]) assertInside(path);
  return manifest;
}

function parseManifest(text: string): Manifest {
  const broken = `is not a manifest; restore it from version control, or delete it and run \`task configure\``;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WriteError(`out/${MANIFEST}`, broken, { cause: error });
  }
  const { files, pending = {} } = (value ?? {}) as { files?: unknown; pending?: unknown };
  const valid =
    isRecord(files) &&
    isRecord(pending) &&
    Object.values(files).every(
      (entry) => isRecord(entry) && typeof entry['sha256'] === 'string' && typeof entry['template'] === 'string',
    ) &&
    Object.values(pending).every((hash) => typeof hash === 'string');
  if (!valid) throw new WriteError(`out/${MANIFEST}`, broken);
  return { files: files as Manifest['files'], pending: pending as Manifest['pending'] };
}

/** A path of `out/` may not leave it: not by `..`, not by being absolute. */
export function assertInside(path: string): void {
  const segments = path.split('/');
  const leaves =
    path.includes('\\') || path.includes('\0') || segments.some((part) => part === '' || part === '.' || part === '..');
  if (leaves) throw new WriteError(`out/${MANIFEST}`, `names ${JSON.stringify(path)}, which is not a path inside out/`);
}

/** The manifest of a finished run. */
export function manifestOf(files: readonly RenderedFile[]): Manifest {
  const entries = files.map(({ path, content, template }) => [path, { sha256: sha256(content), template }] as const);
  return { files: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))), pending: {} };
}

export function manifestText({ files, pending }: Manifest): string {
  const unfinished = Object.keys(pending).length > 0 ? { pending } : {};
  return `${JSON.stringify({ files, ...unfinished }, null, 2)}\n`;
}
