/** VMs that are not the cluster's: nothing may touch them, and after `destroy` only they are left. */

import type { VmCluster } from '../../model/cluster.ts';
import type { Host } from '../state/host.ts';

/** Ids of every VM that no model claims. */
export function foreignVms(host: Host, clusters: readonly VmCluster[]): ReadonlySet<number> {
  const ours = new Set(clusters.flatMap(vmIdsOf));
  return new Set(
    host.vms
      .all()
      .map(({ vmid }) => vmid)
      .filter((vmid) => !ours.has(vmid)),
  );
}

/** Ids of the nodes and of the templates. */
export function vmIdsOf({ nodes, proxmox }: VmCluster): number[] {
  return [...nodes.map(({ vm }) => vm.vmId), ...proxmox.templates.map(({ vmId }) => vmId)];
}

export interface SavedVms {
  /** VM id -> everything about it, as text to compare. */
  readonly vms: ReadonlyMap<number, string>;
}

/** How VMs and their volumes are now. */
export function saveVms(host: Host, vmids: ReadonlySet<number>): SavedVms {
  const volumes = host.storages.allVolumes();
  return {
    vms: new Map(
      [...vmids].map((vmid) => {
        const vm = host.vms.find(vmid);
        const state =
          vm === undefined
            ? null
            : { node: vm.node, config: [...vm.config], pending: [...vm.pending], running: vm.pid !== null };
        const owned = volumes.filter((volume) => volume.vmid === vmid).map(({ volid, size }) => `${volid} ${size}`);
        return [vmid, JSON.stringify([state, host.pools.of(vmid), owned])];
      }),
    ),
  };
}

/**
 * VMs of the cluster's nodes that are still there, and their volumes. Downloaded images and templates
 * may stay: they serve the next run. What is protected has to.
 */
export function leftovers(host: Host, { nodes }: VmCluster): string[] {
  const ours = new Set(nodes.filter(({ vm }) => !vm.protection).map(({ vm }) => vm.vmId));
  const vms = host.vms.all().filter(({ vmid }) => ours.has(vmid));
  const volumes = host.storages.allVolumes().filter(({ vmid }) => vmid !== null && ours.has(vmid));
  return [...vms.map(({ vmid }) => `VM ${vmid}`), ...volumes.map(({ volid }) => `volume ${volid}`)];
}
