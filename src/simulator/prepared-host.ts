/** Hosts as an installer leaves them, and what their administrator has added to run a cluster. */

import type { HostPreparation, PreparedStorage } from '../model/host-preparation.ts';
import { FILE_SYSTEMS, localStorages } from './installations.ts';
import type { PveVersion } from './schema/types.ts';
import type { NodeSeed } from './state/host.ts';
import type { StorageSeed } from './state/volume.ts';

const FILE_CONTENT: ReadonlySet<string> = new Set(['import', 'iso', 'snippets']);

/** The bridge of the installer, and those that an administrator has added. */
export function nodesOf(hosts: readonly string[], { bridges }: HostPreparation): NodeSeed[] {
  return hosts.map((name) => {
    const added = bridges.filter(({ pveNodes }) => pveNodes.includes(name));
    return { name, bridges: [...new Set(['vmbr0', ...added.map((bridge) => bridge.name)])] };
  });
}

/** Those of an installer, which take more once an administrator allows it, and those that an administrator has added. */
export function storagesOf(
  hosts: readonly string[],
  { storages }: HostPreparation,
  version: PveVersion,
): StorageSeed[] {
  // What the installer calls the storage of guests says what it was told: `local-lvm`.
  const named = FILE_SYSTEMS.filter((system) => storages.some(({ name }) => name === `local-${system}`));
  const installed = (named.length === 0 ? (['lvm'] as const) : named).flatMap((system) =>
    localStorages(version, system),
  );
  const prepared = storages.map((storage): StorageSeed => {
    const { name, pveNodes, shared } = storage;
    const known = installed.find(({ id }) => id === name);
    const isEverywhere = name === 'local' || hosts.every((host) => pveNodes.includes(host));
    return {
      id: name,
      type: known === undefined || shared ? addedType(storage) : known.type,
      content: [...new Set([...(known?.content ?? []), ...storage.content])].sort(),
      ...(isEverywhere ? {} : { nodes: pveNodes }),
    };
  });
  return [...installed.filter(({ id }) => !prepared.some((storage) => storage.id === id)), ...prepared];
}

function addedType({ name, content, shared }: PreparedStorage): StorageSeed['type'] {
  if (content.some((kind) => FILE_CONTENT.has(kind))) return shared ? 'nfs' : 'dir';
  if (shared) return 'rbd';
  return name.includes('zfs') ? 'zfspool' : 'lvmthin';
}
