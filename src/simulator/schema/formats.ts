/**
 * The formats that the API data knows only by name. Their rules and messages follow PVE::JSONSchema (pve-common),
 * PVE::Storage::Plugin, PVE::AccessControl and PVE::QemuServer.
 */

import { isAddress, isCidr, isDnsName, isIpv4, isIpv6 } from './addresses.ts';
import { parseSize } from './size.ts';

/** @returns what is wrong with the value, or `null` */
export type FormatCheck = (value: string) => string | null;

const when =
  (valid: (value: string) => boolean, message: string | ((value: string) => string)): FormatCheck =>
  (value) =>
    valid(value) ? null : typeof message === 'string' ? message : message(value);
const matching = (pattern: RegExp, message: string | ((value: string) => string)): FormatCheck =>
  when((value) => pattern.test(value), message);

const STORAGE = '[a-z][a-z0-9\\-_.]*[a-z0-9]';
const VOLUME = `${STORAGE}:.+`;
const REALM = '[A-Za-z][A-Za-z0-9.\\-_]+';
const USER_ID = `[^\\s:/]+@${REALM}`;
const volumeMessage = (value: string): string => `unable to parse volume ID '${value}'`;
const DRIVE = /^(ide[0-3]|sata[0-5]|scsi(\d|[12]\d|30)|virtio(\d|1[0-5])|efidisk0|tpmstate0)$/;
const NO_HA_RESOURCE = 'value does not look like a valid ha resource id';
const HA_NODE = /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(:\d+)?$/;
const HOTPLUG = /^(network|disk|cpu|memory|usb|cloudinit)$/;

