/** `/nodes/{node}/tasks`. */

import type { Host } from '../state/host.ts';
import type { Task } from '../state/tasks.ts';
import { flag, integer, need, type Call, type Handlers } from './call.ts';

const TASK = '/nodes/{node}/tasks/{upid}';

export const TASK_HANDLERS: Handlers = {
  'GET /nodes/{node}/tasks': list,
  [`GET ${TASK}/status`]: status,
  [`GET ${TASK}/log`]: log,
  [`DELETE ${TASK}`]: (call) => {
    readable(call);
  },
};

/** As the lists of tasks have it: `status` is the exit status there. */
export function taskSummary(task: Task): Record<string, unknown> {
  return {
    ...identity(task),
    ...(task.exitStatus === null ? {} : { status: task.exitStatus }),
    ...(task.endTime === null ? {} : { endtime: task.endTime }),
  };
}

function identity({ upid, node, pid, pstart, startTime, type, id, user }: Task): Record<string, unknown> {
  const [owner = '', tokenid] = user.split('!');
  return {
    upid,
    node,
    pid,
    pstart,
    starttime: startTime,
    type,
    id,
    user: owner,
    ...(tokenid === undefined ? {} : { tokenid }),
  };
}

function status(call: Call): unknown {
  const task = readable(call);
  return {
    ...identity(task),
    status: task.exitStatus === null ? 'running' : 'stopped',
    ...(task.exitStatus === null ? {} : { exitstatus: task.exitStatus }),
  };
}

function log(call: Call): unknown {
  const { lines } = readable(call);
  const start = integer(call, 'start', 0);
  return (lines.length === 0 ? ['no content'] : lines)
    .slice(start, start + integer(call, 'limit', 50))
    .map((line, index) => ({ n: start + index + 1, t: line }));
}

/** A user sees their own tasks and those of their tokens; for the rest there is a privilege. */
function readable(call: Call): Task {
  const { host, user } = call;
  const task = host.tasks.get(need(call, 'upid'));
  if (!isOwn(task, user)) host.access.need(user, `/nodes/${task.node}`, 'Sys.Audit');
  return task;
}

function isOwn(task: Task, user: string): boolean {
  return task.user === user || task.user.startsWith(`${user}!`);
}

function list(call: Call): unknown {
  const { host, user, parameters } = call;
  const { vmid, typefilter, userfilter } = parameters;
  const start = integer(call, 'start', 0);
  return tasksOn(host, need(call, 'node'))
    .filter((task) => isOwn(task, user) || host.access.has(user, `/nodes/${task.node}`, 'Sys.Audit'))
    .filter(
      (task) => (vmid === undefined || task.id === vmid) && (typefilter === undefined || task.type === typefilter),
    )
    .filter((task) => userfilter === undefined || task.user.includes(userfilter))
    .filter((task) => !flag(call, 'errors') || (task.exitStatus !== null && task.exitStatus !== 'OK'))
    .slice(start, start + integer(call, 'limit', 50))
    .map(taskSummary);
}

function tasksOn(host: Host, node: string): readonly Task[] {
  return host.tasks.list().filter((task) => task.node === node);
}
