/** How long the host's work takes, and the waits that belong to it. */

import { GIB } from '../schema/size.ts';

export interface TaskDurations {
  /** Milliseconds of a task whose type is not listed. */
  readonly default: number;
  /**
   * By task type: `qmclone`, `qmcreate`, `resize`, `download`, ...; `config` is the answer to `PUT .../config`, and
   * `allocate` the time that a storage's lock is held for each volume that is made or freed.
   */
  readonly byType?: Readonly<Record<string, number>>;
  /** On top of that for each GiB that is copied, fetched or sent. */
  readonly perGib?: Readonly<Record<string, number>>;
  /**
   * What every wait of work for other work is multiplied by: locks, and how long a call may take before the daemon
   * in front of it gives up. 1 by default.
   */
  readonly waits?: number;
  /** Milliseconds between two rounds of the high availability manager; 10 s by default, as in reality. */
  readonly haRound?: number;
}

/** Every task is done at once. Waits for locks are those of a real host. */
export const NO_DURATION: TaskDurations = { default: 0 };

const HA_ROUND_MILLISECONDS = 10_000;
/**
 * A round is never shorter than this. A client that does not wait for what HA was asked for takes up to some seconds
 * between two requests, whatever the host's pace: with shorter rounds it would win a race that it loses in life.
 */
const SHORTEST_HA_ROUND_MILLISECONDS = 5_000;

/**
 * About what a small host takes: local SSDs, a gigabit network between the hosts, 100 Mbit/s to the outside.
 * Orders of magnitude, not measurements.
 */
export const REAL_DURATIONS: TaskDurations = {
  default: 1_000,
  byType: {
    qmcreate: 1_500,
    qmclone: 1_000,
    qmdestroy: 2_000,
    qmstart: 3_000,
    qmstop: 1_500,
    qmshutdown: 10_000,
    qmreboot: 13_000,
    qmreset: 300,
    qmsuspend: 8_000,
    qmigrate: 5_000,
    config: 300,
    allocate: 300,
    imgdel: 1_000,
  },
  perGib: {
    qmcreate: 1_600,
    config: 1_600,
    qmconfig: 1_600,
    qmclone: 3_000,
    qmmove: 3_000,
    qmigrate: 10_000,
    download: 85_000,
    imgcopy: 10_000,
  },
  waits: 1,
  haRound: HA_ROUND_MILLISECONDS,
};

/**
 * The durations of a small host, all in one proportion, and with them every wait of the host's work for other work:
 * who waits ten seconds for a lock that is held for fifteen fails at any factor. What a client cannot wait for by
 * asking for a task is not shortened, because the client is not faster either: `cluster/resources` stays 10 s old, and
 * rounds of the high availability manager do not come closer than 5 s.
 * @param factor 1: as in life; 1/20: a task of one second takes 50 ms
 */
export function scaledDurations(factor: number): TaskDurations {
  const scaled = (durations: Readonly<Record<string, number>> = {}): Record<string, number> =>
    Object.fromEntries(Object.entries(durations).map(([type, milliseconds]) => [type, milliseconds * factor]));
  return {
    default: REAL_DURATIONS.default * factor,
    byType: scaled(REAL_DURATIONS.byType),
    perGib: scaled(REAL_DURATIONS.perGib),
    waits: factor,
    haRound: Math.max(HA_ROUND_MILLISECONDS * factor, SHORTEST_HA_ROUND_MILLISECONDS),
  };
}

/**
 * What rehearsals and proofs take: the shortest task that matters, the deletion of a file, takes 50 ms, which is more than
 * a client takes from one request to the next. README.md, "Time", has the measurements.
 */
export const QUICK_DURATIONS: TaskDurations = scaledDurations(1 / 20);

/** Milliseconds of one piece of work. @param bytes that it moves */
export function durationOf(durations: TaskDurations, type: string, bytes = 0): number {
  const fixed = durations.byType?.[type] ?? (isTask(type) ? durations.default : 0);
  return fixed + ((durations.perGib?.[type] ?? 0) * bytes) / GIB;
}

export function haRoundOf({ haRound = HA_ROUND_MILLISECONDS }: TaskDurations): number {
  return haRound;
}

/** `config` and `allocate` are parts of requests and tasks. */
function isTask(type: string): boolean {
  return type !== 'config' && type !== 'allocate';
}
