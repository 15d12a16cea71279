/**
 * network-config as Talos 1.12 to 1.14 reads it: what it understands, what it passes over and what makes it fail.
 * Source: siderolabs/talos internal/app/machined/pkg/runtime/v1alpha1/platform/nocloud/{nocloud,metadata}.go.
 */

import { isIP } from 'node:net';
import { parse } from 'yaml';

/** A NIC of the machine: the kernel's name and its permanent address, in any case. */
export interface HostNic {
  readonly name: string;
  readonly mac: string;
}

export interface TalosLink {
  readonly name: string;
  readonly kind: 'physical' | 'bond' | 'vlan';
  /** `null`: not set. */
  readonly mtu: number | null;
  /** Of a VLAN. */
  readonly vlan?: { readonly id: number; readonly parent: string };
  /** Of a bond. */
  readonly mode?: string;
  /** The bond it belongs to. */
  readonly master?: string;
}

export interface TalosNetwork {
  readonly links: readonly TalosLink[];
  readonly addresses: readonly { readonly link: string; readonly address: string }[];
  readonly routes: readonly { readonly link: string; readonly to: string; readonly gateway: string }[];
  readonly operators: readonly { readonly link: string; readonly kind: 'dhcp4' | 'dhcp6' }[];
  readonly resolvers: readonly string[];
  /** A NIC is not there yet: what stands here goes by the name in the file, and Talos tries again. */
  readonly needsReconcile: boolean;
}

interface Subnet {
  type?: string;
  address?: string;
  netmask?: string;
  gateway?: string;
}
interface EntryV1 {
  type?: string;
  name?: string;
  mac_address?: string;
  mtu?: number;
  subnets?: Subnet[];
  address?: string[];
  vlan_id?: number;
  vlan_link?: string;
  bond_interfaces?: string[];
  params?: Record<string, unknown>;
}
interface EntryV2 {
  match?: { macaddress?: string };
  dhcp4?: boolean;
  dhcp6?: boolean;
  addresses?: string[];
  gateway4?: string;
  gateway6?: string;
  mtu?: number;
  nameservers?: { addresses?: string[] };
  routes?: { to?: string; via?: string }[];
  id?: number;
  link?: string;
  interfaces?: string[];
  parameters?: Record<string, unknown>;
}
interface Config {
  version?: number;
  config?: EntryV1[];
  ethernets?: Record<string, EntryV2>;
  bonds?: Record<string, EntryV2>;
  vlans?: Record<string, EntryV2>;
}

const MODES = ['', 'balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb'];
const HASHES = ['', 'layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4'];
const RATES = ['', 'slow', 'fast'];

/** @throws Error where Talos fails, and its controller tries again for ever */
export function readNetworkConfig(text: string, nics: readonly HostNic[] = []): TalosNetwork {
  const decoded = (parse(text) ?? {}) as Config & { network?: Config };
  if (decoded.network === undefined && decoded.version === undefined) {
    throw new Error(`failed to decode network configuration, keys: [${Object.keys(decoded).join(' ')}]`);
  }
  const config = decoded.network ?? decoded;
  const network = new Building(nics);
  if (config.version === 1) version1(config.config ?? [], network);
  else if (config.version === 2) version2(config, network);
  else throw new Error(`network-config metadata version=${config.version ?? 0} is not supported`);
  return network;
}

class Building implements TalosNetwork {
  links: TalosLink[] = [];
  addresses: { link: string; address: string }[] = [];
  routes: { link: string; to: string; gateway: string }[] = [];
  operators: { link: string; kind: 'dhcp4' | 'dhcp6' }[] = [];
  resolvers: string[] = [];
  needsReconcile = false;
  readonly #nics: readonly HostNic[];

  constructor(nics: readonly HostNic[]) {
    this.#nics = nics;
  }

  /** The kernel's name of the NIC with this address; the file's own where there is none. */
  nameOf(mac: string | undefined, own: string): string {
    if (mac === undefined || mac === '') return own;
    const found = this.#nics.find((nic) => nic.mac.toLowerCase() === mac.toLowerCase());
    if (found === undefined) this.needsReconcile = true;
    return found?.name ?? own;
  }

  address(link: string, address: string): void {
    this.addresses.push({ link, address: prefix(address) });
  }

  gateway(link: string, gateway: string): void {
    this.routes.push({ link, to: isIP(ip(gateway)) === 4 ? '0.0.0.0/0' : '::/0', gateway });
  }
}

