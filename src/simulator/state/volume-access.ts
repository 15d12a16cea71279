/** Who may see and use a volume. Source: `check_volume_access` of pve-storage src/PVE/Storage.pm. */

import type { Access } from './access.ts';
import { ApiError, fail } from './errors.ts';
import { nameOf, parseVolumeName, storageOf } from './volume-names.ts';
import type { Storages } from './storages.ts';

/** Content that whoever may read or use the storage may read. */
const READABLE: ReadonlySet<string> = new Set(['iso', 'vztmpl', 'import']);

interface Asker {
  readonly host: { readonly access: Access; readonly storages: Storages };
  readonly user: string;
}

/**
 * Judges by name: the volume need not exist.
 * @param vmid the VM that wants it: its own volumes are free to it
 * @throws ApiError 403, or 500 for what only those may see who may do everything with the storage
 */
export function needVolumeAccess({ host, user }: Asker, volid: string, vmid: number | null = null): void {
  const { access, storages } = host;
  const storage = storages.get(storageOf(volid));
  const { content, owner } = parseVolumeName(storage, nameOf(volid));
  const path = `/storage/${storage.id}`;
  if (access.has(user, path, 'Datastore.Allocate')) return;
  if (READABLE.has(content)) access.needAny(user, path, ['Datastore.AllocateSpace', 'Datastore.Audit']);
  else if (owner === null) fail(`missing privileges to access ${volid}`);
  else if (content === 'backup') {
    access.need(user, path, 'Datastore.AllocateSpace');
    access.need(user, `/vms/${owner}`, 'VM.Backup');
  } else if (owner !== vmid) {
    access.need(user, path, 'Datastore.Audit');
    access.need(user, `/vms/${owner}`, 'VM.Config.Disk');
  }
}

export function mayAccess(asker: Asker, volid: string): boolean {
  try {
    needVolumeAccess(asker, volid);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
