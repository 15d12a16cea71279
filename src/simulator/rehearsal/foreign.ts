/** What on the host is not the cluster's: nothing may touch it, and after `destroy` it is as it was. */

import type { VmCluster } from '../../model/cluster.ts';
import type { Host } from '../state/host.ts';
import type { Volume } from '../state/volume.ts';

/** Ids of the nodes and of the templates. */
export function vmIdsOf({ nodes, proxmox }: VmCluster): number[] {
  return [...nodes.map(({ vm }) => vm.vmId), ...proxmox.templates.map(({ vmId }) => vmId)];
}

export interface Foreign {
  /** VM id -> everything about it, as text to compare. */
  readonly vms: ReadonlyMap<number, string>;
  /** Files and volumes by host: each the very one, so that one that was deleted and made anew is another. */
  readonly volumes: readonly { readonly node: string; readonly volume: Volume }[];
}

/** What is on the host of all that no model claims. To be asked before anything is built. */
export function foreignTo(host: Host, clusters: readonly VmCluster[]): Foreign {
  const ours = new Set(clusters.flatMap(vmIdsOf));
  const vmids = host.vms.all().flatMap(({ vmid }) => (ours.has(vmid) ? [] : [vmid]));
  const volumes = host.nodes.flatMap(({ name: node }) =>
    host.storages
      .list()
      .filter(({ nodes }) => nodes === null || nodes.includes(node))
      .flatMap(({ id }) => host.storages.volumes(node, id))
      .filter(({ vmid }) => vmid === null || !ours.has(vmid))
      .map((volume) => ({ node, volume })),
  );
  return { vms: saveVms(host, vmids), volumes };
}

/** How VMs and their volumes are now, as text to compare, by id. */
export function saveVms(host: Host, vmids: Iterable<number>): ReadonlyMap<number, string> {
  const volumes = host.storages.allVolumes();
  return new Map(
    [...vmids].map((vmid) => {
      const vm = host.vms.find(vmid);
      const state =
        vm === undefined
          ? null
          : { node: vm.node, config: [...vm.config], pending: [...vm.pending], running: vm.pid !== null };
      const owned = volumes.filter((volume) => volume.vmid === vmid).map(({ volid, size }) => `${volid} ${size}`);
      return [vmid, JSON.stringify([state, host.pools.of(vmid), owned])];
    }),
  );
}

/** Ids of VMs that are not as they were. */
export function touchedVms(host: Host, { vms }: Foreign): number[] {
  const after = saveVms(host, vms.keys());
  return [...vms].filter(([vmid, text]) => after.get(vmid) !== text).map(([vmid]) => vmid);
}

/** Volumes that are gone, or that others of the same name have replaced. */
export function lostVolumes(host: Host, { volumes }: Foreign): string[] {
  return volumes
    .filter(({ node, volume }) => host.storages.volume(node, volume.volid) !== volume)
    .map(({ node, volume }) => `${volume.volid} on ${node}`);
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
