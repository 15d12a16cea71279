/** Which privilege an option of a VM needs. Source: qemu-server src/PVE/API2/Qemu.pm. */

import { DRIVE } from '../../state/config.ts';
import { fail, forbidden } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';

/** Who asks, about which VM; a pool that the VM will be in counts for them too. */
export interface Asker {
  readonly host: Host;
  readonly user: string;
  readonly vmid: number;
  readonly pool?: string | undefined;
}

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  CPU: ['cores', 'cpu', 'cpulimit', 'cpuunits', 'numa', 'smp', 'sockets', 'vcpus'],
  Memory: ['allow-ksm', 'balloon', 'memory', 'shares'],
  HWType: ['acpi', 'audio0', 'hotplug', 'kvm', 'machine', 'rng0', 'scsihw', 'smbios1', 'tablet', 'vga', 'watchdog'],
  Options: [
    'agent',
    'autostart',
    'bios',
    'description',
    'keyboard',
    'localtime',
    'migrate_downtime',
    'migrate_speed',
    'name',
    'onboot',
    'ostype',
    'protection',
    'reboot',
    'startdate',
    'startup',
    'tags',
    'tdf',
    'template',
  ],
  Disk: ['boot', 'bootdisk', 'vmstatestorage'],
  Cloudinit: ['cicustom', 'cipassword', 'citype', 'ciupgrade', 'ciuser', 'nameserver', 'searchdomain', 'sshkeys'],
};

const PRIVILEGE_OF = new Map(
  Object.entries(OPTIONS).flatMap(([name, keys]) => keys.map((key) => [key, name] as const)),
);

/** @throws ApiError 403, or 500 for what only root may set */
export function needForOptions(asker: Asker, options: ReadonlyMap<string, string | null>): void {
  if (asker.user === 'root@pam') return;
  for (const [key, value] of options) {
    if (DRIVE.test(key) || key === 'cdrom') continue;
    if (/^serial\d+$/.test(key)) needForSerial(asker, key, value);
    else needForOption(asker, key);
  }
}

function needForOption(asker: Asker, key: string): void {
  const name = /^numa\d+$/.test(key)
    ? 'CPU'
    : /^net\d+$/.test(key)
      ? 'Network'
      : /^ipconfig\d+$/.test(key)
        ? 'Cloudinit'
        : PRIVILEGE_OF.get(key);
  if (name === undefined) fail(`only root can set '${key}' config`);
  if (name === 'Cloudinit') needVmAny(asker, ['VM.Config.Cloudinit', 'VM.Config.Network']);
  else needVm(asker, `VM.Config.${name}`);
  if (key === 'startup') asker.host.access.need(asker.user, '/', 'Sys.Modify');
}

function needForSerial(asker: Asker, key: string, value: string | null): void {
  if (value !== 'socket' && value !== null) fail(`only root can set '${key}' config for real devices`);
  needVm(asker, 'VM.Config.HWType');
}

/** A drive's own privilege, by what it holds. */
export function needForDrive(asker: Asker, value: string): void {
  const name = /cloudinit/.test(value) ? 'Cloudinit' : /media=cdrom/.test(value) ? 'CDROM' : 'Disk';
  needVm(asker, `VM.Config.${name}`);
}

export function needVm(asker: Asker, privilege: string): void {
  if (!hasVm(asker, privilege)) forbidden(`/vms/${asker.vmid}, ${privilege}`);
}

function needVmAny(asker: Asker, privileges: readonly string[]): void {
  if (!privileges.some((privilege) => hasVm(asker, privilege)))
    forbidden(`/vms/${asker.vmid}, ${privileges.join('|')}`);
}

function hasVm({ host: { access }, user, vmid, pool }: Asker, privilege: string): boolean {
  return (
    (pool !== undefined && access.has(user, `/pool/${pool}`, privilege)) || access.has(user, `/vms/${vmid}`, privilege)
  );
}

/**
 * Every bridge or VNet of every NIC: its VLANs where it has any, else itself. Source: check_bridge_access of qemu-server
 * src/PVE/QemuServer.pm, check_vnet_access of pve-guest-common src/PVE/GuestHelpers.pm.
 */
export function needBridges(
  { host, user }: Pick<Asker, 'host' | 'user'>,
  options: Iterable<readonly [string, string]>,
): void {
  if (user === 'root@pam') return;
  for (const [key, value] of options) {
    const { bridge, tag, trunks } = (/^net\d+$/.test(key) ? host.configs.parse(key, value) : null) ?? {};
    if (bridge === undefined) continue;
    const path = `/sdn/zones/${host.sdn.zoneOf(bridge)}/${bridge}`;
    const vlans = [...(tag === undefined ? [] : [tag]), ...trunkVlans(trunks ?? '')];
    for (const at of vlans.length === 0 ? [path] : vlans.map((vlan) => `${path}/${vlan}`))
      host.access.need(user, at, 'SDN.Use');
  }
}

/** `10;20-22` is 10, 20, 21 and 22. */
function trunkVlans(trunks: string): string[] {
  const ranges = trunks.split(';').filter((range) => range !== '');
  const vlans = ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: Math.max(last - first, 0) + 1 }, (_, index) => String(first + index));
  });
  return [...new Set(vlans)].sort();
}
