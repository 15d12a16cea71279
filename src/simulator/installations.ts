/**
 * Hosts as the installer of Proxmox VE leaves them: nothing is there because a cluster's declaration asks for it.
 * Source: pve-installer Proxmox/Install/StorageConfig.pm, Proxmox/Install.pm.
 */

import { UsageError } from '../model/errors.ts';
import { accessOf, DEFAULT_TOKEN, type LimitedAccess, type TokenIdentity } from './identity.ts';
import { PVE_VERSIONS, type PveVersion } from './schema/types.ts';
import type { HostSeed } from './state/host.ts';
import type { StorageSeed } from './state/volume.ts';

/** `fresh`: by the installer of the version that is simulated; an older installer's host has been upgraded since. */
export const INSTALLATIONS = [
  'fresh',
  '8.4-fresh',
  '9.0-fresh',
  '9.1-fresh',
  'three-hosts',
  'three-hosts-shared',
] as const;
export type Installation = (typeof INSTALLATIONS)[number];

/** What the installer was told to put the system on. */
export const FILE_SYSTEMS = ['lvm', 'zfs', 'btrfs'] as const;
export type FileSystem = (typeof FILE_SYSTEMS)[number];

export interface InstallationOptions {
  /** `root@pam!rehearsal` by default. */
  readonly token?: TokenIdentity;
  /** What it may do instead of everything. */
  readonly access?: LimitedAccess;
  /** LVM by default. */
  readonly fileSystem?: FileSystem;
}

/**
 * @param version that is simulated
 * @throws UsageError for an installation that is newer than what is simulated
 */
export function installationSeed(
  name: Installation,
  version: PveVersion,
  { token = DEFAULT_TOKEN, access, fileSystem = 'lvm' }: InstallationOptions = {},
): HostSeed {
  const installer = PVE_VERSIONS.find((known) => name === `${known}-fresh`) ?? version;
  if (PVE_VERSIONS.indexOf(installer) > PVE_VERSIONS.indexOf(version))
    throw new UsageError(`${name} is newer than Proxmox VE ${version}; simulate ${installer}, or take fresh`);
  const hosts = name.startsWith('three-hosts') ? ['pve1', 'pve2', 'pve3'] : ['pve'];
  return {
    nodes: hosts.map((host) => ({ name: host, bridges: ['vmbr0'] })),
    storages: [...localStorages(installer, fileSystem), ...(name === 'three-hosts-shared' ? [SHARED] : [])],
    access: accessOf([token], access),
  };
}

/** What an administrator adds for VMs that are to move: nothing of it comes from the installer. */
const SHARED: StorageSeed = { id: 'nas', type: 'nfs', content: ['images', 'import', 'iso'] };

/** What an installer leaves. Snippets are nowhere, and images to import only where an installer of 9.0 or newer was used. */
export function localStorages(installer: PveVersion, fileSystem: FileSystem): StorageSeed[] {
  const files = ['iso', 'vztmpl', 'backup'];
  const imports = installer === '8.4' ? [] : ['import'];
  const local: StorageSeed = { id: 'local', type: 'dir', content: [...files, ...imports] };
  const guests = ['images', 'rootdir'];
  switch (fileSystem) {
    case 'lvm':
      return [local, { id: 'local-lvm', type: 'lvmthin', content: guests }];
    case 'zfs':
      return [local, { id: 'local-zfs', type: 'zfspool', content: guests }];
    case 'btrfs':
      return [
        { ...local, content: files, disabled: true },
        { id: 'local-btrfs', type: 'btrfs', content: [...files, ...guests, ...imports] },
      ];
  }
}
