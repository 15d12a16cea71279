/** `DELETE .../qemu/{vmid}`: the end of a VM. Source: qemu-server src/PVE/QemuServer.pm, destroy_vm. */

import { isCdrom, isCloudInit } from '../../state/config.ts';
import { ApiError, fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { ownerOf } from '../../state/volume-names.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, needRootFor, vmOf, withLock, type Call, type Handlers } from '../call.ts';
import { needNoLock } from '../../state/config-lock.ts';

export const DESTROY_HANDLERS: Handlers = { 'DELETE /nodes/{node}/qemu/{vmid}': destroy };

function destroy(call: Call): unknown {
  const { host } = call;
  needRootFor(call, 'skiplock');
  needDestroyable(vmOf(call));
  return withLock(call, 'qmdestroy', async (vm, { pause, log }) => {
    needDestroyable(vm);
    if (vm.config.get('lock') !== 'suspended') needNoLock(vm, flag(call, 'skiplock'));
    const owned = ownedVolumes(host, vm, flag(call, 'destroy-unreferenced-disks'));
    if (vm.config.get('template') === '1') needNoClones(host, vm, owned);
    await pause();
    for (const volid of owned) free(host, vm, volid, log);
    host.vms.remove(vm.vmid);
    host.pools.removeVm(vm.vmid);
    host.access.forgetPath(`/vms/${vm.vmid}`);
  });
}

function needDestroyable(vm: VirtualMachine): void {
  if (vm.config.get('protection') === '1') fail(`can't remove VM ${vm.vmid} - protection mode enabled`);
  if (vm.pid !== null) fail(`VM ${vm.vmid} is running - destroy failed`);
}

/** Only templates ask before anything is freed. */
function needNoClones(host: Host, { node }: VirtualMachine, volids: ReadonlySet<string>): void {
  for (const volid of volids)
    if (host.storages.childrenOf(node, volid).length > 0)
      fail(`base volume '${volid}' is still in use by linked cloned`);
}

/** A volume that cannot be freed stays, and the VM goes all the same. */
function free(host: Host, { node }: VirtualMachine, volid: string, log: (line: string) => void): void {
  try {
    host.storages.free(node, volid);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log(`Could not remove disk '${volid}', check manually: ${error.printed}`);
  }
}

/**
 * Volumes whose number is the VM's. Those of other VMs and discs stay.
 * @param all also those that no drive refers to, wherever the node has disks
 */
function ownedVolumes(host: Host, vm: VirtualMachine, all: boolean): Set<string> {
  const referred = [vm.config, vm.pending]
    .flatMap((config) => host.configs.drivesAndUnused(config))
    .flatMap(([, drive]) => (isCdrom(drive) && !isCloudInit(drive.file) ? [] : drive.file));
  const found = referred.filter((volid) => ownerOf(volid) === vm.vmid);
  if (!all) return new Set(found);
  const loose = host.storages
    .list()
    .filter(({ content }) => content.includes('images'))
    .flatMap(({ id }) => host.storages.volumes(vm.node, id))
    .filter(({ vmid, content }) => vmid === vm.vmid && content === 'images');
  return new Set([...found, ...loose.map(({ volid }) => volid)]);
}
