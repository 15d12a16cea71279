/** `.../status/suspend` and `.../status/resume`: hibernation. Source: qemu-server src/PVE/QemuServer/RunState.pm. */

import { MIB } from '../../schema/size.ts';
import { needNoLock } from '../../state/config-lock.ts';
import { fail, notSimulated } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { storageOf } from '../../state/volume-names.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, needRootFor, OPTIONS_OF_ROOT, vmOf, type Call, type Handlers } from '../call.ts';
import { sidOfVm } from '../ha-guests.ts';
import { LIFECYCLE_HANDLERS } from './lifecycle.ts';
import { needVm } from './permissions.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const SUSPEND_HANDLERS: Handlers = {
  [`POST ${VM}/status/suspend`]: suspend,
  [`POST ${VM}/status/resume`]: resume,
};

/** What is kept besides the memory itself, in bytes. Source: PVE::QemuConfig, `__snapshot_save_vmstate`. */
const STATE_OVERHEAD = 500 * MIB;

function suspend(call: Call): string {
  const { host, user } = call;
  needRootFor(call, ...OPTIONS_OF_ROOT.suspend);
  const before = vmOf(call);
  if (before.pid === null) fail(`VM ${before.vmid} not running`);
  if (!flag(call, 'todisk')) notSimulated('pausing a VM without writing its memory to a disk');
  if (host.ha.isManaged(sidOfVm(before.vmid))) fail('Cannot suspend HA managed VM to disk');
  needVm({ host, user, vmid: before.vmid }, 'VM.Config.Disk');
  const storage = call.parameters['statestorage'] ?? stateStorage(host, before);
  host.access.need(user, `/storage/${storage}`, 'Datastore.AllocateSpace');
  return call.start('qmsuspend', before.vmid, async ({ pause, log }) => {
    const vm = await host.locks.hold(before.vmid, {}, () => begin(call, storage));
    await pause(host.describe(vm).memoryBytes);
    log('State saved, quitting');
    await host.locks.hold(before.vmid, {}, () => {
      if (vm.config.get('lock') !== 'suspending') fail('lock changed unexpectedly');
      vm.pid = null;
      vm.config.set('lock', 'suspended');
      host.vms.announce(vm);
    });
  });
}

/** The place for the memory is made, and the lock set. */
function begin(call: Call, storage: string): VirtualMachine {
  const { host } = call;
  const vm = vmOf(call);
  const isBackedUp = vm.config.get('lock') === 'backup';
  if (!isBackedUp) needNoLock(vm, flag(call, 'skiplock'));
  if (isBackedUp) fail('cannot suspend to disk during backup');
  const day = new Date(host.clock.now()).toISOString().slice(0, 10);
  const { volid } = host.storages.allocate({
    node: vm.node,
    storage,
    vmid: vm.vmid,
    size: host.describe(vm).memoryBytes * 2 + STATE_OVERHEAD,
    name: `vm-${vm.vmid}-state-suspend-${day}`,
  });
  vm.config.set('lock', 'suspending');
  vm.config.set('vmstate', volid);
  vm.config.set('runningmachine', `pc-i440fx-${host.release.qemu.replace(/\.\d+$/, '')}+pve0`);
  host.vms.announce(vm);
  return vm;
}

/** A shared one of its disks, a local one, or `local`; files before blocks. */
function stateStorage(host: Host, vm: VirtualMachine): string {
  const configured = vm.config.get('vmstatestorage');
  if (configured !== undefined) return configured;
  const used = host.configs
    .drivesAndUnused(vm.config)
    .flatMap(([, { file }]) => (file.includes(':') ? [host.storages.get(storageOf(file))] : []));
  const isFile = ({ path }: { readonly path: string | null }): boolean => path !== null;
  const shared = used.filter((storage) => storage.shared);
  const candidates = shared.length > 0 ? shared : used;
  return (candidates.findLast(isFile) ?? candidates[0])?.id ?? 'local';
}

/** A hibernated guest is started; one that runs is left running. */
function resume(call: Call): unknown {
  needRootFor(call, ...OPTIONS_OF_ROOT.resume);
  const vm = vmOf(call);
  const asTask: Call = { ...call, start: (_type, id, work) => call.start('qmresume', id, work) };
  if (vm.config.get('lock') === 'suspended') return LIFECYCLE_HANDLERS[`POST ${VM}/status/start`]?.(asTask);
  if (vm.pid === null) fail(`VM ${vm.vmid} not running`);
  return call.start('qmresume', vm.vmid, () => undefined);
}
