/** Addresses as Proxmox' formats read them. Predicates over text; no value is changed. */

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`);

export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

export function isIpv6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = [...groupsOf(head), ...groupsOf(tail ?? '')];
  const last = groups.at(-1);
  const hasIpv4 = last !== undefined && last.includes('.');
  if (hasIpv4 && !isIpv4(last)) return false;
  const words = hasIpv4 ? groups.slice(0, -1) : groups;
  const count = words.length + (hasIpv4 ? 2 : 0);
  return words.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word)) && (tail === undefined ? count === 8 : count <= 7);
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

/** `address/bits` with `bits` in the given range. */
export function isCidr(text: string, isAddress: (address: string) => boolean, from: number, to: number): boolean {
  const match = /^(.*)\/(\d+)$/.exec(text);
  if (match === null) return false;
  const bits = Number(match[2]);
  return isAddress(match[1] ?? '') && bits >= from && bits <= to;
}

export function isDnsName(text: string): boolean {
  return DNS_NAME.test(text);
}

export function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text) || isDnsName(text);
}
