/**
 * One run at a time writes to an `out/`.
 *
 * The lock is a directory with two files: a `.gitignore` that hides all of it from version control, whenever and however
 * a run ends, and one whose name nobody else draws, which says who holds it and whose time of change says that its holder
 * is at work. It is made under another name and renamed: whoever's rename succeeds holds the lock, on a local disk, a
 * shared one, and one that is mounted into several containers.
 *
 * It is gone with its holder. Where the kernel can tell (same boot, same process namespace), a process that is dead, or
 * has another start time than the one that signed, holds nothing. Everywhere else a lock is one as long as it is renewed:
 * what was silent for a while is taken over, and a holder that wakes up finds its file gone and writes no more.
 */

import { randomBytes } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { WriteError } from '../model/errors.ts';
import { LOCK, OLD_LOCK } from './compare.ts';

/** A run writes for seconds at most, and renews its lock with every file. */
const SILENCE_MS = 30_000;

/** How often a lock is renewed at most. */
const RENEWAL_MS = 1000;

export interface Held {
  /** An empty directory on the same file system that goes with the lock. */
  readonly scratch: string;
  /** Renews the lock. @throws WriteError when another run took it over */
  renew(): void;
}

/**
 * Runs `work` while holding the lock.
 * @param out `out/`, which is there
 * @throws WriteError when another living run holds it
 */
export function withLock<T>(out: string, work: (held: Held) => T): T {
  const lock = join(out, LOCK);
  const token = `${process.pid}-${randomBytes(8).toString('hex')}`;
  acquire(out, lock, token);
  try {
    sweep(out);
    return work(heldBy(lock, token));
  } finally {
    release(out, lock, token);
  }
}

function heldBy(lock: string, token: string): Held {
  let renewed = Date.now();
  const scratch = join(lock, 'new');
  mkdirSync(scratch);
  return {
    scratch,
    renew: () => {
      const isDue = Date.now() - renewed >= RENEWAL_MS;
      if (isDue) renewed = Date.now();
      const path = join(lock, token);
      try {
        // Written, not touched: the time is that of the file system, whosever clock is wrong. Never made anew.
        if (isDue) writeFileSync(path, signature(), { flag: 'r+' });
        else lstatSync(path);
      } catch (error) {
        const message = 'another talmox took over while this one was asleep; run this again';
        throw new WriteError(`out/${LOCK}`, message, { cause: error });
      }
    },
  };
}

function acquire(out: string, lock: string, token: string): void {
  const draft = join(out, `${LOCK}.${token}`);
  try {
    mkdirSync(draft);
    writeFileSync(join(draft, '.gitignore'), '*\n');
    writeFileSync(join(draft, token), signature());
    // Twice: what is in the way may be gone, and once more where another run is quicker.
    for (let tries = 0; tries < 3; tries += 1) {
      if (renamed(draft, lock)) return;
      clear(out, lock, token, lstatSync(join(draft, token)).mtimeMs);
    }
    throw new WriteError(`out/${LOCK}`, 'other runs of talmox are always quicker; run this again');
  } catch (error) {
    remove(draft);
    if (error instanceof WriteError) throw error;
    throw new WriteError(`out/${LOCK}`, (error as Error).message, { cause: error });
  }
}

const IN_THE_WAY: ReadonlySet<string | undefined> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES']);

/** @returns `false` where something is in the way */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const isThere = lstatSync(to, { throwIfNoEntry: false }) !== undefined;
    if (isThere && IN_THE_WAY.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}

/**
 * Takes a lock away whose holder is gone.
 * @param now by the clock of the file system
 * @throws WriteError when it is held
 */
function clear(out: string, lock: string, token: string, now: number): void {
  const found = inspect(lock);
  if (found === null) return;
  const life = lifeOf(found.signature);
  const silence = Math.abs(now - found.renewed);
  if (life === 'alive' || (life === 'unknown' && silence < SILENCE_MS)) throw heldByAnother(found, life);
  const aside = join(out, `${LOCK}.${token}.gone`);
  try {
    renameSync(lock, aside);
  } catch {
    // Another run cleared it.
    return;
  }
  // Between the look and the rename another run may have cleared it and taken its place: that one gets it back.
  if (inspect(aside)?.name === found.name || !renamed(aside, lock)) remove(aside);
}

