/** Locks of a host: shared or exclusive, with a bounded wait. Source: PVE::Tools lock_file, PVE::Cluster cfs_lock. */

import { withinTime, type Clock } from './clock.ts';
import { fail } from './errors.ts';

export interface LockOptions {
  readonly shared?: boolean;
  /** How long a real host waits for it; the kind's own bound by default. */
  readonly timeoutMilliseconds?: number;
}

interface Lock {
  shared: number;
  exclusive: boolean;
  /** Called at the next release. */
  waiters: (() => void)[];
}

/** What is locked, and what is said to whom waits in vain. */
export interface LockKind<K> {
  readonly refusal: (key: K) => string;
  /** How long a real host waits. */
  readonly timeoutMilliseconds: number;
  /** What every wait is multiplied by. */
  readonly waits: number;
}

const SECONDS = 1_000;

/** One kind of lock: a VM's configuration, a storage, a guest that migrates. */
export class Locks<K> {
  readonly #locks = new Map<K, Lock>();
  readonly #clock: Clock;
  readonly #kind: LockKind<K>;

  constructor(clock: Clock, kind: LockKind<K>) {
    this.#clock = clock;
    this.#kind = kind;
  }

  /** Runs `work` while holding the lock. @throws ApiError when it cannot be had in time */
  async hold<T>(key: K, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
    const lock = await this.#acquire(key, options);
    try {
      return await work();
    } finally {
      this.#release(key, lock, options.shared === true);
    }
  }

  /** Somebody else takes the lock at once and gives it back after a while. */
  seize(key: K, milliseconds: number): void {
    void this.hold(key, {}, () => this.#clock.sleep(milliseconds)).catch(() => undefined);
  }

  async #acquire(key: K, { shared = false, timeoutMilliseconds }: LockOptions): Promise<Lock> {
    const { waits, refusal } = this.#kind;
    const lock = this.#locks.get(key) ?? { shared: 0, exclusive: false, waiters: [] };
    this.#locks.set(key, lock);
    const end = this.#clock.now() + (timeoutMilliseconds ?? this.#kind.timeoutMilliseconds) * waits;
    while (lock.exclusive || (!shared && lock.shared > 0)) {
      const left = end - this.#clock.now();
      if (left <= 0) fail(refusal(key));
      await withinTime(this.#clock, left, new Promise<void>((resolve) => lock.waiters.push(resolve)));
    }
    if (shared) lock.shared++;
    else lock.exclusive = true;
    return lock;
  }

  #release(key: K, lock: Lock, shared: boolean): void {
    if (shared) lock.shared--;
    else lock.exclusive = false;
    const { waiters } = lock;
    lock.waiters = [];
    if (waiters.length === 0 && lock.shared === 0) this.#locks.delete(key);
    for (const wake of waiters) wake();
  }
}

/** The file under /var/lock/qemu-server: one per VM, held by everything that changes it. */
export const vmLock = (waits = 1, timeoutMilliseconds = 10 * SECONDS): LockKind<number> => ({
  refusal: (vmid) => `can't lock file '/var/lock/qemu-server/lock-${vmid}.conf' - got timeout`,
  timeoutMilliseconds,
  waits,
});

/** Held while a volume is made, renamed or freed, and not while it is copied. By `storageLockKey`. */
export const storageLock = (waits = 1): LockKind<string> => ({
  refusal: (key) =>
    key.includes('/')
      ? `can't lock file '/var/lock/pve-manager/pve-storage-${key.slice(key.indexOf('/') + 1)}' - got timeout`
      : `cfs-lock 'storage-${key}' error: got lock request timeout`,
  timeoutMilliseconds: 10 * SECONDS,
  waits,
});

/** A shared storage has one lock for the cluster, any other one per host. */
export function storageLockKey(
  node: string,
  { id, shared }: { readonly id: string; readonly shared: boolean },
): string {
  return shared ? id : `${node}/${id}`;
}

export const migrationLock = (waits = 1): LockKind<number> => ({
  refusal: (vmid) => `can't lock file '/var/lock/pve-manager/pve-migrate-${vmid}' - got timeout`,
  timeoutMilliseconds: 10 * SECONDS,
  waits,
});
