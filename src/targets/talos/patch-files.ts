/** Which rendered patches a node's configuration is made of. */

import type { Node } from '../../model/cluster.ts';

/**
 * The patch files of a node, below `out/talos/`, in the order in which Talos has to take them: those of all nodes,
 * of its role, and its own.
 */
export function patchFiles({ name, role }: Node): readonly [string, ...string[]] {
  return ['patches/all.yaml', `patches/${role}.yaml`, `nodes/${name}.yaml`];
}
