/** `.../move_disk`: to another storage, or to another VM. Source: qemu-server src/PVE/API2/Qemu.pm, move_vm_disk. */

import { bootOrder, digestOf, isCdrom, printBootOrder, type Drive } from '../../state/config.ts';
import { ApiError, fail, parameterError } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { needImages } from '../../state/storages.ts';
import { storageOf } from '../../state/volume-names.ts';
import type { Volume } from '../../state/volume.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, need, vmOf, withLock, type Call, type Handlers } from '../call.ts';
import { applyChanges } from './apply.ts';
import { baseOf } from './disks.ts';
import { diskOf, touchOwner } from './drives.ts';
import { needNoLock } from '../../state/config-lock.ts';
import { needVm } from './permissions.ts';
import { addUnused } from './unused.ts';

export const MOVE_DISK_HANDLERS: Handlers = { 'POST /nodes/{node}/qemu/{vmid}/move_disk': move };

function move(call: Call): unknown {
  const { storage, 'target-vmid': target } = call.parameters;
  const wrong = (text: string): never => parameterError({ 'target-vmid': text, storage: text });
  if (target !== undefined && storage !== undefined)
    return wrong("either set 'storage' or 'target-vmid', but not both");
  if (target !== undefined) return reassign(call, Number(target));
  if (storage !== undefined) return moveToStorage(call, storage);
  return wrong("both 'storage' and 'target-vmid' missing, either needs to be set");
}

function moveToStorage(call: Call, storage: string): unknown {
  const { host, user } = call;
  host.access.need(user, `/storage/${storage}`, 'Datastore.AllocateSpace');
  needMovable(call, vmOf(call), storage);
  return withLock(call, 'qmmove', async (vm, { pause, log }) => {
    const { drive, format } = needMovable(call, vm, storage);
    const old = drive.file;
    try {
      await pause(host.storages.volume(vm.node, old)?.size ?? 0);
      copy(call, vm, drive, storage, format, log);
    } catch (error) {
      throw error instanceof ApiError ? new ApiError(500, `storage migration failed: ${error.printed}`) : error;
    }
    touchOwner(call, vm, old);
    // No look at the owner: another VM's disk is gone.
    if (flag(call, 'delete')) free(host, vm, old, log);
    host.vms.announce(vm);
  });
}

interface Movable {
  readonly drive: Drive;
  readonly format: string | undefined;
}

function needMovable(call: Call, vm: VirtualMachine, storage: string): Movable {
  const { host, parameters } = call;
  const { format, digest } = parameters;
  needNoLock(vm);
  if (digest !== undefined && digest !== digestOf(vm))
    fail('detected modified configuration - file changed by other user? Try again.');
  const drive = diskOf(host, vm, need(call, 'disk'), 'move');
  const isSame = storageOf(drive.file) === storage;
  const now = host.storages.volume(vm.node, drive.file)?.format;
  if (isSame && (format === undefined || now === undefined || now === format))
    fail("you can't move to the same storage with same format");
  needImages(host.storages.on(vm.node, storage));
  return { drive, format };
}

function copy(
  call: Call,
  vm: VirtualMachine,
  drive: Drive,
  storage: string,
  format: string | undefined,
  log: (line: string) => void,
): void {
  const { host } = call;
  const key = need(call, 'disk');
  const source = host.storages.volume(vm.node, drive.file) ?? fail(`volume '${drive.file}' does not exist`);
  if (key === 'tpmstate0' && vm.pid !== null) fail('cannot move TPM state while VM is running');
  const isFile = host.storages.on(vm.node, storage).path !== null;
  const wanted = isFile ? (format ?? source.format) : undefined;
  const made = host.storages.allocate({ node: vm.node, storage, vmid: vm.vmid, size: source.size, format: wanted });
  const moved = vm.config.get('template') === '1' ? baseOf(host, vm.node, made) : made;
  const isUnused = key.startsWith('unused');
  const size = String(moved.size);
  vm.config.set(key, isUnused ? moved.volid : host.configs.print(key, { ...drive, file: moved.volid, size }));
  if (flag(call, 'delete')) return;
  addUnused(vm, source.volid);
  log(`adding source volume '${source.volid}' as unused to config`);
}

