/** Do the nodes run Talos? A probe of ports, without credentials: it works whatever built the machines. */

import { task, type Task } from '../model/task.ts';

export function verifyNodes(): Task {
  return task(
    'verify-nodes',
    'Wait until every node answers on the Talos API port',
    [{ argv: ['sh', 'verify-nodes.sh'], cwd: 'talos', env: {}, exitCodes: {} }],
    {
      aliases: ['wait'],
    },
  );
}