function heldByAnother({ signature: { pid, host } }: Found, life: 'alive' | 'unknown'): WriteError {
  const who = `another talmox (process ${pid} on ${host}) is writing; wait for it`;
  const gone = life === 'alive' ? '' : `: one that is gone holds others up for ${SILENCE_MS / 1000} seconds`;
  return new WriteError(`out/${LOCK}`, `${who}${gone}`);
}

interface Found {
  readonly name: string;
  readonly signature: Signature;
  /** By the clock of the file system. */
  readonly renewed: number;
}

/** What is in the place of the lock, whatever it is. @returns `null` for nothing */
function inspect(lock: string): Found | null {
  try {
    const stats = lstatSync(lock);
    // No run makes a file or a link there.
    if (!stats.isDirectory()) return { name: '', signature: UNSIGNED, renewed: -Infinity };
    const name = readdirSync(lock).find((entry) => entry.includes('-'));
    if (name === undefined) return { name: '', signature: UNSIGNED, renewed: stats.mtimeMs };
    const path = join(lock, name);
    return { name, signature: parse(readFileSync(path, 'utf8')), renewed: lstatSync(path).mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

interface Signature {
  readonly pid: number;
  readonly host: string;
  /** Of the kernel since it started, of its processes that see each other, and of this one; empty where nobody can tell. */
  readonly boot: string;
  readonly namespace: string;
  readonly started: string;
}

const UNSIGNED: Signature = { pid: 0, host: 'unknown', boot: '', namespace: '', started: '' };

function signature(): string {
  const { pid } = process;
  return JSON.stringify({ pid, host: hostname(), boot: bootId(), namespace: namespace(), started: startOf(pid) ?? '' });
}

function parse(text: string): Signature {
  try {
    return { ...UNSIGNED, ...(JSON.parse(text) as Partial<Signature>) };
  } catch {
    // Half written, or not by us.
    return UNSIGNED;
  }
}

/** Whether the process that signed is there, as far as this one can know. */
function lifeOf({ pid, boot, namespace: space, started }: Signature): 'alive' | 'dead' | 'unknown' {
  const isHere = boot !== '' && boot === bootId() && space !== '' && space === namespace() && started !== '';
  if (!isHere) return 'unknown';
  // Nothing of a run that ended in an error holds up the next one of the same process.
  return startOf(pid) === started && pid !== process.pid ? 'alive' : 'dead';
}

function bootId(): string {
  return quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '';
}

function namespace(): string {
  return quietly(() => readlinkSync('/proc/self/ns/pid')) ?? '';
}

/** When a process started, in ticks since boot: field 22, behind a name that may hold anything. See proc(5). */
function startOf(pid: number): string | null {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function quietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function release(out: string, lock: string, token: string): void {
  const aside = join(out, `${LOCK}.${token}`);
  quietly(() => {
    // Taken over, it is another run's.
    if (lstatSync(join(lock, token), { throwIfNoEntry: false }) === undefined) return;
    renameSync(lock, aside);
  });
  remove(aside);
}

/** Removes a lock under a name of its own. What hides it from version control goes last. */
function remove(directory: string): void {
  quietly(() => {
    if (!lstatSync(directory).isDirectory()) {
      rmSync(directory, { force: true });
      return;
    }
    for (const entry of readdirSync(directory))
      if (entry !== '.gitignore') rmSync(join(directory, entry), { recursive: true, force: true });
    rmSync(join(directory, '.gitignore'), { force: true });
    rmdirSync(directory);
  });
}

/** What killed runs left under names of their own, and the lock of earlier versions. */
function sweep(out: string): void {
  const now = lstatSync(join(out, LOCK)).mtimeMs;
  for (const entry of readdirSync(out)) {
    const path = join(out, entry);
    const age = Math.abs(now - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now));
    if (entry.startsWith(`${LOCK}.`) && age > SILENCE_MS) remove(path);
    if (entry === OLD_LOCK) remove(path);
  }
}
