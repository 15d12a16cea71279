/** What becomes of a volume whose drive is taken off a VM. Source: qemu-server src/PVE/QemuServer.pm. */

import { isCdrom, isCloudInit, type Drive } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import { ownerOf, storageOf } from '../../state/volume-names.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { needVm, type Asker } from './permissions.ts';

const MAXIMUM = 256;

/** A disk of the VM's own is kept as unused, a cloud-init drive goes, and of anything else only the name is forgotten. */
export function keepUnused({ host }: Pick<Asker, 'host'>, vm: VirtualMachine, drive: Drive | null): void {
  if (drive === null) return;
  if (isCloudInit(drive.file)) {
    host.storages.remove(vm.node, drive.file);
    vm.imageDifferences.clear();
  } else if (!isCdrom(drive) && ownerOf(drive.file) === vm.vmid) addUnused(vm, drive.file);
}

/** @throws ApiError where there are too many */
export function addUnused(vm: VirtualMachine, volid: string): void {
  const keys = Array.from({ length: MAXIMUM }, (_, index) => `unused${index}`);
  if (keys.some((key) => vm.config.get(key) === volid)) return;
  const free = keys.find((key) => !vm.config.has(key)) ?? fail('Too many unused volumes - please delete them first.');
  vm.config.set(free, volid);
}

/** Frees a volume of the VM's own. Another VM's is left alone, and so is what holds a disc. */
export function freeOwn(asker: Asker, vm: VirtualMachine, key: string, drive: Drive): void {
  const { host, user } = asker;
  if (isCdrom(drive) && !isCloudInit(drive.file)) return;
  if (ownerOf(drive.file) !== vm.vmid) return;
  host.access.need(user, `/storage/${storageOf(drive.file)}`, 'Datastore.AllocateSpace');
  const isUsed = host.configs
    .drivesAndUnused(vm.config)
    .some(([name, { file }]) => name !== key && file === drive.file);
  if (isUsed) fail(`unable to delete '${drive.file}' - volume is still in use (snapshot?)`);
  host.storages.free(vm.node, drive.file);
}

/** Takes a drive off a VM: for good where `force` says so. */
export function detach(asker: Asker, vm: VirtualMachine, key: string, force: boolean): void {
  const drive = asker.host.configs.drive(key, vm.config.get(key) ?? '');
  if (force && drive !== null) {
    needVm(asker, 'VM.Config.Disk');
    freeOwn(asker, vm, key, drive);
  } else keepUnused(asker, vm, drive);
  vm.config.delete(key);
}

/** A volume that a drive names, now or from the next start on, is not unused: so it is whenever a configuration is written. */
export function forgetUsed({ host }: Pick<Asker, 'host'>, vm: VirtualMachine): void {
  const drives = [...host.configs.drives(vm.config), ...host.configs.drives(vm.pending)];
  const used = new Set(drives.map(([, { file }]) => file));
  for (const [key, volid] of [...vm.config]) if (key.startsWith('unused') && used.has(volid)) vm.config.delete(key);
}
