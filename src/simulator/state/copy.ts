/** Copies what was built on one host to another: it is built once, and many changes are tried on copies of it. */

import type { Host } from './host.ts';

/**
 * Every VM with its pool, and every volume, in the place of what is there under the same names. Tasks, the request log,
 * access and high availability stay the other host's own.
 * @param to a host with the same nodes, storages and pools
 */
export function copyMachines(from: Host, to: Host): void {
  for (const { name: node } of from.nodes)
    for (const { id, nodes } of from.storages.list()) {
      if (nodes !== null && !nodes.includes(node)) continue;
      for (const volume of from.storages.volumes(node, id)) to.storages.put(node, { ...volume });
    }
  for (const vm of from.vms.all()) {
    const copy = to.vms.add(vm.vmid, vm.node, new Map(vm.config));
    copy.pending = new Map(vm.pending);
    copy.pendingDeletes = new Map(vm.pendingDeletes);
    for (const [key, value] of vm.imageDifferences) copy.imageDifferences.set(key, value);
    [copy.pid, copy.startedAt] = [vm.pid, vm.startedAt];
    const pool = from.pools.of(vm.vmid);
    if (pool !== null) to.pools.addVm(pool, vm.vmid);
    to.vms.announceAsOld(copy);
  }
}
