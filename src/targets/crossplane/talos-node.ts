/**
 * The composite resource of one node.
 *
 * Its spec is the VM in the provider's field names with one simplification: a block of which there
 * is at most one is an object here and a list there. Lists keep the provider's shape whole, since
 * the composition function has no loops: any number of disks and NICs passes through one patch.
 */

import type { VmCluster, VmNode } from '../../model/cluster.ts';
import { compositionName } from './composition.ts';
import { valueOf } from './fields.ts';
import { MACHINE } from './machine.ts';
import type { Manifest } from './manifest.ts';
import { COMPOSITE, KEEP_ANNOTATIONS, labels } from './names.ts';

/** The composite of a node; its name is the VM's name. */
export function talosNode(cluster: VmCluster, node: VmNode): Manifest {
  const { group, namespace } = cluster.crossplane;
  return {
    apiVersion: `${group}/${COMPOSITE.version}`,
    kind: COMPOSITE.kind,
    metadata: { name: node.vm.name, namespace, labels: labels(cluster, node.role), annotations: KEEP_ANNOTATIONS },
    spec: {
      crossplane: { compositionRef: { name: compositionName(cluster) } },
      cluster: cluster.name,
      role: node.role,
      ...valueOf(MACHINE, node.vm, node.vm),
    },
  };
}
