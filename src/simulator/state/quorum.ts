/** What the cluster's own file system says without a quorum. Source: pve-cluster src/PVE/Cluster.pm, src/pmxcfs. */

import { fail } from './errors.ts';
import type { Host } from './host.ts';

/** @throws ApiError without one */
export function needQuorum({ nodeStates }: Host): void {
  if (!nodeStates.quorate) fail('cluster not ready - no quorum?');
}

/** @throws ApiError where the configuration of a VM cannot be written */
export function needWritable(host: Host, node: string, vmid: number): void {
  if (host.nodeStates.quorate) return;
  const file = `/etc/pve/nodes/${node}/qemu-server/${vmid}.conf.tmp.${host.tasks.nextPid()}`;
  fail(`unable to open file '${file}' - Permission denied`);
}
