/** Who else lives on the host of a rehearsal: as on any host that is not the cluster's alone. */

import { GIB } from '../schema/size.ts';
import type { VmCluster } from '../../model/cluster.ts';
import { VM_IDS } from '../../model/vm-ids.ts';
import { CSI_OWNER } from '../../model/csi.ts';
import { filesOf, foreignVm } from '../fixture.ts';
import { asRoot } from '../handlers/console.ts';
import { ApiError } from '../state/errors.ts';
import type { Host, VmSeed } from '../state/host.ts';
import { seedVm } from '../state/seed.ts';
import type { Volume } from '../state/volume.ts';
import { vmIdsOf, type Foreign } from './foreign.ts';

/** Right before and right after the clusters' ids: where a wrong id would hit. */
export function neighbourVms(clusters: readonly [VmCluster, ...VmCluster[]]): VmSeed[] {
  const [lowest, highest] = VM_IDS;
  const taken = new Set(clusters.flatMap(vmIdsOf));
  const wanted = clusters
    .flatMap(({ nodes }) => nodes.flatMap(({ vm }) => [vm.vmId - 1, vm.vmId + 1]))
    .filter((id) => id >= lowest && id <= highest && !taken.has(id));
  const host = clusters[0].proxmox.hosts[0];
  if (host === undefined || wanted.length === 0) return [];
  return [...new Set([Math.min(...wanted), Math.max(...wanted)])].map((vmid) =>
    foreignVm(vmid, host.name, host.diskStorage),
  );
}

/** Puts a boot file of the cluster where the cluster wants it: somebody else has fetched it, and uses it. */
export function putForeignFile(host: Host, { proxmox }: VmCluster): Foreign['volumes'] {
  return proxmox.images
    .slice(0, 1)
    .flatMap((image) => filesOf(image).slice(0, 1))
    .map((file) => ({ node: file.node, volume: host.storages.putFile(file.node, file.storage, file) }));
}

/**
 * Hangs the volume of a pod into the first free SCSI slot of the first node, as a CSI driver does.
 * Source: sergelogvinov/proxmox-csi-plugin.
 * @returns the volume and its host; `null` where the VM is not there or has no slot
 */
export async function attachPodVolume(
  host: Host,
  { nodes: [first] }: VmCluster,
): Promise<{ volume: Volume; node: string } | null> {
  const vm = first === undefined ? undefined : host.vms.find(first.vm.vmId);
  const slots = Array.from({ length: 30 }, (_, index) => `scsi${index + 1}`);
  const slot = slots.find((key) => vm?.config.has(key) === false);
  if (first === undefined || vm === undefined || slot === undefined) return null;
  const { node, vmid } = vm;
  const [{ storage }] = first.vm.disks;
  const name = `vm-${CSI_OWNER}-pvc-7c1d0e5f`;
  const volume = host.storages.allocate({ node, storage, vmid: CSI_OWNER, size: 10 * GIB, name });
  await asRoot(host, 'PUT /nodes/{node}/qemu/{vmid}/config', {
    node,
    vmid: String(vmid),
    [slot]: `${volume.volid},backup=0`,
  });
  return { volume, node };
}

/**
 * Puts a VM of somebody else onto an id that the cluster wants.
 * @returns the id, or `null` where all are taken
 */
export function occupyId(host: Host, cluster: VmCluster): number | null {
  for (const { vm } of cluster.nodes) {
    if (host.vms.find(vm.vmId) !== undefined) continue;
    try {
      seedVm(host, foreignVm(vm.vmId, vm.pveNode, vm.disks[0].storage));
      return vm.vmId;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
  return null;
}
