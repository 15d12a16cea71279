/** What the token of the playbooks must be able to do, and where: no more, for provision, plan, status and destroy. */

import type { VmCluster } from '../../model/cluster.ts';

export interface Grant {
  /** Of the access control list: `/storage/local`. */
  readonly path: string;
  /** Name of a role of `roles`. */
  readonly role: string;
  /** Holds below the path too. */
  readonly propagate: boolean;
}

export interface Privileges {
  /** Name -> privileges, without the one for the guest agent, whose name depends on the version. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** The role that is given the privilege to ask the guest agent, or `null` where no VM has one. */
  readonly agentRole: string | null;
  readonly grants: readonly Grant[];
}

const VM = 'TalmoxVM';

export function privilegesOf(cluster: VmCluster): Privileges {
  const grants = grantsOf(cluster);
  const used = new Set(grants.map(({ role }) => role));
  const all: Readonly<Record<string, readonly string[]>> = {
    [VM]: vmPrivileges(cluster),
    TalmoxDisks: ['Datastore.AllocateSpace'],
    TalmoxFiles: ['Datastore.AllocateTemplate', 'Datastore.Audit'],
    TalmoxDisksAndFiles: ['Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'],
    TalmoxBridge: ['SDN.Use'],
    TalmoxDownload: ['Sys.AccessNetwork'],
    TalmoxStartup: ['Sys.Modify'],
  };
  return {
    roles: Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name))),
    agentRole: cluster.nodes.some(({ vm }) => vm.agent) ? VM : null,
    grants,
  };
}

function vmPrivileges({ nodes, proxmox }: VmCluster): string[] {
  const vms = nodes.map(({ vm }) => vm);
  const isUsed: Readonly<Record<string, boolean>> = {
    'VM.Allocate': true,
    'VM.Audit': true,
    'VM.Clone': proxmox.templates.length > 0,
    'VM.Config.CDROM': vms.some(({ boot }) => boot.source === 'iso'),
    'VM.Config.CPU': true,
    'VM.Config.Cloudinit': vms.some(({ cloudInit }) => cloudInit !== null),
    'VM.Config.Disk': true,
    'VM.Config.HWType': true,
    'VM.Config.Memory': true,
    'VM.Config.Network': true,
    'VM.Config.Options': true,
    'VM.PowerMgmt': true,
  };
  return Object.entries(isUsed).flatMap(([name, used]) => (used ? [name] : []));
}

function grantsOf(cluster: VmCluster): Grant[] {
  const { proxmox, nodes } = cluster;
  const grant = (path: string, role: string, propagate = true): Grant => ({ path, role, propagate });
  return [
    // VMs of a pool are reached through it, and others not at all.
    grant(proxmox.pool === null ? '/vms' : `/pool/${proxmox.pool}`, VM),
    ...(proxmox.pool === null ? [] : proxmox.templates.map(({ vmId }) => grant(`/vms/${vmId}`, VM))),
    ...storageGrants(cluster).map(([storage, role]) => grant(`/storage/${storage}`, role)),
    ...bridges(cluster).map((path) => grant(path, 'TalmoxBridge', false)),
    ...downloadingHosts(cluster).map((name) => grant(`/nodes/${name}`, 'TalmoxDownload', false)),
    // The order in which VMs start is the host's own business.
    ...(nodes.length > 0 ? [grant('/', 'TalmoxStartup', false)] : []),
  ];
}

function downloadingHosts({ proxmox }: VmCluster): string[] {
  return [...new Set(proxmox.images.flatMap(({ placements }) => placements.map(({ pveNode }) => pveNode)))].sort();
}

function storageGrants({ proxmox, nodes }: VmCluster): (readonly [storage: string, role: string])[] {
  const volumes = nodes.flatMap(({ vm }) =>
    [...vm.disks, vm.efiDisk, vm.tpm, vm.cloudInit].flatMap((drive) => drive?.storage ?? []),
  );
  const disks = new Set([...volumes, ...proxmox.templates.map(({ storage }) => storage)]);
  const files = new Set(proxmox.images.flatMap(({ placements }) => placements.map(({ storage }) => storage)));
  return [...new Set([...disks, ...files])].sort().map((storage) => {
    const role = disks.has(storage) ? (files.has(storage) ? 'TalmoxDisksAndFiles' : 'TalmoxDisks') : 'TalmoxFiles';
    return [storage, role] as const;
  });
}

/** Path of a VLAN, below its bridge: a privilege there holds for this VLAN alone. */
function bridges({ nodes, proxmox }: VmCluster): string[] {
  const nics = nodes.flatMap(({ vm }) =>
    vm.nics.map(({ bridge, vlanTag }) => (vlanTag === null ? bridge : `${bridge}/${vlanTag}`)),
  );
  const all = new Set([...nics, ...proxmox.templates.map(({ bridge }) => bridge)]);
  return [...all].sort().map((path) => `/sdn/zones/localnetwork/${path}`);
}
