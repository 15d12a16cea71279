/** Volumes that go with a VM to another host. Source: qemu-server src/PVE/QemuMigrate.pm, pve-storage src/PVE/Storage.pm. */

import { DRIVE } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { nameOf } from '../../state/volume-names.ts';
import type { Volume } from '../../state/volume.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { attachments } from './movable-volumes.ts';

/** Storage here -> storage there. */
export type StorageMap = (id: string) => string;

export interface CopyOptions {
  readonly target: string;
  readonly map: StorageMap;
  readonly isRunning: boolean;
}

/** What is copied: everything on storages that the other host does not share. */
export function localVolumes(host: Host, vm: VirtualMachine): Volume[] {
  return attachments(host, vm).flatMap(({ storage, file }) => {
    if (storage === null || host.storages.get(storage).shared) return [];
    return host.storages.volume(vm.node, file) ?? [];
  });
}

/** All or none. @returns volume here -> volume there. @throws ApiError for a format that cannot be sent there */
export function copyVolumes(
  host: Host,
  vm: VirtualMachine,
  volumes: readonly Volume[],
  { target, map, isRunning }: CopyOptions,
  log: (line: string) => void,
): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  try {
    for (const volume of volumes) {
      const storage = map(volume.storage);
      if (!isRunning) needFormat(host, volume, storage);
      const copy = allocate(host, vm.vmid, volume, target, storage);
      made.set(volume.volid, copy.volid);
      log(`volume '${volume.volid}' is '${copy.volid}' on the target`);
    }
    return made;
  } catch (error) {
    dropVolumes(host, target, [...made.values()]);
    throw error;
  }
}

/** A file with a format of its own is sent as it is: a block storage has no place for it. */
function needFormat(host: Host, { volid, storage: from, format }: Volume, to: string): void {
  const [source, target] = [host.storages.get(from), host.storages.get(to)];
  if (format === 'raw' || target.path !== null) return;
  const why = `cannot migrate from storage type '${source.type}' to '${target.type}'`;
  fail(`storage migration for '${volid}' to storage '${to}' failed - ${why}`);
}

/** Under the same name where that is free there. */
function allocate(host: Host, vmid: number, volume: Volume, node: string, storage: string): Volume {
  const { storages } = host;
  const isFile = storages.get(storage).path !== null;
  const stem =
    nameOf(volume.volid)
      .split('/')
      .at(-1)
      ?.replace(/\.(raw|qcow2|vmdk)$/, '') ?? '';
  const isTaken = storages.volumes(node, storage).some(
    ({ volid }) =>
      volid
        .split(/[:/]/)
        .at(-1)
        ?.replace(/\.\w+$/, '') === stem,
  );
  const made = storages.allocate({
    node,
    storage,
    vmid,
    size: volume.size,
    ...(isFile ? { format: volume.format } : {}),
    ...(isTaken ? {} : { name: stem }),
  });
  return volume.isBase ? storages.put(node, { ...made, isBase: true }) : made;
}

export function dropVolumes(host: Host, node: string, volids: readonly string[]): void {
  for (const volid of volids) host.storages.remove(node, volid);
}

/** The configuration names the copies from now on. */
export function useCopies(host: Host, vm: VirtualMachine, copies: ReadonlyMap<string, string>): void {
  for (const config of [vm.config, vm.pending]) {
    for (const [key, text] of config) {
      if (key === 'vmstate') config.set(key, copies.get(text) ?? text);
      if (!DRIVE.test(key)) continue;
      const drive = host.configs.drive(key, text);
      const copy = drive === null ? undefined : copies.get(drive.file);
      if (drive === null || copy === undefined) continue;
      config.set(key, key.startsWith('unused') ? copy : host.configs.print(key, { ...drive, file: copy }));
    }
  }
}
