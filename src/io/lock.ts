/** One run at a time writes to an `out/`. */

import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { WriteError } from '../model/errors.ts';
import { LOCK } from './compare.ts';

/**
 * Runs `work` while holding the lock.
 * @throws WriteError when another living run holds it
 */
export function withLock<T>(out: string, work: () => T): T {
  const path = join(out, LOCK);
  acquire(path, 1);
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function acquire(path: string, retries: number): void {
  try {
    sign(openSync(path, 'wx'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new WriteError(`out/${LOCK}`, (error as Error).message, { cause: error });
    }
    const [pid = '', host = ''] = holder(path);
    if (retries > 0 && isStale(path, Number(pid), host)) {
      rmSync(path, { force: true });
      acquire(path, retries - 1);
      return;
    }
    throw new WriteError(
      `out/${LOCK}`,
      `another talmox (process ${pid} on ${host}) is writing; wait for it, or delete this file if that process is gone`,
    );
  }
}

function sign(file: number, path: string): void {
  try {
    writeSync(file, `${process.pid} ${hostname()}\n`);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function holder(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split(' ');
  } catch {
    return [];
  }
}

/** A lock is created and then filled with its owner; one that is still empty after this long was left by a run that died. */
const UNSIGNED_MS = 2000;

function ageMs(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

/** Is the process that holds the lock gone, as far as this machine can tell? */
function isStale(path: string, pid: number, host: string): boolean {
  if (host === '' || Number.isNaN(pid) || pid <= 0) return ageMs(path) > UNSIGNED_MS;
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return pid === process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
