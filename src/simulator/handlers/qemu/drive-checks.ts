/**
 * What a request says of drives, judged before anything is done: its form, and whether who asks may use the storages
 * and volumes. Source: qemu-server src/PVE/API2/Qemu.pm, check_drive_param and check_storage_access.
 */

import { isSlot, isCdrom, isCloudInit, NEW_DISK, type Drive } from '../../state/config.ts';
import { fail, parameterError } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { needImages } from '../../state/storages.ts';
import { needVolumeAccess } from '../../state/volume-access.ts';
import { kindOf, ownerOf, storageOf } from '../../state/volume-names.ts';
import type { VmConfig } from '../../state/vms.ts';
import type { Asker } from './permissions.ts';

/** Storages that a request names beside its drives. */
export interface NamedStorages {
  /** For drives that name none. */
  readonly standard?: string | undefined;
  /** Where an archive is unpacked before its disk is imported. */
  readonly working?: string | undefined;
}

const NO_STORAGE = 'no storage ID specified (and no default storage)';

/** Drives of a request, without disks that are not attached. @throws ApiError 400 for one that is none */
export function drivesOf(host: Host, options: VmConfig): [string, Drive][] {
  return [...options]
    .filter(([key]) => isSlot(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => [
      key,
      host.configs.drive(key, text) ?? parameterError({ [key]: 'unable to parse drive options' }),
    ]);
}

/** @throws ApiError 400 */
export function needDriveForm(host: Host, options: VmConfig): void {
  for (const [key, drive] of drivesOf(host, options)) {
    if (drive['import-from'] === undefined) continue;
    if (Number(NEW_DISK.exec(drive.file)?.[2] ?? 1) !== 0)
      parameterError({ [key]: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>" });
    const missing = neededForImport(key).find((name) => drive[name] === undefined);
    if (missing !== undefined) parameterError({ [key]: `need to specify '${missing}' when using 'import-from'` });
  }
}

/** What the host would choose for a new firmware disk or TPM, and cannot for one that exists. */
function neededForImport(key: string): readonly string[] {
  if (key === 'efidisk0') return ['efitype', 'pre-enrolled-keys'];
  return key === 'tpmstate0' ? ['version'] : [];
}

/** @throws ApiError for a drive that cannot be, or that `asker` may not have */
export function needStorageAccess(asker: Asker, node: string, options: VmConfig, storages: NamedStorages): void {
  const { host, user } = asker;
  for (const [key, drive] of drivesOf(host, options)) {
    needDrive(asker, node, key, drive, storages);
    const source = drive['import-from'];
    if (source !== undefined) needImport(asker, key, source, storages);
  }
  for (const [key, text] of options) {
    if (!key.startsWith('unused')) continue;
    needVolume(asker, text.replace(/^file=/, ''));
  }
  const state = options.get('vmstatestorage');
  if (state !== undefined) host.access.need(user, `/storage/${state}`, 'Datastore.AllocateSpace');
}

function needDrive(asker: Asker, node: string, key: string, drive: Drive, { standard }: NamedStorages): void {
  const { host, user } = asker;
  const { file } = drive;
  // A cloud-init drive takes room, and no right to it is asked for.
  if (file === 'none' || file === 'cloudinit' || file.endsWith(':cloudinit')) return;
  const made = isCdrom(drive) ? null : NEW_DISK.exec(file);
  if (file === 'cdrom') host.access.need(user, '/', 'Sys.Console');
  else if (made !== null) {
    const storage = made[1] ?? standard ?? fail(NO_STORAGE);
    host.access.need(user, `/storage/${storage}`, 'Datastore.AllocateSpace');
    needImages(host.storages.on(node, storage));
  } else {
    needVolume(asker, file);
    if (!['images', 'iso'].includes(kindOf(file)))
      parameterError({ [key]: "content type needs to be 'images' or 'iso'" });
  }
}

/** A disk of a VM is copied as a clone would be: that is the right it takes. */
function needImport(asker: Asker, key: string, source: string, { working }: NamedStorages): void {
  const { host, user } = asker;
  const kind = kindOf(source);
  if (source.includes(':') && kind !== 'images' && kind !== 'import')
    parameterError({ [key]: `${source} has wrong type '${kind}' - needs to be 'images' or 'import'` });
  if (kind === 'import' && /\.ova\//.test(source))
    needWorkingStorage(host, user, key, working ?? storageOf(source), working);
  const owner = ownerOf(source);
  if (owner === null) needVolume(asker, source);
  else host.access.need(user, `/vms/${owner}`, 'VM.Clone');
}

function needWorkingStorage(host: Host, user: string, key: string, id: string, named: string | undefined): void {
  const { content, path } = host.storages.get(id);
  if (path === null || !content.includes('images'))
    parameterError({
      [named === undefined ? key : 'import-working-storage']:
        `import working storage '${id}' does not support 'images' content type or is not file based.`,
    });
  host.access.need(user, `/storage/${id}`, 'Datastore.AllocateSpace');
}

/** @throws ApiError for a volume that `asker` may not have, and for a path of the host */
export function needVolume({ host, user, vmid }: Pick<Asker, 'host' | 'user' | 'vmid'>, volid: string): void {
  if (!volid.startsWith('/')) needVolumeAccess({ host, user }, volid, vmid);
  else if (user !== 'root@pam') fail('Only root can pass arbitrary filesystem paths.');
}

/** The storage of a new disk. @throws ApiError where nobody names one */
export function targetStorage(file: string, { standard }: NamedStorages): string {
  return (
    NEW_DISK.exec(file)?.[1] ??
    (isCloudInit(file) && file.includes(':') ? storageOf(file) : undefined) ??
    standard ??
    fail(NO_STORAGE)
  );
}
