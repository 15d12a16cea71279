/** What an administrator has to have on the hosts before the first apply: talmox makes VMs, and what they stand on is there. */

import type { VmCluster } from './cluster.ts';
import type { Vm } from './vm.ts';

export interface PreparedBridge {
  readonly name: string;
  readonly pveNodes: readonly string[];
  /** VLANs that Proxmox VE tags on it, ascending. */
  readonly vlanTags: readonly number[];
}

export interface PreparedStorage {
  readonly name: string;
  readonly pveNodes: readonly string[];
  /** Content types: `images`, `import`, `iso`, `snippets`. */
  readonly content: readonly string[];
  /** Its volumes are reached from several hosts: clones are made from one host onto another. */
  readonly shared: boolean;
}

export interface HostPreparation {
  readonly bridges: readonly PreparedBridge[];
  readonly storages: readonly PreparedStorage[];
  /** Parents before their children. */
  readonly pools: readonly string[];
}

/**
 * @param clusters of the same hosts: one, or several that are built there one after the other
 * @returns what any of them takes for granted, everything sorted by name
 */
export function hostPreparation(...clusters: readonly VmCluster[]): HostPreparation {
  const shared = new Set(clusters.flatMap(sharedStorages));
  return {
    bridges: grouped(clusters.flatMap(bridgeUses)).map(({ name, pveNodes, all }) => ({
      name,
      pveNodes,
      vlanTags: [...new Set(all.filter((tag) => tag !== null))].sort((a, b) => a - b),
    })),
    storages: grouped(clusters.flatMap(storageUses)).map(({ name, pveNodes, all }) => ({
      name,
      pveNodes,
      content: [...new Set(all)].sort(),
      shared: shared.has(name),
    })),
    pools: [...new Set(clusters.flatMap(poolNames))].sort(),
  };
}

interface Use<T> {
  readonly name: string;
  readonly pveNode: string;
  readonly what: T;
}

/** With the VLAN that Proxmox VE tags. */
function bridgeUses({ nodes, proxmox }: VmCluster): Use<number | null>[] {
  return [
    ...proxmox.templates.map(({ bridge, pveNode }) => ({ name: bridge, pveNode, what: null })),
    ...nodes.flatMap(({ vm }) =>
      vm.nics.map(({ bridge, vlanTag }) => ({ name: bridge, pveNode: vm.pveNode, what: vlanTag })),
    ),
  ];
}

/** With the type of content. */
function storageUses({ nodes, proxmox }: VmCluster): Use<string>[] {
  return [
    ...proxmox.images.flatMap(({ contentType, placements }) =>
      placements.map(({ pveNode, storage }) => ({ name: storage, pveNode, what: contentType })),
    ),
    ...proxmox.templates.map(({ storage, pveNode }) => ({ name: storage, pveNode, what: 'images' })),
    ...nodes.flatMap(({ vm }) =>
      [...vm.disks, vm.efiDisk, vm.tpm, vm.cloudInit].flatMap((drive) =>
        drive === null ? [] : hostsOf(vm).map((pveNode) => ({ name: drive.storage, pveNode, what: 'images' })),
      ),
    ),
    ...nodes.flatMap(({ vm }) =>
      Object.values(vm.cloudInit?.snippets ?? {}).map((volume: string) => ({
        name: volume.slice(0, volume.indexOf(':')),
        pveNode: vm.pveNode,
        what: 'snippets',
      })),
    ),
  ];
}

/** The host of a template makes its clones, also those of other hosts. Source: qemu-server src/PVE/API2/Qemu.pm, clone_vm. */
function hostsOf({ pveNode, boot }: Vm): string[] {
  return boot.source === 'template' ? [pveNode, boot.templateNode] : [pveNode];
}

/** A clone onto another host works on storage that both of them reach. */
function sharedStorages({ proxmox, nodes }: VmCluster): string[] {
  const travelling = nodes.flatMap(({ vm }) =>
    vm.boot.source === 'template' && vm.boot.templateNode !== vm.pveNode
      ? [{ vm, templateId: vm.boot.templateId }]
      : [],
  );
  const templates = new Set(travelling.map(({ templateId }) => templateId));
  return [
    ...proxmox.templates.filter(({ vmId }) => templates.has(vmId)).map(({ storage }) => storage),
    ...travelling.flatMap(({ vm: { disks, cloudInit } }) =>
      [...disks, ...(cloudInit === null ? [] : [cloudInit])].map(({ storage }) => storage),
    ),
  ];
}

function grouped<T>(uses: readonly Use<T>[]): { name: string; pveNodes: string[]; all: T[] }[] {
  const names = [...new Set(uses.map(({ name }) => name))].sort();
  return names.map((name) => {
    const here = uses.filter((use) => use.name === name);
    return {
      name,
      pveNodes: [...new Set(here.map(({ pveNode }) => pveNode))].sort(),
      all: here.map(({ what }) => what),
    };
  });
}

/** `a/b/c` needs `a` and `a/b`. */
function poolNames({ nodes, proxmox }: VmCluster): string[] {
  const named = [proxmox.pool, ...nodes.map(({ vm }) => vm.pool)].filter((pool) => pool !== null);
  return named.flatMap((pool) => pool.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/')));
}