function version1(entries: readonly EntryV1[], network: Building): void {
  const physical = new Map<string, string>();
  const masters = new Map<string, string>();
  for (const {
    type,
    name = '',
    mac_address: mac,
    mtu,
    subnets = [],
    address = [],
    vlan_id: id = 0,
    vlan_link: parent = '',
    ...rest
  } of entries) {
    const common = { mtu: number(mtu, 'mtu') };
    if (type === 'nameserver') network.resolvers.push(...address.map(ip));
    else if (type === 'physical') {
      const real = network.nameOf(mac, name);
      physical.set(name, real);
      network.links.push({ name: real, kind: 'physical', ...common });
      for (const subnet of subnets) subnetOf(real, subnet, network);
    } else if (type === 'vlan') {
      // Only what stands above has been found by then.
      network.links.push({ name, kind: 'vlan', ...common, vlan: { id, parent: physical.get(parent) ?? parent } });
      for (const subnet of subnets) subnetOf(name, subnet, network);
    } else if (type === 'bond') {
      const { 'bond-mode': mode, 'bond-xmit-hash-policy': hash, 'bond-lacp-rate': rate } = rest.params ?? {};
      network.links.push({ name, kind: 'bond', ...common, mode: bondMode(mode, hash, rate) });
      for (const slave of rest.bond_interfaces ?? []) masters.set(slave, name);
      for (const subnet of subnets) subnetOf(name, subnet, network);
    }
    // Every other type is passed over.
  }
  for (const [slave, master] of masters) {
    const real = physical.get(slave) ?? slave;
    network.links = network.links.map((link) => (link.name === real ? { ...link, master } : link));
  }
}

/** Every other type, such as PVE's `dhcp6` and `ipv6_slaac`, is passed over. */
function subnetOf(link: string, { type, address = '', netmask = '', gateway = '' }: Subnet, network: Building): void {
  if (type === 'dhcp' || type === 'dhcp4') network.operators.push({ link, kind: 'dhcp4' });
  if (type === 'ipv6_dhcpv6-stateful') network.operators.push({ link, kind: 'dhcp6' });
  if (type !== 'static' && type !== 'static6') return;
  network.address(link, address.includes('/') ? address : `${ip(address)}/${ones(ip(netmask))}`);
  if (gateway !== '') network.gateway(link, gateway);
}

function version2({ ethernets = {}, bonds = {}, vlans = {} }: Config, network: Building): void {
  const sorted = (map: Record<string, EntryV2>): [string, EntryV2][] =>
    Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, entry] of sorted(ethernets)) {
    const master = Object.entries(bonds).find(([, bond]) => bond.interfaces?.includes(key))?.[0];
    const name = network.nameOf(entry.match?.macaddress, key);
    network.links.push({
      name,
      kind: 'physical',
      mtu: number(entry.mtu, 'mtu'),
      ...(master === undefined ? {} : { master }),
    });
    ethernetOf(name, entry, network);
  }
  for (const [name, bond] of sorted(bonds)) {
    const { mode, 'transmit-hash-policy': hash, 'lacp-rate': rate } = bond.parameters ?? {};
    network.links.push({ name, kind: 'bond', mtu: number(bond.mtu, 'mtu'), mode: bondMode(mode, hash, rate) });
    ethernetOf(name, bond, network);
  }
  for (const [name, vlan] of sorted(vlans)) {
    // The link's name in the file, not the one that its MAC address led to.
    network.links.push({
      name,
      kind: 'vlan',
      mtu: number(vlan.mtu, 'mtu'),
      vlan: { id: vlan.id ?? 0, parent: vlan.link ?? '' },
    });
    ethernetOf(name, vlan, network);
  }
}

function ethernetOf(link: string, entry: EntryV2, network: Building): void {
  if (entry.dhcp4 === true) network.operators.push({ link, kind: 'dhcp4' });
  if (entry.dhcp6 === true) network.operators.push({ link, kind: 'dhcp6' });
  for (const address of entry.addresses ?? []) network.address(link, address);
  for (const gateway of [entry.gateway4, entry.gateway6])
    if (gateway !== undefined && gateway !== '') network.gateway(link, gateway);
  network.resolvers.push(...(entry.nameservers?.addresses ?? []).map(ip));
  for (const { to = '', via = '' } of entry.routes ?? []) {
    const gateway = ip(via);
    const destination = to === 'default' ? (isIP(gateway) === 4 ? '0.0.0.0/0' : '::/0') : prefix(to);
    network.routes.push({ link, to: destination, gateway });
  }
}

function bondMode(mode: unknown = '', hash: unknown = '', rate: unknown = ''): string {
  for (const [value, known, what] of [
    [mode, MODES, 'mode'],
    [hash, HASHES, 'transmit-hash-policy'],
    [rate, RATES, 'lacp-rate'],
  ] as const) {
    if (!known.includes(value as string)) throw new Error(`invalid ${what}: ${String(value)}`);
  }
  return mode === '' ? 'balance-rr' : (mode as string);
}

function ip(text: string): string {
  if (isIP(text) === 0) throw new Error(`ParseAddr(${JSON.stringify(text)}): unable to parse IP`);
  return text;
}

function prefix(text: string): string {
  const [address = '', length = ''] = text.split('/');
  if (!/^\d{1,3}$/.test(length) || Number(length) > (isIP(ip(address)) === 4 ? 32 : 128))
    throw new Error(`netip.ParsePrefix(${JSON.stringify(text)}): bad bits`);
  return text;
}

function ones(netmask: string): number {
  return netmask
    .split('.')
    .map((octet) => Number(octet).toString(2).replaceAll('0', '').length)
    .reduce((sum, bits) => sum + bits, 0);
}

function number(value: unknown, what: string): number | null {
  if (value !== undefined && !Number.isInteger(value)) throw new Error(`cannot unmarshal ${what} into a number`);
  return (value as number | undefined) ?? null;
}
