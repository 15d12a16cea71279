/** What a simulated host holds, in the form that `expected` has. */

import { vmConfigProperties } from '../schema/facts.ts';
import { DRIVE, mergePending } from '../state/config.ts';
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
    config: [...mergePending(vm)].filter(([key, value]) => !isForeign(host, vm, key, value)),
    pendingKeys,
    pool: host.pools.of(vm.vmid),
    running: vm.pid !== null,
  };
  return normalizeVm(state, vmConfigProperties(host.version));
}

/** A volume of somebody else that hangs in this VM: a pod's, made by a storage driver. No model knows it. */
function isForeign(host: Host, vm: VirtualMachine, key: string, value: string): boolean {
  const [volid = ''] = value.split(',');
  if (!DRIVE.test(key) || !volid.includes(':')) return false;
  const owner = host.storages.volume(vm.node, volid)?.vmid ?? null;
  return owner !== null && owner !== vm.vmid;
}
