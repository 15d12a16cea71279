/** What a target can do: commands under a name. */

import type { Tool } from './tool.ts';

/** The four verbs of the runner. */
export type Verb = 'plan' | 'apply' | 'status' | 'destroy';

export const VERBS = ['plan', 'apply', 'status', 'destroy'] as const satisfies readonly Verb[];

/** One program run: an argument array, never a shell line. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Under `out/`; where the program runs. */
  readonly cwd: string;
  /** Public values to set. Secrets come from the caller's environment and are never here. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Exit codes of the program that are no failure, and what they mean to the runner:
   * `changes` makes `plan` exit 2. 0 is always `ok`.
   */
  readonly exitCodes: Readonly<Record<number, 'ok' | 'changes'>>;
}

/** A named piece of work: a task of the rendered Taskfile and, with a verb, of the runner. */
export interface Task {
  /** Without the target's namespace: `provision`, `template:create`. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One line for `task --list`. */
  readonly description: string;
  /** The runner's verb that runs this task, or `null`. */
  readonly verb: Verb | null;
  /** Ask for the cluster's name before the first command. */
  readonly destructive: boolean;
  /** Environment variables that must be set and not empty. */
  readonly requiredEnv: readonly string[];
  /** Further programs that the commands start. */
  readonly programs: readonly Tool[];
  /** A variable of the caller (`task talos:apply NODES=w-1`) that becomes a further argument of every command when it is set. */
  readonly parameter: string | null;
  readonly commands: readonly [Command, ...Command[]];
}

/** A task with the usual value for every field that is left out. */
export function task(
  name: string,
  description: string,
  commands: Task['commands'],
  options: Partial<Pick<Task, 'aliases' | 'verb' | 'destructive' | 'requiredEnv' | 'programs' | 'parameter'>> = {},
): Task {
  return {
    name,
    aliases: [],
    description,
    verb: null,
    destructive: false,
    requiredEnv: [],
    programs: [],
    parameter: null,
    ...options,
    commands,
  };
}

/** What an exit code of a command means; `null`: it failed. */
export function meaningOf({ exitCodes }: Command, exitCode: number): 'ok' | 'changes' | null {
  return exitCode === 0 ? 'ok' : (exitCodes[exitCode] ?? null);
}
