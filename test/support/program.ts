/** The built program as a process of its own. */

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from './validation.ts';

export const PROGRAM = join(ROOT, 'dist/talmox.cjs');

export interface Running {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: { readonly stdout: string; readonly stderr: string };
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
}

export function start(args: readonly string[], options: SpawnOptions): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (part: Buffer) => (said[name] += part.toString()));
  return {
    child,
    said,
    ended: new Promise((resolve) =>
      child.once('close', (code, signal) => {
        resolve([code, signal]);
      }),
    ),
  };
}

/** How long something may take that takes a second on a quiet machine, before it counts as hanging. Milliseconds. */
export const PATIENCE_MS = 240_000;

/** Waits until something holds, as long as it takes on a busy machine. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds() && performance.now() < end) await new Promise((done) => setTimeout(done, 25));
  expect(holds()).toBe(true);
}
