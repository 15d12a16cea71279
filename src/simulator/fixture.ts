/** A host on which a cluster can be built: what has to be there before the first apply is there. */

import type { BootImage, VmCluster } from '../model/cluster.ts';
import { hostPreparation } from '../model/host-preparation.ts';
import { ownershipMark } from '../model/identity.ts';
import { accessOf, DEFAULT_TOKEN, type LimitedAccess, type TokenIdentity } from './identity.ts';
import { nodesOf, storagesOf } from './prepared-host.ts';
import { GIB, MIB } from './schema/size.ts';
import { NEWEST_PVE, type PveVersion } from './schema/types.ts';
import { IMAGE_DISK_BYTES, SECURE_BOOT_DISK_BYTES } from './state/image-factory.ts';
import type { Download, FileSeed, HostSeed, VmSeed } from './state/host.ts';

export interface ClusterSeedOptions {
  /** Templates that nodes are cloned from exist already; true by default. Off where the backend builds them. */
  readonly templates?: boolean;
  /** The boot files lie on their storages already; false by default: the backend has them downloaded. */
  readonly images?: boolean;
  /** VMs of somebody else. */
  readonly foreign?: readonly VmSeed[];
  /** Roles and entries of the token instead of everything. */
  readonly access?: LimitedAccess;
  /** The token's secret; a fixed one by default. */
  readonly secret?: string;
  /** Of the installer; the newest by default. */
  readonly version?: PveVersion | undefined;
}

const IMAGE_BYTES = 100 * MIB;
const ISO_BYTES = 120 * MIB;
const SNIPPET_BYTES = 1_024;

/** The identity that a cluster's committed artifacts use. */
export function tokenOf({ proxmox }: VmCluster, secret = DEFAULT_TOKEN.secret): TokenIdentity {
  return { user: proxmox.apiUser ?? DEFAULT_TOKEN.user, name: proxmox.apiTokenName ?? DEFAULT_TOKEN.name, secret };
}

/**
 * Hosts as an installer leaves them and an administrator has prepared them, as `out/README.md` says; templates, reachable
 * boot files, user and token.
 */
export function seedOf(cluster: VmCluster, options: ClusterSeedOptions = {}): HostSeed {
  return seedFor([cluster], options);
}

/** The same for clusters that are built one after the other: their administrator has prepared what any of them needs. */
export function seedFor(clusters: readonly VmCluster[], options: ClusterSeedOptions = {}): HostSeed {
  const hosts = [...new Set(clusters.flatMap(({ proxmox }) => proxmox.hosts.map(({ name }) => name)))];
  const prepared = hostPreparation(...clusters);
  const images = clusters.flatMap(({ proxmox }) => proxmox.images);
  const tokens = clusters.map((cluster) => tokenOf(cluster, options.secret));
  return {
    nodes: nodesOf(hosts, prepared),
    storages: storagesOf(hosts, prepared, options.version ?? NEWEST_PVE),
    access: accessOf(
      uniqueBy(tokens, ({ user, name }) => `${user}!${name}`),
      options.access,
    ),
    pools: prepared.pools,
    downloads: uniqueBy(images.map(downloadOf), ({ url }) => url),
    files: uniqueBy(
      [...(options.images === true ? images.flatMap(filesOf) : []), ...clusters.flatMap(snippetsOf)],
      ({ node, storage, name }) => `${node} ${storage} ${name}`,
    ),
    vms: uniqueBy(
      [...(options.templates === false ? [] : clusters.flatMap(templatesOf)), ...(options.foreign ?? [])],
      ({ vmid }) => String(vmid),
    ),
  };
}

/** The last of each key. */
function uniqueBy<T>(all: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(all.map((item) => [keyOf(item), item])).values()];
}

function sizesOf({ kind, secureBoot }: BootImage): { readonly size: number; readonly virtualSize: number } {
  if (kind === 'iso') return { size: ISO_BYTES, virtualSize: ISO_BYTES };
  return { size: IMAGE_BYTES, virtualSize: secureBoot ? SECURE_BOOT_DISK_BYTES : IMAGE_DISK_BYTES };
}

function downloadOf(image: BootImage): Download {
  return { url: image.url, ...sizesOf(image) };
}

/** A boot file where the cluster wants it. */
export function filesOf(image: BootImage): FileSeed[] {
  return image.placements.map(({ pveNode, storage }) => ({
    node: pveNode,
    storage,
    content: image.contentType,
    name: image.fileName,
    ...sizesOf(image),
  }));
}

/** Proxmox never writes snippets through its API: whoever uses them has put them there. */
function snippetsOf({ nodes }: VmCluster): FileSeed[] {
  return nodes.flatMap(({ vm }) =>
    Object.values(vm.cloudInit?.snippets ?? {}).map((volume: string) => {
      const [storage = '', name = ''] = volume.split(':snippets/');
      return { node: vm.pveNode, storage, content: 'snippets', name, size: SNIPPET_BYTES } as const;
    }),
  );
}

function templatesOf({ name, proxmox }: VmCluster): VmSeed[] {
  return proxmox.templates.map((template) => ({
    vmid: template.vmId,
    node: template.pveNode,
    template: true,
    config: {
      name: template.name,
      description: ownershipMark('template', name),
      bios: template.bios,
      machine: template.machine,
      ostype: 'l26',
      scsihw: 'virtio-scsi-pci',
      boot: 'order=scsi0',
      net0: `virtio=BC:24:11:00:00:00,bridge=${template.bridge}`,
      serial0: 'socket',
      smbios1: `uuid=7e3b1a7e-0000-4000-8000-${String(template.vmId).padStart(12, '0')}`,
    },
    drives: {
      ...(template.bios === 'ovmf'
        ? {
            efidisk0: {
              storage: template.storage,
              size: 528 * 1024,
              options: { efitype: '4m', 'pre-enrolled-keys': '0' },
            },
          }
        : {}),
      ide0: { storage: template.storage, size: 0, cloudInit: true },
      scsi0: { storage: template.storage, size: IMAGE_DISK_BYTES, options: { discard: 'on', ssd: '1' } },
    },
  }));
}

/** Somebody else's VM, running, for tests that nothing of it is touched. */
export function foreignVm(vmid: number, node: string, storage: string, name = `foreign-${vmid}`): VmSeed {
  return {
    vmid,
    node,
    running: true,
    config: {
      name,
      memory: '4096',
      cores: '2',
      ostype: 'l26',
      net0: `virtio=BC:24:11:F0:${hex(vmid >> 8)}:${hex(vmid)},bridge=vmbr0`,
      description: 'not ours',
    },
    drives: { scsi0: { storage, size: 32 * GIB } },
  };
}

function hex(value: number): string {
  return (value & 0xff).toString(16).toUpperCase().padStart(2, '0');
}