export const FORMATS: Readonly<Record<string, FormatCheck>> = {
  'pve-node': matching(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, 'value does not look like a valid node name'),
  'pve-vmid': matching(/^[1-9][0-9]{2,8}$/, 'value does not look like a valid VM ID'),
  'pve-configid': matching(/^[a-z][a-z0-9_-]+$/i, (value) => `invalid configuration ID '${value}'`),
  'pve-storage-id': matching(
    new RegExp(`^${STORAGE}$`, 'i'),
    (value) => `storage ID '${value}' contains illegal characters`,
  ),
  'storage-pair': matching(
    new RegExp(`^(1|${STORAGE}(:${STORAGE})?)$`, 'i'),
    (value) => `invalid storage pair '${value}'`,
  ),
  'pve-bridge-id': matching(/^[-_.\w]+$/, (value) => `invalid bridge ID '${value}'`),
  'pve-poolid': poolId,
  'pve-userid': userId,
  'pve-tokenid': matching(
    new RegExp(`^${USER_ID}!${REALM}$`),
    (value) => `value '${value}' does not look like a valid token ID`,
  ),
  'pve-roleid': matching(/^[A-Za-z0-9.\-_]+$/, (value) => `role name '${value}' contains invalid characters`),
  'pve-groupid': matching(/^[A-Za-z0-9.\-_]+$/, (value) => `group name '${value}' contains invalid characters`),
  'email-opt': matching(
    /^$|^[\w+~-]+(\.[\w+~-]+)*@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*$/,
    'value does not look like a valid email address',
  ),
  'pve-realm': matching(/^[A-Za-z][A-Za-z0-9.\-_]+$/, 'value does not look like a valid realm'),
  'pve-priv': matching(/^[A-Z][A-Za-z.]+$/, (value) => `invalid privilege '${value}'`),
  'pve-ha-resource-id': matching(/^[a-z]+:\S+$/, NO_HA_RESOURCE),
  'pve-ha-resource-or-vm-id': matching(/^([a-z]+:\S+|\d+)$/, NO_HA_RESOURCE),
  // One rule under two names: Proxmox VE 9.1 renamed it.
  'pve-ha-group-node': matching(HA_NODE, 'value does not look like a valid ha group node'),
  'pve-ha-node': matching(HA_NODE, 'value does not look like a valid ha node'),
  'pve-tag': matching(/^[a-z0-9_][a-z0-9_\-+.]*$/i, 'invalid characters in tag'),
  'pve-storage-content': matching(
    /^(none|images|rootdir|vztmpl|iso|backup|snippets|import)$/,
    (value) => `invalid content type '${value}'`,
  ),
  'pve-task-status-type': matching(/^(ok|error|warning|unknown)$/i, (value) => `invalid task status type '${value}'`),
  'pve-volume-id': matching(new RegExp(`^${VOLUME}$`, 'i'), volumeMessage),
  'pve-volume-id-or-qm-path': matching(
    new RegExp(`^(none|cdrom|cloudinit|/\\S+|${VOLUME}|\\d+(\\.\\d+)?)$`, 'i'),
    volumeMessage,
  ),
  'pve-volume-id-or-absolute-path': matching(new RegExp(`^(/.+|${VOLUME})$`, 'i'), volumeMessage),
  'mac-addr': matching(
    /^[a-f0-9][02468ace](:[a-f0-9]{2}){5}$/i,
    'value does not look like a valid unicast MAC address',
  ),
  'dns-name': when(isDnsName, 'value does not look like a valid DNS name'),
  address: when(isAddress, (value) => `value does not look like a valid address: ${value}`),
  ipv4: when(isIpv4, 'value does not look like a valid IPv4 address'),
  ipv6: when(isIpv6, 'value does not look like a valid IPv6 address'),
  CIDR: when(
    (value) => isCidr(value, isIpv4, 8, 32) || isCidr(value, isIpv6, 8, 128),
    'value does not look like a valid CIDR network',
  ),
  'pve-ipv4-config': when(
    (value) => ['dhcp', 'manual'].includes(value) || isCidr(value, isIpv4, 8, 32),
    'value does not look like a valid ipv4 network configuration',
  ),
  'pve-ipv6-config': when(
    (value) => ['dhcp', 'manual', 'auto'].includes(value) || isCidr(value, isIpv6, 8, 128),
    'value does not look like a valid ipv6 network configuration',
  ),
  urlencoded: matching(/^[-%a-zA-Z0-9_.!~*'()]*$/, (value) => `invalid urlencoded string: ${value}`),
  'disk-size': when(
    (value) => parseSize(value) !== null,
    (value) => `value does not look like a valid disk size: ${value}`,
  ),
  'pve-startup-order': when(
    (value) => value !== '' && value.split(',').every((part) => /^\s*$|^(order=)?\d+$|^up=\d+$|^down=\d+$/.test(part)),
    'unable to parse startup options',
  ),
  'pve-hotplug-features': hotplug,
  'pve-cpuset': when(
    (value) =>
      value
        .split(',')
        .filter((part) => part !== '')
        .every(isCpuRange),
    'unable to parse cpuset option',
  ),
  'pve-phys-bits': when(
    (value) => value === 'host' || (/^\d+$/.test(value) && Number(value) >= 8 && Number(value) <= 64),
    "value must be an integer between 8 and 64 or 'host'",
  ),
  'pve-qm-bootdisk': matching(DRIVE, (value) => `invalid boot device '${value}'`),
};

/** Words of a `*-list` format: separated by commas, semicolons, spaces or NUL. */
export function splitList(text: string): string[] {
  return text.split(/[,;\s\0]+/).filter((word) => word !== '');
}

/** Up to three levels, separated by `/`. */
function poolId(value: string): string | null {
  if (value.replace(/\/+$/, '').split('/').length > 3) return `pool name '${value}' nested too deeply (max levels = 3)`;
  return /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/.test(value)
    ? null
    : `pool name '${value}' contains invalid characters`;
}

/** The name of a user may hold an `@` of its own: an e-mail address. */
function userId(value: string): string | null {
  if (value.length < 3) return `user name '${value}' is too short`;
  if (value.length > 64) return `user name '${value}' is too long (${value.length} > 64)`;
  return new RegExp(`^${USER_ID}$`).test(value) ? null : `value '${value}' does not look like a valid user name`;
}

function hotplug(value: string): string | null {
  if (value === '0' || value === '1') return null;
  const wrong = splitList(value).find((word) => !HOTPLUG.test(word));
  return wrong === undefined ? null : `invalid hotplug feature '${wrong}'`;
}

function isCpuRange(part: string): boolean {
  const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
  return match !== null && Number(match[2] ?? match[1]) >= Number(match[1]);
}
