/** A task with everything unsaid at its usual value. */

import type { Task } from '../../model/target.ts';

/** @param fields what the task has of its own */
export function task(fields: Pick<Task, 'name' | 'description' | 'commands'> & Partial<Task>): Task {
  return { aliases: [], verb: null, destructive: false, requiredEnv: [], ...fields };
}
