/** What hangs in a VM's drives, and what of it keeps the VM where it is. Source: qemu-server src/PVE/QemuMigrate.pm. */

import { DRIVE, isCdrom, isCloudInit } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { storageOf } from '../../state/volume-names.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import type { StorageMap } from './migrated-volumes.ts';

export interface Attachment {
  readonly key: string;
  /** Volume id, path, `none` or `cdrom`. */
  readonly file: string;
  /** `null`: none of a storage. */
  readonly storage: string | null;
  /** `images` or `iso`. */
  readonly content: string;
  readonly cdrom: boolean;
  readonly unused: boolean;
  /** Only in a pending change. */
  readonly pending: boolean;
  /** Bytes; `null`: it is not there. */
  readonly size: number | null;
}

/** Everything that the configuration names, each volume once, the current ones first. */
export function attachments(host: Host, vm: VirtualMachine): Attachment[] {
  const found = new Map<string, Attachment>();
  const read = (key: string, text: string, pending: boolean): void => {
    const drive = DRIVE.test(key) ? host.configs.drive(key, text) : key === 'vmstate' ? { file: text } : null;
    if (drive === null || found.has(drive.file)) return;
    const { file } = drive;
    const isVolume = /^[a-z][^/]*:/i.test(file);
    found.set(file, {
      key,
      file,
      storage: isVolume ? storageOf(file) : null,
      content: /:iso\//.test(file) ? 'iso' : 'images',
      cdrom: isCdrom(drive),
      unused: key.startsWith('unused'),
      pending,
      size: isVolume ? (host.storages.volume(vm.node, file)?.size ?? null) : null,
    });
  };
  for (const [key, text] of vm.config) read(key, text, false);
  for (const [key, text] of vm.pending) read(key, text, true);
  return [...found.values()];
}

export interface MoveOptions {
  readonly isRunning: boolean;
  readonly withLocalDisks: boolean;
  readonly map: StorageMap;
}

/** Types whose volumes can be sent to another host. */
const SENDABLE: ReadonlySet<string> = new Set(['dir', 'btrfs', 'zfspool', 'lvmthin', 'lvm']);

/** @throws ApiError where something keeps the VM here; what it is stands in the log */
export function needMovable(host: Host, vm: VirtualMachine, options: MoveOptions, log: (line: string) => void): void {
  const local = attachments(host, vm).filter(
    ({ storage, file }) => file !== 'none' && (storage === null || !host.storages.get(storage).shared),
  );
  const errors = local.flatMap((attachment): string[] => {
    const wrong = reasonToStay(host, vm, attachment, options);
    if (wrong === null) return [];
    // Of a drive of the host itself there is no volume to name.
    return [attachment.file === 'cdrom' ? wrong : `can't migrate local disk '${attachment.file}': ${wrong}`];
  });
  for (const { file, unused, pending, key } of local) log(`found local disk '${file}' ${kindOf(key, unused, pending)}`);
  for (const error of errors) log(error);
  if (errors.length > 0) scanningFailed("can't migrate VM - check log");
  for (const { file, storage } of local) if (storage !== null) needSendable(host, vm, file, storage);
}

function kindOf(key: string, unused: boolean, pending: boolean): string {
  if (pending) return '(pending change)';
  if (unused) return '(unused)';
  return key.startsWith('tpmstate') ? '(in current VM config)' : '(attached)';
}

function reasonToStay(
  host: Host,
  vm: VirtualMachine,
  { file, storage, cdrom, unused, pending, key }: Attachment,
  { isRunning, withLocalDisks }: MoveOptions,
): string | null {
  if (file === 'cdrom') return "can't migrate local cdrom drive";
  if (storage === null) return 'local file/device';
  const volume = host.storages.volume(vm.node, file);
  if (volume === undefined) return `volume '${file}' does not exist`;
  if (cdrom) return isCloudInit(file) ? null : 'local cdrom image';
  if (volume.vmid !== vm.vmid) return `owned by other VM (owner = VM ${volume.vmid ?? ''})`;
  if (key === 'vmstate') return null;
  if (host.storages.childrenOf(vm.node, file).length > 0) return 'referenced by linked clone(s)';
  const isAttached = !unused && !pending && !key.startsWith('tpmstate');
  return isAttached && isRunning && !withLocalDisks
    ? "can't live migrate attached local disks without with-local-disks option"
    : null;
}

function needSendable(host: Host, vm: VirtualMachine, file: string, storage: string): void {
  const { type } = host.storages.get(storage);
  if (!SENDABLE.has(type)) scanningFailed(`can't migrate '${file}' - storage type '${type}' not supported`);
  // Only a storage that names the base in the clone knows of it.
  const base = /:(?:\d+\/)?(base-\d+-[^/]+)\/.+/.exec(file)?.[1];
  if (base !== undefined && host.storages.volume(vm.node, file) !== undefined)
    scanningFailed(`can't migrate '${file}' as it's a clone of '${base}'`);
}

function scanningFailed(why: string): never {
  fail(`Problem found while scanning volumes - ${why}`);
}
