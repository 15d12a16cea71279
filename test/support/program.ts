/** The built program as a process of its own. */

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from './pipeline.ts';

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

/** Waits for ten seconds at most. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries += 1) await new Promise((done) => setTimeout(done, 25));
  expect(holds()).toBe(true);
}
