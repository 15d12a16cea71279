/**
 * Addresses and networks as numbers, and MAC addresses. A thin layer over ipaddr.js, which also reads what is refused
 * here: octal parts, short forms, prefixes with leading zeros. IPv4 only.
 */

import ipaddr from 'ipaddr.js';

const { IPv4 } = ipaddr;

/** A network as a number range; `first` is the network address, `last` the broadcast address. */
export interface Network {
  /** As written, `10.10.10.7/24`. */
  readonly text: string;
  readonly address: number;
  readonly prefixLength: number;
  readonly first: number;
  readonly last: number;
}

/**
 * @returns the address as an unsigned 32-bit number, or `null` when the text is no dotted quad
 * without leading zeros
 */
export function parseIpv4(text: string): number | null {
  return IPv4.isValidFourPartDecimal(text) ? numberOf(IPv4.parse(text)) : null;
}

/** @param value an unsigned 32-bit number */
export function formatIpv4(value: number): string {
  return new IPv4([24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256)).toString();
}

/** Parses `10.10.10.0/24`; host bits are kept in `address`. `null` when the text is no IPv4 CIDR. */
export function parseNetwork(text: string): Network | null {
  if (!/\/(?:0|[1-9]\d*)$/.test(text) || !IPv4.isValidCIDRFourPartDecimal(text)) return null;
  const [address, prefixLength] = IPv4.parseCIDR(text);
  return {
    text,
    address: numberOf(address),
    prefixLength,
    first: numberOf(IPv4.networkAddressFromCIDR(text)),
    last: numberOf(IPv4.broadcastAddressFromCIDR(text)),
  };
}

function numberOf(address: ipaddr.IPv4): number {
  return address.toByteArray().reduce((value, byte) => value * 256 + byte, 0);
}

/** `10.10.10.0/24`: the network without host bits. */
export function networkText(network: Network): string {
  return `${formatIpv4(network.first)}/${network.prefixLength}`;
}

export function contains(network: Network, address: number): boolean {
  return address >= network.first && address <= network.last;
}

export function overlaps(a: Network, b: Network): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Is this the network or the broadcast address? In a /31 and a /32 there are none. */
export function isReserved(network: Network, address: number): boolean {
  return network.prefixLength <= 30 && (address === network.first || address === network.last);
}

/** The I/G bit of the first octet: such an address never belongs to one NIC. */
export function isMulticastMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** The U/L bit of the first octet: locally administered, of no vendor's range. */
export function isLocalMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) === 2;
}

/** The range of Proxmox Server Solutions GmbH, from which Proxmox VE takes addresses. */
export const PROXMOX_OUI = 'bc:24:11';

/** Host and port of a URL. IPv6 hosts keep their brackets. */
export interface UrlParts {
  /** Lower case. */
  readonly host: string;
  /** `null` when the URL names none. */
  readonly port: number | null;
}

/** Parts of an http or https URL; `null` when the text is none. */
export function parseUrl(text: string): UrlParts | null {
  const [, host, port] = /^https?:\/\/(\[[^\]]+\]|[^/:[\]]+)(?::(\d+))?(?:\/|$)/.exec(text) ?? [];
  return host === undefined ? null : { host: host.toLowerCase(), port: port === undefined ? null : Number(port) };
}
