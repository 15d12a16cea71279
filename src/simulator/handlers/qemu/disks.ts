/** Volumes that a request asks for are made, those it names are attached. Source: qemu-server src/PVE/API2/Qemu.pm, create_disks. */

import { GIB, KIB, MIB } from '../../schema/size.ts';
import { DRIVE, isCloudInit, NEW_DISK, type Drive } from '../../state/config.ts';
import { ApiError, fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { kindOf, ownerOf } from '../../state/volume-names.ts';
import type { Volume } from '../../state/volume.ts';
import type { VmConfig } from '../../state/vms.ts';
import { drivesOf, needVolume, targetStorage, type NamedStorages } from './drive-checks.ts';

/** What OVMF keeps its variables in, before the storage rounds it up. */
const EFI_BYTES: Readonly<Record<string, number>> = { '2m': 128 * KIB, '4m': 528 * KIB };
const TPM_BYTES = 4 * MIB;
const CLOUD_INIT_BYTES = 4 * MIB;

/** On whose behalf drives are made for which VM, and who hears of it. */
export interface DiskMaker {
  readonly host: Host;
  readonly user: string;
  readonly node: string;
  readonly vmid: number;
  /** Storages that the request names beside its drives. */
  readonly storages: NamedStorages;
  log(line: string): void;
  /** The request has to do with a volume of another VM. */
  touch(vmid: number): void;
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
    for (const [key, drive] of drivesOf(maker.host, options))
      drives.set(key, createDrive(maker, key, drive, new Map([...existing, ...drives]), made));
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
  if (drive.file === 'cloudinit' || drive.file.endsWith(':cloudinit')) {
    const file = createCloudInit(maker, key, targetStorage(drive.file, maker.storages), format, all);
    made.push(file);
    return finished(maker, key, { ...options, file, media: 'cdrom' });
  }
  const asked = NEW_DISK.exec(drive.file);
  if (asked === null) return attachExisting(maker, key, drive, all);
  const bytes =
    source === undefined ? newDiskBytes(key, drive, Number(asked[2])) : importedBytes(maker, key, drive, source);
  const storage = targetStorage(drive.file, maker.storages);
  const fresh = host.storages.allocate({ node: maker.node, storage, vmid: maker.vmid, size: bytes, format });
  const volume = all.get('template') === '1' ? baseOf(host, maker.node, fresh) : fresh;
  made.push(volume.volid);
  return finished(maker, key, { ...options, file: volume.volid, size: String(volume.size) });
}

/** A disk of a template is one that linked clones may stand on, where its storage knows such. */
export function baseOf(host: Host, node: string, volume: Volume): Volume {
  return volume.isBase || host.storages.get(volume.storage).type === 'lvm'
    ? volume
    : host.storages.toBase(node, volume);
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
function importedBytes(maker: DiskMaker, key: string, drive: Drive, source: string): number {
  try {
    const bytes = sourceBytes(maker, source);
    return key.startsWith('efidisk') ? newDiskBytes(key, drive, 0) : bytes;
  } catch (error) {
    throw error instanceof ApiError ? new ApiError(500, `cannot import from '${source}' - ${error.printed}`) : error;
  }
}

function sourceBytes({ host, node }: DiskMaker, source: string): number {
  if (source.startsWith('/')) fail('no such file on the simulated host');
  const owner = ownerOf(source);
  const vm = owner === null ? undefined : host.vms.find(owner);
  // An archive is one volume here, whichever of its disks is wanted.
  const file = kindOf(source) === 'import' ? source.replace(/(\.ova)\/.*$/, '$1') : source;
  if (vm !== undefined && vm.node !== node) fail(`owner VM ${vm.vmid} not on local node`);
  if (isCloudInit(source)) fail('cannot import from cloudinit disk');
  const volume = host.storages.volume(node, file) ?? fail(`volume '${source}' does not exist`);
  return volume.content === 'images' ? volume.size : volume.virtualSize;
}

/** Nobody asks whether another VM uses the volume. */
function attachExisting(maker: DiskMaker, key: string, drive: Drive, all: VmConfig): string {
  const { host, node, vmid } = maker;
  needVolume(maker, drive.file);
  const volume = host.storages.volume(node, drive.file) ?? fail(`volume '${drive.file}' does not exist`);
  if (volume.content !== 'images' && volume.content !== 'iso')
    fail(`cannot use volume ${drive.file} - content type needs to be 'images' or 'iso'`);
  if (isCloudInit(drive.file)) needOneCloudInit(key, all);
  if (key.startsWith('tpmstate')) needRawTpm(host, key, volume.format);
  const owner = ownerOf(drive.file);
  if (owner !== null && owner !== vmid) maker.touch(owner);
  const { format: _format, ...options } = drive;
  return host.configs.print(key, { ...options, size: String(volume.size) });
}

/** Until 9.1 the emulated TPM could use nothing else. */
function needRawTpm({ version }: Host, key: string, format: string): void {
  if (version !== '9.1' && format !== 'raw') fail(`${key}: volume format is '${format}', only 'raw' is supported!`);
}

function needOneCloudInit(key: string, all: VmConfig): void {
  const other = [...all].find(
    ([name, value]) => name !== key && DRIVE.test(name) && isCloudInit(value.split(',')[0] ?? ''),
  );
  if (other !== undefined) fail(`${key} - cloud-init drive is already attached at '${other[0]}'`);
}

function createCloudInit(
  maker: DiskMaker,
  key: string,
  storage: string,
  format: string | undefined,
  all: VmConfig,
): string {
  needOneCloudInit(key, all);
  return allocateCloudInit(maker, storage, format).volid;
}

/** @throws ApiError where the VM has one on that storage already, attached or left behind */
export function allocateCloudInit(
  { host, node, vmid }: Pick<DiskMaker, 'host' | 'node' | 'vmid'>,
  storage: string,
  format: string | undefined,
): Volume {
  const isFile = host.storages.on(node, storage).path !== null;
  const name = `vm-${vmid}-cloudinit`;
  const made = format ?? (isFile ? 'qcow2' : 'raw');
  const volid = isFile ? `${storage}:${vmid}/${name}.${made}` : `${storage}:${name}`;
  if (host.storages.volume(node, volid) !== undefined) fail(`disk image '${volid}' already exists`);
  return host.storages.allocate({ node, storage, vmid, size: CLOUD_INIT_BYTES, format: made, name });
}
