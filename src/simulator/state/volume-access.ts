/** Who may use a volume. Source: pve-storage src/PVE/Storage.pm, check_volume_access. */

import { fail } from './errors.ts';
import type { Host } from './host.ts';
import { kindOf, ownerOf } from './volume-kind.ts';
import { storageOf } from './volume-names.ts';

/** Files that whoever may read the storage may use. */
const READABLE: ReadonlySet<string> = new Set(['iso', 'vztmpl', 'import']);

interface Asker {
  readonly host: Pick<Host, 'access' | 'storages'>;
  readonly user: string;
}

/**
 * Judges by name: the volume need not exist.
 * @param vmid the VM that is to use it: its own disks need no right on the storage
 * @throws ApiError 403, or 500 for what nothing but everything on the storage grants, and for a storage that is not there
 */
export function needVolumeAccess({ host, user }: Asker, volid: string, vmid: number | null = null): void {
  const { access, storages } = host;
  const path = `/storage/${storages.get(storageOf(volid)).id}`;
  if (access.has(user, path, 'Datastore.Allocate')) return;
  const [kind, owner] = [kindOf(volid), ownerOf(volid)];
  if (READABLE.has(kind)) access.needAny(user, path, ['Datastore.AllocateSpace', 'Datastore.Audit']);
  else if (owner === null) fail(`missing privileges to access ${volid}`);
  else if (owner !== vmid) {
    access.need(user, path, 'Datastore.Audit');
    access.need(user, `/vms/${owner}`, 'VM.Config.Disk');
  }
}
