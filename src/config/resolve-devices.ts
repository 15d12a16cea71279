/** The disks, NICs and cloud-init drive of a VM. */

import type { CloudInit, Disk, Nic, Node, PveHost, Vm } from '../model/cluster.ts';
import { entryOf, type NodeContext, type TalosSide } from './node-context.ts';
import { builtIn, fallBackTo, type Sourced } from './origin.ts';
import type { ResolvedHost } from './resolve-hosts.ts';
import type { Platform } from './resolve-proxmox.ts';
import { size } from './resolve-size.ts';

/** @param storage of the system disk: extra disks that name none are there too */
export function resolveDisks(
  context: NodeContext,
  { advanced, advancedSources, sizes }: Platform,
  storage: Sourced<string>,
  installDisk: Node['installDisk'],
): Vm['disks'] {
  const common = {
    ssd: advanced.disk_ssd,
    discard: advanced.disk_discard,
    // Only with one controller per disk, Proxmox runs a separate I/O thread for each disk.
    iothread: advanced.scsi_hw === 'virtio-scsi-single',
    replicate: advanced.disk_replicate,
  };
  const system: Disk = {
    ...common,
    slot: 'scsi0',
    storage: storage.value,
    sizeGiB: size(context, sizes, 'vm_disk_size', 'disk_size', 'disk_size'),
    backup: advanced.disk_backup,
    serial: installDisk.kind === 'serial' ? installDisk.serial : null,
  };
  const extra = (context.written.vm_extra_disks ?? []).map((disk, position): Disk => {
    const pick = entryOf(context, 'vm_extra_disks', position);
    return {
      ...common,
      slot: `scsi${position + 1}`,
      storage: pick('storage', disk.storage, storage),
      sizeGiB: disk.size,
      backup: pick('backup', disk.backup, fallBackTo(advancedSources.disk_backup, 'cluster default')),
      serial: pick<string | null>('serial', disk.serial, builtIn(null)),
    };
  });
  return [system, ...extra];
}

export function resolveNics(
  context: NodeContext,
  { advanced, firewall }: Platform,
  { sources }: ResolvedHost,
  talosSide: TalosSide,
): Vm['nics'] {
  const { written, scope, nodeKey } = context;
  const common = {
    model: 'virtio',
    // That of the bridge. Talos sets the MTU of the guest, which must not exceed it.
    mtu: null,
    queues: advanced.net_queues,
    firewall,
  } as const;
  const first: Nic = {
    ...common,
    slot: 'net0',
    bridge: scope.pick('vm_bridge', [nodeKey('vm_bridge')], fallBackTo(sources.bridge, 'host default')),
    macAddress: talosSide.links[0].macAddress.toUpperCase(),
    vlanTag: talosSide.proxmoxVlanTag,
  };
  const extra = (written.vm_extra_nics ?? []).map((nic, position): Nic => ({
    ...common,
    slot: `net${position + 1}`,
    bridge: nic.bridge,
    macAddress: (talosSide.links[position + 1]?.macAddress ?? '').toUpperCase(),
    vlanTag: tagOf(
      entryOf(context, 'vm_extra_nics', position)('vlan_tag', nic.vlan_tag, builtIn<number | string>(0, 'untagged')),
    ),
  }));
  return [first, ...extra];
}

/** @returns `null` for 0, which means untagged */
function tagOf(written: number | string): number | null {
  return Number(written) === 0 ? null : Number(written);
}

export function resolveCloudInit(
  { written, settings }: NodeContext,
  host: PveHost,
  storage: string,
  talosSide: TalosSide,
): CloudInit | null {
  const { method } = settings.nocloud;
  // With `ds=nocloud-net` Talos never reads the drive.
  if (method === 'nocloud-net') return null;
  const snippet = (part: string): string =>
    `${host.snippetsStorage}:snippets/${settings.name}-${written.name}-${part}.yaml`;
  return {
    drive: 'ide0',
    storage,
    ipConfigs: talosSide.links.map((link) => {
      const [address] = link.addresses;
      // Proxmox writes no VLAN into network-config: the address would stay on the untagged link.
      return address === undefined || link.vlanTag !== null ? null : { address, gateway: link.gateway };
    }),
    nameservers: settings.network.nameservers,
    snippets:
      method === 'cicustom' ? { user: snippet('user'), meta: snippet('meta'), network: snippet('network') } : null,
  };
}
