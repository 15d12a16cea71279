/** The commands of a task, one after the other, until one of them fails or is interrupted. */

import type { CommandResult } from '../io/run.ts';
import { meaningOf, type Command } from '../model/task.ts';

export interface CommandsResult {
  /** 0, or how the command ended after which none was run. */
  readonly exitCode: number;
  /** One of them said that something would change. */
  readonly changes: boolean;
}

export async function runCommands(
  commands: readonly Command[],
  run: (command: Command) => Promise<CommandResult>,
): Promise<CommandsResult> {
  let changes = false;
  for (const command of commands) {
    const { exitCode, interruptedBy } = await run(command);
    const meaning = meaningOf(command, exitCode);
    if (meaning === null) return { exitCode, changes };
    // A program that takes an interrupt calmly must not be followed by the next one.
    if (interruptedBy !== null) return { exitCode: interruptedBy, changes };
    changes ||= meaning === 'changes';
  }
  return { exitCode: 0, changes };
}
