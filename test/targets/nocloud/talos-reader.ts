/**
 * NoCloud as Talos 1.12 to 1.14 reads it: the serial, meta-data and user-data. Source: siderolabs/talos
 * internal/app/machined/pkg/runtime/v1alpha1/platform/nocloud/{nocloud,metadata}.go.
 */

import { parseAllDocuments } from 'yaml';

/** What the SMBIOS serial of a guest means to Talos. */
export interface SerialMeaning {
  /** Base URL of the network source, ending in a slash, or `null`: the drive is read instead. */
  readonly url: string | null;
  readonly hostname: string | null;
  readonly instanceId: string | null;
}

export function readSerial(serial: string): SerialMeaning {
  let [isNetwork, url, hostname, instanceId] = [
    false,
    null as string | null,
    null as string | null,
    null as string | null,
  ];
  for (const option of serial.split(';')) {
    const [, key, value = ''] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
    if (key === 'ds' && value === 'nocloud-net') isNetwork = true;
    if (key === 's') url = baseUrl(value) ?? url;
    if (key === 'h') hostname = value;
    if (key === 'i') instanceId = value;
  }
  // An empty name is as good as none.
  return {
    url: isNetwork ? url : null,
    hostname: hostname === '' ? null : hostname,
    instanceId: instanceId === '' ? null : instanceId,
  };
}

/** File names are appended as text: only the path's own end is looked at, so a query breaks the URL. */
function baseUrl(text: string): string | null {
  const [, scheme = '', path = ''] = /^([a-z][a-z0-9+.-]*):(?:\/\/[^/?#]*)?([^?#]*)/i.exec(text) ?? [];
  if (!scheme.toLowerCase().startsWith('http')) return null;
  return path.endsWith('/') ? text : `${text}/`;
}

/** What meta-data and serial say of a machine; published only where there is a network-config. */
export interface MachineMetadata {
  /** First label, as Talos takes it. */
  readonly hostname: string | null;
  readonly instanceId: string | null;
}

/** @throws Error for a host name that Talos refuses */
export function readMetadata(
  serial: SerialMeaning,
  metaData: string | null,
  userData: string | null = null,
): MachineMetadata {
  const meta = keysOf(metaData);
  // Only where neither serial nor meta-data names it: that is how Proxmox' own `#cloud-config` does.
  const fallback =
    (serial.hostname ?? meta['hostname'] ?? meta['local-hostname']) === undefined ? keysOf(userData) : {};
  const fqdn =
    serial.hostname ??
    meta['hostname'] ??
    meta['local-hostname'] ??
    fallback['hostname'] ??
    fallback['local-hostname'] ??
    null;
  const [hostname = ''] = fqdn?.split('.') ?? [];
  if (hostname.length > 63) throw new Error(`invalid hostname ${JSON.stringify(hostname)}`);
  return { hostname: fqdn === null ? null : hostname, instanceId: serial.instanceId ?? meta['instance-id'] ?? null };
}

/** Keys of the first document; what is no YAML holds none. */
function keysOf(text: string | null): Readonly<Record<string, string | undefined>> {
  try {
    const [first] = parseAllDocuments(text ?? '');
    const value = first?.toJS() as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** What becomes of user-data. */
export type UserData =
  | 'maintenance'
  | { readonly include: string }
  | { readonly documents: readonly unknown[]; readonly isComplete: boolean };

/** @param text `null`: there is none. @throws Error where the node would try again for ever */
export function readUserData(text: string | null): UserData {
  const [first = '', ...rest] = (text ?? '').split('\n');
  if (text === null || text === '' || first.trim() === '#cloud-config') return 'maintenance';
  if (first.trim() === '#include') return { include: includeUrl(rest) };
  const documents = parseAllDocuments(text).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as unknown;
  });
  // A document without a kind is the main one; with it the node needs nothing more.
  return {
    documents,
    isComplete: documents.some(
      (document) => typeof document === 'object' && document !== null && 'machine' in document,
    ),
  };
}

function includeUrl(lines: readonly string[]): string {
  const [url, more] = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (url === undefined) throw new Error('no #include URL found in nocloud configuration');
  if (more !== undefined) throw new Error(`multiple #include URLs found in nocloud configuration: ${url} and ${more}`);
  return url;
}
