/**
 * Which storages a task makes or frees volumes on: it does so under their locks, one after the other, and does not hold
 * them while it copies. Source: pve-storage src/PVE/Storage.pm, `cluster_lock_storage`.
 */

import { DRIVE, NEW_DISK } from '../state/config.ts';
import type { Host } from '../state/host.ts';
import { storageLockKey } from '../state/locks.ts';
import { storageOf } from '../state/volume-names.ts';

type Parameters = Readonly<Record<string, string>>;
type Finder = (host: Host, parameters: Parameters) => readonly string[];

const VM = '/nodes/{node}/qemu/{vmid}';

/** One storage for each volume. */
const ALLOCATIONS: Readonly<Record<string, Finder>> = {
  'POST /nodes/{node}/qemu': (_host, parameters) => newVolumes(parameters),
  [`POST ${VM}/config`]: (_host, parameters) => newVolumes(parameters),
  [`POST ${VM}/clone`]: (host, parameters) =>
    volumesOf(host, parameters).map((volid) => parameters['storage'] ?? storageOf(volid)),
  [`DELETE ${VM}`]: (host, parameters) => volumesOf(host, parameters).map(storageOf),
  [`POST ${VM}/template`]: (host, parameters) => volumesOf(host, parameters).map(storageOf),
  [`POST ${VM}/move_disk`]: (_host, { storage }) => (storage === undefined ? [] : [storage]),
  'DELETE /nodes/{node}/storage/{storage}/content/{volume}': (_host, { storage }) =>
    storage === undefined ? [] : [storage],
};

/**
 * Waits for the lock of each storage, and holds it for as long as its volumes take.
 * @returns `null` where the call makes and frees none
 */
export function allocationsOf(host: Host, endpoint: string, parameters: Parameters): (() => Promise<void>) | null {
  const find = ALLOCATIONS[endpoint];
  if (find === undefined) return null;
  return async () => {
    const time = host.tasks.durationOf('allocate');
    if (time === 0) return;
    const counts = new Map<string, number>();
    for (const id of find(host, parameters)) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) {
      const key = storageLockKey(parameters['node'] ?? '', host.storages.get(id));
      await host.storageLocks.hold(key, {}, () => host.clock.sleep(count * time));
    }
  };
}

function newVolumes(parameters: Parameters): string[] {
  return Object.entries(parameters).flatMap(([key, value]) => {
    const file = DRIVE.test(key) ? (value.split(',')[0] ?? '').replace(/^file=/, '') : '';
    const storage = NEW_DISK.exec(file)?.[1] ?? /^([^:]+):cloudinit$/.exec(file)?.[1];
    return storage === undefined ? [] : [storage];
  });
}

/** Volumes of the VM in its drives, discs apart. */
function volumesOf(host: Host, { vmid }: Parameters): string[] {
  const vm = host.vms.find(Number(vmid));
  if (vm === undefined) return [];
  const files = host.configs.drivesAndUnused(vm.config).map(([, { file }]) => file);
  return files.filter((file) => file.includes(':') && host.storages.volume(vm.node, file)?.vmid === vm.vmid);
}
