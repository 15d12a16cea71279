/** Time as the simulated host sees it. Tests hand over their own, so that ten seconds can pass at once. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `milliseconds`; a wait must not keep a process alive. */
  sleep(milliseconds: number): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) =>
    new Promise((resolve) => {
      setTimeout(resolve, milliseconds).unref();
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
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        if (milliseconds <= 0) resolve();
        else waits.add({ until: now + milliseconds, resolve });
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
