/** Time as the simulated host sees it. Tests hand over their own, so that ten seconds can pass at once. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Resolves after `milliseconds`, or as soon as nobody needs the wait any more; a wait must not keep a process alive.
   * @param over ends the wait early
   */
  sleep(milliseconds: number, over?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, over) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      over?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

/** A clock that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves time on and ends the waits that are over by then. */
  advance(milliseconds: number): void;
}

export function manualClock(start = 1_760_000_000_000): ManualClock {
  let now = start;
  const waits = new Set<{ readonly until: number; readonly resolve: () => void }>();
  return {
    now: () => now,
    sleep: (milliseconds, over) =>
      new Promise((resolve) => {
        if (milliseconds <= 0) {
          resolve();
          return;
        }
        const wait = { until: now + milliseconds, resolve };
        waits.add(wait);
        over?.addEventListener('abort', () => {
          waits.delete(wait);
          resolve();
        });
      }),
    advance: (milliseconds) => {
      now += milliseconds;
      for (const wait of [...waits].sort((a, b) => a.until - b.until)) {
        if (wait.until > now) continue;
        waits.delete(wait);
        wait.resolve();
      }
    },
  };
}

/** Waits for whichever comes first, and leaves no timer behind. @returns `null` when time is up */
export async function withinTime<T>(clock: Clock, milliseconds: number, work: Promise<T>): Promise<T | null> {
  const over = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(milliseconds, over.signal).then(() => null)]);
  } finally {
    over.abort();
  }
}
