/**
 * NoCloud as Talos 1.12 to 1.14 reads it. Source: siderolabs/talos
 * internal/app/machined/pkg/runtime/v1alpha1/platform/nocloud/metadata.go.
 */

import { parse, parseAllDocuments } from 'yaml';

/** What the SMBIOS serial of a guest means to Talos. */
export interface SerialMeaning {
  /** Base URL of the network source, ending in a slash, or `null`: the drive is read instead. */
  readonly url: string | null;
  readonly hostname: string | null;
  readonly instanceId: string | null;
}

export function readSerial(serial: string): SerialMeaning {
  const options = new Map(serial.split(';').map((option): [string, string] => {
    const [key = '', ...value] = option.split('=');
    return [key, value.join('=')];
  }));
  const source = options.get('s') ?? '';
  const isNetwork = options.get('ds') === 'nocloud-net' && /^http/.test(source);
  return {
    url: isNetwork ? withSlash(source) : null,
    hostname: options.get('h') ?? null,
    instanceId: options.get('i') ?? null,
  };
}

/** File names are appended as text: only the path's own end is looked at, so a query breaks the URL. */
function withSlash(source: string): string {
  return new URL(source).pathname.endsWith('/') ? source : `${source}/`;
}

export interface NetworkLink {
  /** Of the NIC, also for a VLAN on it. */
  readonly mac: string;
  readonly vlan: number | null;
  readonly mtu: number | null;
  readonly addresses: readonly string[];
  readonly gateway: string | null;
}

export interface Network {
  readonly links: readonly NetworkLink[];
  readonly resolvers: readonly string[];
}

interface Entry {
  readonly type: string;
  readonly mac_address?: string;
  readonly mtu?: number;
  readonly name?: string;
  readonly vlan_id?: number;
  readonly vlan_link?: string;
  readonly address?: readonly string[];
  readonly subnets?: readonly { readonly type: string; readonly address?: string; readonly gateway?: string }[];
}

/** What Talos understands of version 1; everything else makes it fail or is passed over. @throws Error as the node would */
export function readNetworkConfig(text: string): Network {
  if (text.trim() === '') throw new Error('failed to decode network configuration, keys: []');
  const wrapped = parse(text) as { version?: number; config?: readonly Entry[]; network?: { version?: number; config?: readonly Entry[] } };
  const { version, config = [] } = wrapped.network ?? wrapped;
  if (version !== 1) throw new Error(`network-config metadata version=${version ?? 0} is not supported`);
  const known = new Set(['physical', 'bond', 'vlan', 'nameserver']);
  const strange = config.find(({ type }) => !known.has(type));
  if (strange !== undefined) throw new Error(`unsupported type ${strange.type}`);
  return {
    links: config.filter(({ type }) => type === 'physical' || type === 'vlan').map(({ vlan_id: vlan = null, vlan_link: parent, mac_address: own, mtu = null, subnets = [] }) => ({
      // A VLAN's link is named as the file names it, and mapped to the NIC with that entry's MAC address.
      mac: (own ?? config.find(({ name }) => name === parent)?.mac_address ?? '').toLowerCase(),
      vlan,
      mtu,
      addresses: subnets.filter(({ type }) => type === 'static' || type === 'static6').map(({ address = '' }) => address),
      gateway: subnets.find(({ gateway }) => gateway !== undefined)?.gateway ?? null,
    })),
    resolvers: config.filter(({ type }) => type === 'nameserver').flatMap(({ address = [] }) => address),
  };
}

/** `h=`, then `hostname`, then `local-hostname`; published only where there is a network-config. */
export function hostnameOf(serial: SerialMeaning, metaData: string): string | null {
  const { hostname, 'local-hostname': local } = parse(metaData) as Readonly<Record<string, string | undefined>>;
  return serial.hostname ?? hostname ?? local ?? null;
}

/** What becomes of user-data. */
export type UserData = 'maintenance' | { readonly include: string } | { readonly documents: readonly unknown[]; readonly isComplete: boolean };

/** @throws Error where the node would try again for ever */
export function readUserData(text: string): UserData {
  const [first = '', second = '', ...rest] = text.split('\n');
  if (text.trim() === '' || first.trim() === '#cloud-config') return 'maintenance';
  if (first.trim() === '#include') {
    if (rest.some((line) => line.trim() !== '')) throw new Error('more than one URL to include');
    return { include: second.trim() };
  }
  const documents = parseAllDocuments(text).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as unknown;
  });
  // A document without a kind is the main one; with it the node needs nothing more.
  return { documents, isComplete: documents.some((document) => typeof document === 'object' && document !== null && 'machine' in document) };
}
