/** Drives of a request: what is asked is checked, then made. */

import { GIB, KIB, MIB } from '../../schema/size.ts';
import { DRIVE, isCdrom, isCloudInit, NEW_DISK, type Drive } from '../../state/config.ts';
import { fail, forbidden, parameterError } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { needImages } from '../../state/storages.ts';
import { storageOf } from '../../state/volume-names.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import type { Asker } from './permissions.ts';

/** What OVMF keeps its variables in, before the storage rounds it up. */
const EFI_BYTES: Readonly<Record<string, number>> = { '2m': 128 * KIB, '4m': 528 * KIB };
const TPM_BYTES = 4 * MIB;
const CLOUD_INIT_BYTES = 4 * MIB;

/** @throws ApiError for a drive that cannot be, before anything has happened */
export function checkDrives(asker: Asker, node: string, options: VmConfig): void {
  for (const [key, text] of options) {
    if (!DRIVE.test(key)) continue;
    const drive = asker.host.configs.drive(key, text) ?? parameterError({ [key]: 'unable to parse drive options' });
    const made = NEW_DISK.exec(drive.file);
    if (drive['import-from'] !== undefined) checkImport(asker, node, key, drive['import-from'], made);
    if (made !== null && !isCdrom(drive)) checkNewDisk(asker, node, made[1]);
    else if (/:(iso|import|images)\//.test(drive.file)) needSource(asker, drive.file);
  }
}

function checkNewDisk({ host, user }: Asker, node: string, storage: string | undefined): void {
  if (storage === undefined) fail('no storage ID specified (and no default storage)');
  host.access.need(user, `/storage/${storage}`, 'Datastore.AllocateSpace');
  needImages(host.storages.on(node, storage));
}

function checkImport(asker: Asker, node: string, key: string, source: string, made: RegExpExecArray | null): void {
  if (made === null || Number(made[2]) !== 0) {
    parameterError({ [key]: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>" });
  }
  if (source.startsWith('/')) {
    if (asker.user !== 'root@pam') forbidden('only root can import from a path');
    return;
  }
  asker.host.storages.on(node, storageOf(source));
  const type = /^[^:]+:(iso|vztmpl|backup|snippets|import)\//.exec(source)?.[1] ?? 'images';
  if (type !== 'images' && type !== 'import')
    parameterError({ [key]: `${source} has wrong type '${type}' - needs to be 'images' or 'import'` });
  needSource(asker, source);
}

/** Files of a storage may be read by whoever may use it; a VM's disk by whoever owns the VM. */
function needSource({ host, user }: Asker, volid: string): void {
  const path = `/storage/${storageOf(volid)}`;
  const owner = /:(?:\d+\/)?(?:vm|base)-(\d+)-/.exec(volid)?.[1];
  if (owner === undefined) host.access.needAny(user, path, ['Datastore.AllocateSpace', 'Datastore.Audit']);
  else if (!host.access.has(user, `/vms/${owner}`, 'VM.Config.Disk'))
    host.access.need(user, path, 'Datastore.Allocate');
}

export interface DiskMaker {
  readonly host: Host;
  readonly node: string;
  readonly vmid: number;
  log(line: string): void;
}

/**
 * Makes the volumes that `options` ask for; all or none.
 * @param existing what the VM has already
 * @returns key -> drive as it is stored
 */
export function createDisks(maker: DiskMaker, existing: VmConfig, options: VmConfig): VmConfig {
  const made: string[] = [];
  const drives: VmConfig = new Map();
  try {
    for (const [key, text] of [...options].filter(([name]) => DRIVE.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const drive = maker.host.configs.drive(key, text) ?? fail(`unable to parse drive options of '${key}'`);
      drives.set(key, createDrive(maker, key, drive, new Map([...existing, ...drives]), made));
    }
    return drives;
  } catch (error) {
    for (const volid of made) maker.host.storages.remove(maker.node, volid);
    throw error;
  }
}

function createDrive(maker: DiskMaker, key: string, drive: Drive, all: VmConfig, made: string[]): string {
  const { host } = maker;
  const { size: _size, format, 'import-from': source, ...options } = drive;
  if (drive.file === 'none' || drive.file === 'cdrom') return host.configs.print(key, options);
  if (drive.file.endsWith(':cloudinit')) {
    const file = createCloudInit(maker, key, storageOf(drive.file), format, all);
    made.push(file);
    return finished(maker, key, { ...options, file, media: 'cdrom' });
  }
  const asked = NEW_DISK.exec(drive.file);
  if (asked === null) return attachExisting(maker, key, drive);
  const bytes = source === undefined ? newDiskBytes(key, drive, Number(asked[2])) : importedBytes(maker, source);
  const volume = host.storages.allocate({
    node: maker.node,
    storage: asked[1] ?? '',
    vmid: maker.vmid,
    size: bytes,
    format,
  });
  made.push(volume.volid);
  return finished(maker, key, { ...options, file: volume.volid, size: String(volume.size) });
}

function finished({ host, log }: DiskMaker, key: string, drive: Drive): string {
  const text = host.configs.print(key, drive);
  log(`${key}: successfully created disk '${text}'`);
  return text;
}

function newDiskBytes(key: string, { efitype = '2m' }: Drive, gib: number): number {
  if (key.startsWith('efidisk')) return EFI_BYTES[efitype] ?? 0;
  return key.startsWith('tpmstate') ? TPM_BYTES : Math.trunc(gib * GIB);
}

/** An import takes the size of its source; a size in the request is ignored. */
function importedBytes({ host, node }: DiskMaker, source: string): number {
  if (source.startsWith('/')) fail(`cannot import from '${source}' - no such file on the simulated host`);
  const volume =
    host.storages.volume(node, source) ?? fail(`cannot import from '${source}' - volume '${source}' does not exist`);
  return volume.content === 'images' ? volume.size : volume.virtualSize;
}

function attachExisting({ host, node }: DiskMaker, key: string, drive: Drive): string {
  const volume = host.storages.volume(node, drive.file) ?? fail(`volume '${drive.file}' does not exist`);
  if (volume.content !== 'images' && volume.content !== 'iso') {
    fail(`cannot use volume ${drive.file} - content type needs to be 'images' or 'iso'`);
  }
  const { format: _format, ...options } = drive;
  return host.configs.print(key, key.startsWith('unused') ? options : { ...options, size: String(volume.size) });
}

function createCloudInit(
  maker: DiskMaker,
  key: string,
  storage: string,
  format: string | undefined,
  all: VmConfig,
): string {
  const other = [...all].find(
    ([name, value]) => name !== key && DRIVE.test(name) && isCloudInit(value.split(',')[0] ?? ''),
  );
  if (other !== undefined) fail(`${key} - cloud-init drive is already attached at '${other[0]}'`);
  return allocateCloudInit(maker, storage, format).volid;
}

export function allocateCloudInit(
  { host, node, vmid }: DiskMaker,
  storage: string,
  format: string | undefined,
): { readonly volid: string; readonly size: number } {
  const isFile = host.storages.on(node, storage).path !== null;
  const name = `vm-${vmid}-cloudinit`;
  return host.storages.allocate({
    node,
    storage,
    vmid,
    size: CLOUD_INIT_BYTES,
    format: format ?? (isFile ? 'qcow2' : 'raw'),
    name,
  });
}

/**
 * Takes a drive off a VM: a disk of its own becomes unused, or goes where `force` says so; a cloud-init drive always
 * goes.
 */
export function detach(host: Host, vm: VirtualMachine, key: string, force: boolean): void {
  const drive = host.configs.drive(key, vm.config.get(key) ?? '');
  vm.config.delete(key);
  if (drive === null || drive.file === 'none' || drive.file === 'cdrom') return;
  const isOwned = host.storages.volume(vm.node, drive.file)?.vmid === vm.vmid;
  if (isCloudInit(drive.file) || (force && isOwned)) host.storages.remove(vm.node, drive.file);
  else if (isOwned && !isCdrom(drive)) addUnused(vm, drive.file);
}

export function addUnused(vm: VirtualMachine, volid: string): void {
  let index = 0;
  while (vm.config.has(`unused${index}`)) index++;
  vm.config.set(`unused${index}`, volid);
}