function free(host: Host, vm: VirtualMachine, volid: string, log: (line: string) => void): void {
  log(`removing source volume '${volid}' after successful copy`);
  try {
    host.storages.free(vm.node, volid);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log(error.printed);
  }
}

function reassign(call: Call, targetId: number): unknown {
  const { host, user } = call;
  const vmid = Number(need(call, 'vmid'));
  const key = need(call, 'disk');
  const targetKey = call.parameters['target-disk'] ?? key;
  if (user !== 'root@pam') needVm({ host, user, vmid: targetId }, 'VM.Config.Disk');
  if (vmid === targetId) parameterError({ 'target-vmid': 'must be different than source VMID to reassign disk' });
  const { volume } = needReassignable(call, vmid, targetId, key, targetKey);
  host.access.need(user, `/storage/${volume.storage}`, 'Datastore.AllocateSpace');
  const { locks } = host;
  return call.start('qmmove', `${vmid}-${key}>${targetId}-${targetKey}`, ({ pause, log }) =>
    locks.hold(vmid, {}, () =>
      locks.hold(targetId, {}, async () => {
        await pause();
        const found = needReassignable(call, vmid, targetId, key, targetKey);
        log(`reassign disk '${key}' from VM '${vmid}' as '${targetKey}' to VM '${targetId}'`);
        rename(call, found, key, targetKey);
      }),
    ),
  );
}

interface Reassignable {
  readonly source: VirtualMachine;
  readonly target: VirtualMachine;
  readonly drive: Drive;
  readonly volume: Volume;
}

function needReassignable(call: Call, vmid: number, targetId: number, key: string, targetKey: string): Reassignable {
  const { host, parameters } = call;
  const source = host.vms.find(vmid) ?? fail(`could not find VM ${vmid}`);
  const target = host.vms.find(targetId) ?? fail(`could not find target VM ${targetId}`);
  if (source.node !== target.node) fail(`Both VMs need to be on the same node (${source.node} != ${target.node})`);
  needNoLock(source);
  needNoLock(target);
  if ([source, target].some(({ config }) => config.get('template') === '1'))
    fail("Can't move disks from or to template VMs");
  const changed = ' detected modified configuration - file changed by other user? Try again.';
  const isOther = (digest: string | undefined, vm: VirtualMachine): boolean =>
    digest !== undefined && digest !== digestOf(vm);
  if (isOther(parameters['digest'], source)) fail(`VM ${vmid}:${changed}`);
  if (isOther(parameters['target-digest'], target)) fail(`VM ${targetId}:${changed}`);
  const text = source.config.get(key) ?? fail(`Disk '${key}' for VM '${vmid}' does not exist`);
  if (target.config.has(targetKey)) fail(`Target disk key '${targetKey}' is already in use for VM '${targetId}'`);
  const drive = host.configs.drive(key, text) ?? fail(`disk '${key}' has no associated volume`);
  if (!targetKey.startsWith('unused') && host.configs.drive(targetKey, text) === null)
    fail('failed to parse source disk for target disk format');
  if (isCdrom(drive)) fail("CD drive contents can't be moved to another VM");
  const volume = host.storages.volume(source.node, drive.file) ?? fail(`volume '${drive.file}' does not exist`);
  if (volume.isBase) fail('Storage does not support moving of this disk to another VM');
  if (source.pid !== null && !key.startsWith('unused'))
    fail('Cannot move disk to another VM while the source VM is running - detach first');
  return { source, target, drive, volume };
}

/** The volume becomes one of the target's, whoever's it was. */
function rename(call: Call, { source, target, drive, volume }: Reassignable, key: string, targetKey: string): void {
  const { host, user } = call;
  touchOwner(call, source, volume.volid);
  const moved = host.storages.rename(source.node, volume, target.vmid);
  source.config.delete(key);
  const order = bootOrder(source.config.get('boot'));
  if (order.includes(key)) source.config.set('boot', printBootOrder(order.filter((device) => device !== key)));
  if (targetKey.startsWith('unused')) target.config.set(targetKey, moved.volid);
  else {
    target.pending.set(
      targetKey,
      host.configs.print(targetKey, { ...drive, file: moved.volid, size: String(moved.size) }),
    );
    applyChanges({ host, user, vmid: target.vmid }, target, new Set([targetKey]));
  }
  for (const vm of [source, target]) host.vms.announce(vm);
}
