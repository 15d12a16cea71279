/** What a simulated host holds, in the form that `expected` has. */

import { vmConfigProperties } from '../schema/facts.ts';
import { mergePending } from '../state/config.ts';
import type { Host } from '../state/host.ts';
import type { VirtualMachine } from '../state/vms.ts';
import { normalizeVm, type NormalVm } from './normalize.ts';

/** VM id -> normal form of those of the VMs that are there. */
export function observed(host: Host, vmids: Iterable<number>): ReadonlyMap<number, NormalVm> {
  const vms = [...vmids].flatMap((vmid) => host.vms.find(vmid) ?? []);
  return new Map(vms.map((vm) => [vm.vmid, observedVm(host, vm)]));
}

function observedVm(host: Host, vm: VirtualMachine): NormalVm {
  const pendingKeys = [...new Set([...vm.pending.keys(), ...vm.pendingDeletes.keys()])].sort();
  const state = {
    vmid: vm.vmid,
    node: vm.node,
    config: mergePending(vm),
    pendingKeys,
    pool: host.pools.of(vm.vmid),
    running: vm.pid !== null,
  };
  return normalizeVm(state, vmConfigProperties(host.version));
}
