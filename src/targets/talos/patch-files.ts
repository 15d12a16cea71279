/** Which rendered patches a node's configuration is made of. */

import type { Cluster, Node } from '../../model/cluster.ts';
import { deletesAbsentDocuments } from '../../model/version.ts';

/**
 * The patch files of a node, below `out/talos/`, in the order in which Talos has to take them: before 1.14 the names of
 * the documents that the others replace, then what all nodes have, what its role has, and its own.
 */
export function patchFiles({ talos }: Cluster, { name, role }: Node): readonly string[] {
  return [
    ...(deletesAbsentDocuments(talos.version) ? [] : [`documents/${name}.yaml`]),
    'patches/all.yaml',
    `patches/${role}.yaml`,
    `nodes/${name}.yaml`,
  ];
}
