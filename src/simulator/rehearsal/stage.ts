/** A simulated host on which a cluster is rehearsed: with neighbours that nobody may touch. */

import type { VmCluster } from '../../model/cluster.ts';
import { foreignVm, seedOf, tokenOf } from '../fixture.ts';
import { startSimulator, type Simulator } from '../server/start.ts';
import type { VmSeed } from '../state/host.ts';

/** @throws UsageError for a version that is not simulated */
export function startFor(cluster: VmCluster, version: string | undefined): Promise<Simulator> {
  return startSimulator({
    ...(version === undefined ? {} : { version }),
    // Whoever clones builds its templates first, as on a fresh host.
    seed: seedOf(cluster, { foreign: neighbours(cluster), templates: false }),
    token: tokenOf(cluster),
  });
}

/** Right before and right after the cluster's ids: where a wrong id would hit. */
export function neighbours({ nodes, proxmox }: VmCluster): VmSeed[] {
  const taken = new Set([...nodes.map(({ vm }) => vm.vmId), ...proxmox.templates.map(({ vmId }) => vmId)]);
  const wanted = nodes.flatMap(({ vm }) => [vm.vmId - 1, vm.vmId + 1]).filter((id) => id >= 100 && !taken.has(id));
  const [first, last] = [Math.min(...wanted), Math.max(...wanted)];
  const host = proxmox.hosts[0];
  if (host === undefined || wanted.length === 0) return [];
  return [...new Set([first, last])].map((vmid) => foreignVm(vmid, host.name, host.diskStorage));
}
