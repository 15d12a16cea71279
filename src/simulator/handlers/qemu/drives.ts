/** `.../resize`, `.../move_disk`, `.../template`: what changes a VM's volumes. */

import { parseSize } from '../../schema/size.ts';
import { digestOf, DRIVE, isCdrom, type Drive } from '../../state/config.ts';
import { fail, notSimulated } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { needImages } from '../../state/storages.ts';
import type { Volume } from '../../state/volume.ts';
import { nameOf, storageOf } from '../../state/volume-names.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, need, vmOf, withLock, type Call, type Handlers } from '../call.ts';
import { addUnused } from './disks.ts';
import { needUnlocked } from './update.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const DRIVE_HANDLERS: Handlers = {
  [`PUT ${VM}/resize`]: resize,
  [`POST ${VM}/move_disk`]: move,
  [`POST ${VM}/template`]: template,
};

/** Runs `work` as a task on a VM whose configuration nobody has locked. @param bytes that it copies */
function locked(call: Call, type: string, work: (vm: VirtualMachine) => void, bytes = 0): string {
  return withLock(call, type, async (vm, pause) => {
    needUnlocked(vm);
    await pause(bytes);
    work(vm);
    call.host.vms.announce(vm);
  });
}

function diskOf(host: Host, vm: VirtualMachine, key: string): { readonly drive: Drive; readonly volume: Volume } {
  const text = vm.config.get(key) ?? fail(`disk '${key}' does not exist`);
  const drive = host.configs.drive(key, text) ?? fail(`disk '${key}' does not exist`);
  if (isCdrom(drive)) fail("you can't resize a cdrom");
  return { drive, volume: host.storages.volume(vm.node, drive.file) ?? fail(`volume '${drive.file}' does not exist`) };
}

function resize(call: Call): unknown {
  const { host, user } = call;
  vmOf(call);
  return locked(call, 'resize', (vm) => {
    const { digest } = call.parameters;
    if (digest !== undefined && digest !== digestOf(vm)) fail('checksum mismatch (file change by other user?)');
    const key = need(call, 'disk');
    const { drive, volume } = diskOf(host, vm, key);
    host.access.need(user, `/storage/${volume.storage}`, 'Datastore.AllocateSpace');
    const asked = need(call, 'size');
    const size = (parseSize(asked.replace(/^\+/, '')) ?? 0) + (asked.startsWith('+') ? volume.size : 0);
    if (size < volume.size) fail('shrinking disks is not supported');
    if (size > volume.size)
      host.storages.needRoom(vm.node, host.storages.get(volume.storage), size - volume.size, nameOf(volume.volid));
    volume.size = size;
    vm.config.set(key, host.configs.print(key, { ...drive, size: String(size) }));
  });
}

function move(call: Call): unknown {
  const { host, user, parameters } = call;
  const { storage, format } = parameters;
  if (parameters['target-vmid'] !== undefined || storage === undefined)
    notSimulated('reassigning a disk to another VM');
  const key = need(call, 'disk');
  const { volume: before } = diskOf(host, vmOf(call), key);
  if (before.storage === storage && (format === undefined || format === before.format))
    fail("you can't move to the same storage with same format");
  host.access.need(user, `/storage/${storage}`, 'Datastore.AllocateSpace');
  needImages(host.storages.on(need(call, 'node'), storage));
  const work = (vm: VirtualMachine): void => {
    const { drive, volume } = diskOf(host, vm, key);
    const moved = host.storages.allocate({ node: vm.node, storage, vmid: vm.vmid, size: volume.size, format });
    if (flag(call, 'delete')) host.storages.remove(vm.node, volume.volid);
    else addUnused(vm, volume.volid);
    vm.config.set(key, host.configs.print(key, { ...drive, file: moved.volid, size: String(moved.size) }));
  };
  return locked(call, 'qmmove', work, before.size);
}

function template(call: Call): unknown {
  const { host } = call;
  const before = vmOf(call);
  needUnlocked(before);
  if (call.parameters['disk'] !== undefined) notSimulated('converting a single disk to a base image');
  if (before.config.get('template') === '1') fail("you can't convert a template to a template");
  if (before.pid !== null) fail("you can't convert a VM to template if VM is running");
  return locked(call, 'qmtemplate', (vm) => {
    vm.config.set('template', '1');
    for (const [key, text] of [...vm.config]) {
      if (!DRIVE.test(key) || key.startsWith('unused')) continue;
      const drive = host.configs.drive(key, text);
      if (drive === null || isCdrom(drive) || !drive.file.includes(':')) continue;
      const volume = host.storages.volume(vm.node, drive.file);
      // A thick LVM volume cannot be a base.
      if (volume === undefined || host.storages.get(storageOf(drive.file)).type === 'lvm') continue;
      const base = host.storages.toBase(vm.node, volume);
      vm.config.set(key, host.configs.print(key, { ...drive, file: base.volid }));
    }
  });
}
