/** A simulated host on which a cluster is rehearsed: with neighbours that nobody may touch. */

import type { VmCluster } from '../../model/cluster.ts';
import { foreignVm, mergeSeeds, seedOf, tokenOf } from '../fixture.ts';
import { startSimulator, type Simulator } from '../server/start.ts';
import type { VmSeed } from '../state/host.ts';
import { vmIdsOf } from './foreign-vms.ts';

/**
 * @param clusters all that are built on it, one after the other: the host has what each of them takes for granted, and
 *   the token is that of the last
 * @throws UsageError for a version that is not simulated
 */
export function startFor(clusters: readonly [VmCluster, ...VmCluster[]], version?: string): Promise<Simulator> {
  const last = clusters.at(-1) ?? clusters[0];
  // Whoever clones builds its templates first, as on a fresh host.
  const seed = clusters.map((cluster) => seedOf(cluster, { templates: false })).reduce(mergeSeeds);
  return startSimulator({
    ...(version === undefined ? {} : { version }),
    seed: { ...seed, vms: neighbours(clusters) },
    token: tokenOf(last),
  });
}

/** Right before and right after the clusters' ids: where a wrong id would hit. */
export function neighbours(clusters: readonly [VmCluster, ...VmCluster[]]): VmSeed[] {
  const taken = new Set(clusters.flatMap(vmIdsOf));
  const wanted = clusters
    .flatMap(({ nodes }) => nodes.flatMap(({ vm }) => [vm.vmId - 1, vm.vmId + 1]))
    .filter((id) => id >= 100 && !taken.has(id));
  const [first, last] = [Math.min(...wanted), Math.max(...wanted)];
  const host = clusters[0].proxmox.hosts[0];
  if (host === undefined || wanted.length === 0) return [];
  return [...new Set([first, last])].map((vmid) => foreignVm(vmid, host.name, host.diskStorage));
}
