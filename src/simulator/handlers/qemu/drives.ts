/** `.../resize` and `.../template`: what changes a VM's volumes where they are. Nobody asks whose they are. */

import { parseSize } from '../../schema/size.ts';
import { digestOf, isCdrom, isSlot, type Drive } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { nameOf, ownerOf } from '../../state/volume-names.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, need, needRootFor, vmOf, withLock, type Call, type Handlers } from '../call.ts';
import { baseOf } from './disks.ts';
import { needNoLock } from '../../state/config-lock.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const DRIVE_HANDLERS: Handlers = {
  [`PUT ${VM}/resize`]: resize,
  [`POST ${VM}/template`]: template,
};

/** A drive that is to be worked on. @throws ApiError for one that is not there, and for a disc */
export function diskOf(host: Host, vm: VirtualMachine, key: string, verb: string): Drive {
  const text = vm.config.get(key) ?? fail(`disk '${key}' does not exist`);
  const drive = host.configs.drive(key, text) ?? fail(`disk '${key}' has no associated volume`);
  if (isCdrom(drive)) fail(`you can't ${verb} a cdrom`);
  return drive;
}

/** Tells the log that another VM's volume is concerned, which is where accidents come from. */
export function touchOwner(call: Call, vm: VirtualMachine, volid: string): void {
  const owner = ownerOf(volid);
  if (owner !== null && owner !== vm.vmid) call.touch(owner);
}

/** Everything but an option that is root's alone is found out in the task. */
function resize(call: Call): unknown {
  const { host, user } = call;
  needRootFor(call, 'skiplock');
  return withLock(call, 'resize', async (vm, { pause }) => {
    const { digest } = call.parameters;
    if (digest !== undefined && digest !== digestOf(vm)) fail('checksum mismatch (file change by other user?)');
    needNoLock(vm, flag(call, 'skiplock'));
    await pause();
    const key = need(call, 'disk');
    const drive = diskOf(host, vm, key, 'resize');
    const volume = host.storages.volume(vm.node, drive.file) ?? fail(`volume '${drive.file}' does not exist`);
    host.access.need(user, `/storage/${volume.storage}`, 'Datastore.AllocateSpace');
    const asked = need(call, 'size');
    const size = (parseSize(asked.replace(/^\+/, '')) ?? 0) + (asked.startsWith('+') ? volume.size : 0);
    if (size < volume.size) fail('shrinking disks is not supported');
    if (size === volume.size) return;
    host.storages.needRoom(vm.node, host.storages.get(volume.storage), size - volume.size, nameOf(volume.volid));
    touchOwner(call, vm, volume.volid);
    volume.size = size;
    vm.config.set(key, host.configs.print(key, { ...drive, size: String(size) }));
    host.vms.announce(vm);
  });
}

function template(call: Call): unknown {
  const { host } = call;
  const { disk } = call.parameters;
  needConvertible(vmOf(call), disk);
  return withLock(call, 'qmtemplate', async (vm, { pause }) => {
    needConvertible(vm, disk);
    await pause();
    vm.config.set('template', '1');
    for (const [key, text] of [...vm.config]) if (isSlot(key) && (disk ?? key) === key) toBase(call, vm, key, text);
    host.vms.announce(vm);
  });
}

function needConvertible(vm: VirtualMachine, disk: string | undefined): void {
  needNoLock(vm);
  if (vm.config.get('template') === '1' && disk === undefined) fail("you can't convert a template to a template");
  if (vm.pid !== null) fail("you can't convert a VM to template if VM is running");
}

/** The volume gets another name, whoever else knows it by the old one. */
function toBase(call: Call, vm: VirtualMachine, key: string, text: string): void {
  const { host } = call;
  const drive = host.configs.drive(key, text);
  if (drive === null || isCdrom(drive)) return;
  const volume = drive.file.includes(':') ? host.storages.volume(vm.node, drive.file) : undefined;
  if (volume === undefined) return;
  const base = baseOf(host, vm.node, volume);
  if (base.volid === volume.volid) return;
  touchOwner(call, vm, volume.volid);
  vm.config.set(key, host.configs.print(key, { ...drive, file: base.volid }));
}
