/**
 * The composite resource of one node.
 *
 * Its spec is the VM in the provider's field names with one simplification: a block of which there
 * is at most one is an object here and a list there. Lists keep the provider's shape whole, since
 * the composition function has no loops: any number of disks and NICs passes through one patch.
 */

import type { Vm, VmCluster, VmNode } from '../../model/cluster.ts';
import * as blocks from './blocks.ts';
import { compositionName } from './composition.ts';
import { present, type Manifest } from './manifest.ts';
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
      ...machine(node.vm),
    },
  };
}

function machine(vm: Vm): Record<string, unknown> {
  return present({
    nodeName: vm.pveNode,
    vmId: vm.vmId,
    description: vm.description,
    tags: vm.tags,
    poolId: vm.pool,
    bios: vm.bios,
    machine: vm.machine,
    operatingSystem: { type: vm.osType },
    scsiHardware: vm.scsiController,
    cpu: blocks.cpu(vm),
    memory: blocks.memory(vm),
    efiDisk: blocks.efiDisk(vm),
    tpmState: blocks.tpmState(vm),
    clone: blocks.clone(vm),
    cdrom: blocks.cdrom(vm),
    bootOrder: vm.bootOrder,
    disks: blocks.disks(vm),
    networkDevices: blocks.networkDevices(vm),
    initialization: blocks.initialization(vm),
    agent: { enabled: vm.agent },
    watchdog: blocks.watchdog(vm),
    smbios: blocks.smbios(vm),
    startup: blocks.startup(vm),
    onBoot: vm.onBoot,
    protection: vm.protection,
  });
}
