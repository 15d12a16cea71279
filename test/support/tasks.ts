/** Tasks of a target, as a test wants to see them. */

import type { Task } from '../../src/model/task.ts';

/** @throws Error where no task has that name */
export function taskOf(tasks: readonly Task[], name: string): Task {
  const task = tasks.find((candidate) => candidate.name === name);
  if (task === undefined) throw new Error(`no task ${name}`);
  return task;
}

/** A line for each command of a task, with the exit codes that mean something: `tofu plan (2: changes)`. */
export function commandsOf(tasks: readonly Task[], name: string): string[] {
  return taskOf(tasks, name).commands.map((command) => {
    const codes = Object.entries(command.exitCodes).map(([code, meaning]) => ` (${code}: ${meaning})`);
    return command.argv.join(' ') + codes.join('');
  });
}

/** Variables that have to be set for a task. */
export function envNeededBy(tasks: readonly Task[], name: string): readonly string[] {
  return taskOf(tasks, name).requiredEnv;
}
