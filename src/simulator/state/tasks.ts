/** Tasks: what a write starts, and a client polls until it has stopped. */

import type { Clock } from './clock.ts';
import { durationOf, type TaskDurations } from './durations.ts';
import { ApiError, parameterError } from './errors.ts';
import type { FaultEffect } from './faults.ts';

export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since 1970. */
  readonly startTime: number;
  endTime: number | null;
  readonly type: string;
  /** Mostly a VM id; may be empty. */
  readonly id: string;
  /** `user@realm` or `user@realm!token`. */
  readonly user: string;
  /** `OK`, `WARNINGS: n` or the error; `null` while running. */
  exitStatus: string | null;
  readonly lines: string[];
}

export interface TaskStart {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly faults: readonly FaultEffect[];
  /** Runs as the work's own time begins: where it makes and frees volumes, under the locks of their storages. */
  readonly allocate?: () => Promise<void>;
}

/** What a task's work can do besides its effect. */
export interface TaskRun {
  log(line: string): void;
  warn(line: string): void;
  /** Takes the time that a task of this type takes. @param bytes that it copies, fetches or sends */
  pause(bytes?: number): Promise<void>;
}

const UPID = /^UPID:[^:\s]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:\s]+:[^:\s]*:[^:\s]+:$/;

export class Tasks {
  readonly #tasks = new Map<string, Task>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #clock: Clock;
  readonly #durations: TaskDurations;
  #pid = 1_000;

  constructor(clock: Clock, durations: TaskDurations) {
    this.#clock = clock;
    this.#durations = durations;
  }

  /** A process id nobody else has. */
  nextPid(): number {
    return ++this.#pid;
  }

  /** Starts a task. @returns its UPID; the work goes on */
  start(start: TaskStart, work: (run: TaskRun) => void | Promise<void>): string {
    const task = this.#open(start);
    const running = this.#run(task, start, work).finally(() => this.#running.delete(task.upid));
    this.#running.set(task.upid, running);
    return task.upid;
  }

  /** Resolves when no task runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Waits until a task has stopped. */
  async ended(upid: string): Promise<Task> {
    await this.#running.get(upid);
    return this.get(upid);
  }

  /** Milliseconds of a piece of work, which need not be a task. */
  durationOf(type: string, bytes = 0): number {
    return durationOf(this.#durations, type, bytes);
  }

  /** @throws ApiError 400, as Proxmox does: clients poll on for ever on anything they take for a hiccup */
  get(upid: string): Task {
    if (!UPID.test(upid)) parameterError({ upid: 'unable to parse worker upid' });
    return this.#tasks.get(upid) ?? parameterError({ upid: 'no such task' });
  }

  /** Newest first. */
  list(): Task[] {
    return [...this.#tasks.values()].reverse();
  }

  #open({ node, type, id, user }: TaskStart): Task {
    const pid = this.nextPid();
    const pstart = 0x1a2b3c + pid;
    const startTime = Math.floor(this.#clock.now() / 1000);
    const upid = `UPID:${node}:${hex8(pid)}:${hex8(pstart)}:${hex8(startTime)}:${type}:${id}:${user}:`;
    const task: Task = {
      upid,
      node,
      pid,
      pstart,
      startTime,
      endTime: null,
      type,
      id,
      user,
      exitStatus: null,
      lines: [],
    };
    this.#tasks.set(upid, task);
    return task;
  }

  async #run(task: Task, { faults, allocate }: TaskStart, work: (run: TaskRun) => void | Promise<void>): Promise<void> {
    let warnings = 0;
    const warn = (line: string): void => {
      warnings++;
      task.lines.push(`WARN: ${line}`);
    };
    const failure = faults.find((fault) => fault.kind === 'task-error');
    // Work pauses before it has any effect, and undoes what its request has prepared when that fails.
    const pause = async (bytes?: number): Promise<void> => {
      await allocate?.();
      await this.#clock.sleep(durationOf(this.#durations, task.type, bytes));
      if (failure !== undefined) throw new ApiError(500, failure.message);
    };
    let exitStatus: string;
    try {
      await work({ log: (line) => task.lines.push(line), warn, pause });
      if (failure !== undefined) throw new ApiError(500, failure.message);
      for (const fault of faults) if (fault.kind === 'task-warning') warn(fault.message);
      exitStatus = warnings === 0 ? 'OK' : `WARNINGS: ${warnings}`;
    } catch (error) {
      // A fault says how the task ends, whatever the work makes of it.
      exitStatus =
        failure !== undefined
          ? failure.message
          : error instanceof Error
            ? (error instanceof ApiError ? error.printed : error.message).trim().replaceAll('\n', ' ')
            : String(error);
      if (!(error instanceof ApiError)) task.lines.push(error instanceof Error ? (error.stack ?? '') : '');
    }
    task.lines.push(lastLine(exitStatus));
    task.endTime = Math.floor(this.#clock.now() / 1000);
    task.exitStatus = exitStatus;
  }
}

function lastLine(exitStatus: string): string {
  if (exitStatus === 'OK') return 'TASK OK';
  return exitStatus.startsWith('WARNINGS: ') ? `TASK ${exitStatus}` : `TASK ERROR: ${exitStatus}`;
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
