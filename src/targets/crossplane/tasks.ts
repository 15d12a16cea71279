/** The work of this target, in the order in which an operator meets it. */

import type { Cluster } from '../../model/cluster.ts';
import type { Task } from '../../model/task.ts';
import { verifyNodes } from '../verify-nodes.ts';
import { credentialsPush, init, managementTasks, templateCreate, uninstall, validate } from './setup-tasks.ts';
import { hasTemplates } from './shape.ts';
import { destroy, observeTasks, plan, provision } from './vm-tasks.ts';

/** Every task of the target for this cluster. */
export function tasks(cluster: Cluster): readonly Task[] {
  return [
    ...managementTasks(cluster),
    init(cluster),
    credentialsPush(),
    validate(cluster),
    ...(hasTemplates(cluster) ? [templateCreate(cluster)] : []),
    plan(cluster),
    provision(cluster),
    // Ready means that the VM exists; this asks whether Talos runs in it.
    verifyNodes(),
    ...observeTasks(cluster),
    destroy(cluster),
    uninstall(cluster),
  ];
}
