/** Which privilege an option of a VM needs. Source: qemu-server src/PVE/API2/Qemu.pm. */

import { DRIVE, isCdrom, isCloudInit, type Drive } from '../../state/config.ts';
import { fail, forbidden } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { need, type Call } from '../call.ts';

/** Who asks, about which VM; a pool that the VM will be in counts for them too. */
export interface Asker {
  readonly host: Host;
  readonly user: string;
  readonly vmid: number;
  readonly pool?: string | undefined;
}

/** Whoever sends the request, about the VM of its path. */
export function askerOf(call: Call): Asker {
  return { host: call.host, user: call.user, vmid: Number(need(call, 'vmid')) };
}

const OPTIONS: Readonly<Record<string, string>> = {
  'VM.Config.CPU': 'cores cpu cpulimit cpuunits numa smp sockets vcpus',
  'VM.Config.Memory': 'allow-ksm balloon memory shares',
  'VM.Config.HWType': 'acpi audio0 hotplug kvm machine rng0 scsihw smbios1 tablet vga watchdog',
  'VM.Config.Options':
    'agent autostart bios description keyboard localtime migrate_downtime migrate_speed name onboot ostype protection ' +
    'reboot startdate startup tdf template',
  'VM.Config.Disk': 'boot bootdisk vmstatestorage',
  'VM.PowerMgmt': 'freeze',
};

const CLOUD_INIT = new Set('cicustom cipassword citype ciupgrade ciuser nameserver searchdomain sshkeys'.split(' '));

const PRIVILEGE_OF = new Map(
  Object.entries(OPTIONS).flatMap(([name, keys]) => keys.split(' ').map((key) => [key, name] as const)),
);

/** Keys whose privilege depends on their value. */
const BY_VALUE = /^(unused|serial|usb|hostpci|virtiofs)\d+$/;

/**
 * Options whose name alone says what they need. Tags are not among them: setting them needs something, creating a VM
 * with them does not.
 *
 * @throws ApiError 403, or 500 for what only root may set
 */
export function needForKeys(asker: Asker, keys: Iterable<string>): void {
  if (asker.user === 'root@pam') return;
  for (const key of keys) if (!DRIVE.test(key) && !BY_VALUE.test(key) && key !== 'tags') needForKey(asker, key);
}

function needForKey(asker: Asker, key: string): void {
  if (CLOUD_INIT.has(key) || /^ipconfig\d+$/.test(key)) {
    needVmAny(asker, ['VM.Config.Cloudinit', 'VM.Config.Network']);
    return;
  }
  const privilege = /^numa\d+$/.test(key)
    ? 'VM.Config.CPU'
    : /^net\d+$/.test(key)
      ? 'VM.Config.Network'
      : PRIVILEGE_OF.get(key);
  needVm(asker, privilege ?? fail(`only root can set '${key}' config`));
  if (key === 'startup') asker.host.access.need(asker.user, '/', 'Sys.Modify');
}

/** Devices of the host: what the value names decides. */
export function needForDevices(asker: Asker, options: Iterable<readonly [string, string]>): void {
  if (asker.user === 'root@pam') return;
  for (const [key, value] of options) needForDevice(asker, key, value, 'set');
}

/** @param verb what is about to happen, for the text about serial ports */
export function needForDevice(asker: Asker, key: string, value: string, verb: 'set' | 'modify' | 'delete'): void {
  if (asker.user === 'root@pam') return;
  const { host, user } = asker;
  const device = host.configs.parse(key, value);
  const mapped = (kind: string, id: string | undefined): void => {
    host.access.need(user, `/mapping/${kind}/${id ?? fail("either 'host' or 'mapping' must be set.")}`, 'Mapping.Use');
  };
  if (/^serial\d+$/.test(key)) {
    if (value !== 'socket') fail(`only root can ${verb} '${key}' config for real devices`);
    needVm(asker, 'VM.Config.HWType');
  } else if (/^usb\d+$/.test(key)) {
    needVm(asker, 'VM.Config.HWType');
    if (/^spice$/i.test(device?.['host'] ?? '')) return;
    if (device?.['host'] !== undefined) fail(`only root can set '${key}' config for real devices`);
    mapped('usb', device?.['mapping']);
  } else if (/^hostpci\d+$/.test(key)) {
    if (device?.['host'] !== undefined) fail(`only root can set '${key}' config for non-mapped devices`);
    mapped('pci', device?.['mapping']);
    needVm(asker, 'VM.Config.HWType');
  } else if (/^virtiofs\d+$/.test(key)) {
    needVm(asker, 'VM.Config.Disk');
    mapped('dir', device?.['dirid']);
  } else if (key === 'rng0' && device?.['source'] === '/dev/hwrng')
    host.access.need(user, '/mapping/hwrng', 'Mapping.Use');
}

/** To change or take away a drive of a VM that exists. A new VM's drives need nothing but their storages. */
export function needForDrive(asker: Asker, drive: Drive): void {
  if (isCloudInit(drive.file)) needVm(asker, 'VM.Config.Cloudinit', 'VM.Config.CDROM');
  else needVm(asker, isCdrom(drive) ? 'VM.Config.CDROM' : 'VM.Config.Disk');
}

export function needVm(asker: Asker, ...privileges: readonly string[]): void {
  for (const privilege of privileges) if (!hasVm(asker, privilege)) forbidden(`/vms/${asker.vmid}, ${privilege}`);
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
