/** The commands of a task, one after the other, until one of them fails or is interrupted. */

import type { CommandResult } from '../io/run.ts';
import { meaningOf, type Command } from '../model/task.ts';

export interface CommandsResult {
  /** 0, or how the command ended after which none was run. */
  readonly exitCode: number;
  /** One of them said that something would change. */
  readonly changes: boolean;
  /** What they printed, where it was kept. */
  readonly said: string;
}

export async function runCommands(
  commands: readonly Command[],
  run: (command: Command) => Promise<CommandResult>,
): Promise<CommandsResult> {
  let changes = false;
  let said = '';
  for (const command of commands) {
    const result = await run(command);
    const { exitCode, interruptedBy } = result;
    said += result.said;
    // Whatever the program made of it: also one that ends well all the same is not followed by the next one.
    if (interruptedBy !== null) return { exitCode: interruptedBy, changes, said };
    const meaning = meaningOf(command, exitCode);
    if (meaning === null) return { exitCode, changes, said };
    changes ||= meaning === 'changes';
  }
  return { exitCode: 0, changes, said };
}
