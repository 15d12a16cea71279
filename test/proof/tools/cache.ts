/** Where the consumers' programs are kept between runs: built once per pin. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A program that can be run, or the reason why it cannot be had here. */
export type Tool = { readonly path: string } | { readonly missing: string };

/** `TALMOX_PROOF_CACHE`, else a folder of the user's cache. */
export const CACHE = process.env['TALMOX_PROOF_CACHE'] ?? join(homedir(), '.cache', 'talmox-proof');

export function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

/**
 * Makes a folder of the cache, whole or not at all.
 * @param make fills the folder; its error text, or `null` when all went well
 * @returns the folder, or why it could not be made
 */
export function cached(name: string, make: (directory: string) => string | null): Tool {
  const directory = join(CACHE, name);
  if (existsSync(directory)) return { path: directory };
  const draft = `${directory}.draft-${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const problem = make(draft);
  if (problem === null) renameSync(draft, directory);
  else rmSync(draft, { recursive: true, force: true });
  return problem === null ? { path: directory } : { missing: problem };
}

/** Runs an installer. @returns the last lines of what it said when it failed, else `null` */
export function install(
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): string | null {
  const result = spawnSync(program, [...args], { ...options, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.error !== undefined) return `${program} cannot be run: ${result.error.message}`;
  if (result.status === 0) return null;
  const said = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-3).join(' / ');
  return `${program} ${args.slice(0, 2).join(' ')} ended with ${result.status ?? result.signal}: ${said}`;
}
