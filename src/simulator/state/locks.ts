/** The file locks under /var/lock/qemu-server, one per VM: shared or exclusive, with a bounded wait. */

import type { Clock } from './clock.ts';
import { fail } from './errors.ts';

export interface LockOptions {
  readonly shared?: boolean;
  /** How long to wait for it; the host's own bound by default. */
  readonly timeoutMilliseconds?: number;
}

interface Lock {
  shared: number;
  exclusive: boolean;
  /** Called at the next release. */
  waiters: (() => void)[];
}

export class Locks {
  readonly #locks = new Map<number, Lock>();
  readonly #clock: Clock;
  readonly #timeoutMilliseconds: number;

  constructor(clock: Clock, timeoutMilliseconds: number) {
    this.#clock = clock;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  /** Runs `work` while holding the lock. @throws ApiError when it cannot be had in time */
  async hold<T>(vmid: number, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
    const lock = await this.#acquire(vmid, options);
    try {
      return await work();
    } finally {
      this.#release(vmid, lock, options.shared === true);
    }
  }

  /** Somebody else takes the lock at once and gives it back after a while. */
  seize(vmid: number, milliseconds: number): void {
    void this.hold(vmid, {}, () => this.#clock.sleep(milliseconds)).catch(() => undefined);
  }

  async #acquire(
    vmid: number,
    { shared = false, timeoutMilliseconds = this.#timeoutMilliseconds }: LockOptions,
  ): Promise<Lock> {
    const lock = this.#locks.get(vmid) ?? { shared: 0, exclusive: false, waiters: [] };
    this.#locks.set(vmid, lock);
    const end = this.#clock.now() + timeoutMilliseconds;
    while (lock.exclusive || (!shared && lock.shared > 0)) {
      const left = end - this.#clock.now();
      if (left <= 0) fail(`can't lock file '/var/lock/qemu-server/lock-${vmid}.conf' - got timeout`);
      await Promise.race([new Promise<void>((resolve) => lock.waiters.push(resolve)), this.#clock.sleep(left)]);
    }
    if (shared) lock.shared++;
    else lock.exclusive = true;
    return lock;
  }

  #release(vmid: number, lock: Lock, shared: boolean): void {
    if (shared) lock.shared--;
    else lock.exclusive = false;
    const { waiters } = lock;
    lock.waiters = [];
    if (waiters.length === 0 && lock.shared === 0) this.#locks.delete(vmid);
    for (const wake of waiters) wake();
  }
}
