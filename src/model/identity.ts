/**
 * Identities derived from names alone, so that every backend, on every machine, in every run,
 * builds the VM under the same identity, and one can adopt what another made.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { v5 as uuidV5 } from 'uuid';
import { PROXMOX_OUI } from './net.ts';

/** Namespace of talmox' UUIDv5 names: `uuidv5(DNS, "talmox.internal")`. Changing it renames every VM. */
const NAMESPACE = 'f6e36d0d-a9db-5b77-91f4-b0ce81bb2c2c';

/**
 * SMBIOS UUID of a node: UUIDv5 (RFC 9562) of `<cluster>/<node>`. Talos takes it as the node's
 * identity, so it must survive every re-creation of the VM.
 */
export function systemUuid(cluster: string, node: string): string {
  return uuidV5(`${cluster}/${node}`, NAMESPACE);
}

/**
 * MAC address of a NIC that the user gave none: the Proxmox range and 24 bits of a hash.
 * Lower case.
 */
export function derivedMac(cluster: string, node: string, nic: number): string {
  const digest = sha256(utf8ToBytes(`talmox mac ${cluster}/${node}/${nic}`));
  return [PROXMOX_OUI, ...[0, 1, 2].map((at) => bytesToHex(digest.slice(at, at + 1)))].join(':');
}

/** More NICs than a VM can have: numbers from here on are those of no NIC. */
const SPARE = 256;

/**
 * Another address for a NIC whose derived one belongs to somebody: 24 bits are few, and two of 5000 nodes have the same
 * once in two times. It is for the user to write down: derived on its own, it would change when the other NIC goes.
 * @param taken addresses in lower case; not among them is what is returned
 */
export function spareMac(cluster: string, node: string, nic: number, taken: ReadonlySet<string>): string {
  let attempt = 1;
  let mac: string;
  do {
    mac = derivedMac(cluster, node, nic + SPARE * attempt);
    attempt += 1;
  } while (taken.has(mac));
  return mac;
}

/**
 * Number of the template of a boot file on a host within its range of 1000: hashed, so that
 * another host or schematic never renumbers an existing template. The Talos version is no part of
 * it: a clone's source is immutable in two of the three backends.
 */
export function templateOffset(pveNode: string, schematicId: string, secureBoot: boolean): number {
  const digest = sha256(utf8ToBytes(`talmox template ${pveNode}/${schematicId}/${secureBoot}`));
  return (((digest[0] ?? 0) << 16) | ((digest[1] ?? 0) << 8) | (digest[2] ?? 0)) % 1000;
}

/**
 * The ownership mark: the notes by which every backend recognises a VM as one of this cluster before it writes to it.
 * @param what `template`, or a role and a name: `worker w-1`
 */
export function ownershipMark(what: string, cluster: string): string {
  return `Talos ${what} of cluster ${cluster}, managed by talmox`;
}

/** What NoCloud calls the instance: the same in `meta-data` and in the SMBIOS serial, of which Talos takes the latter. */
export function instanceId(cluster: string, node: string): string {
  return `${cluster}-${node}`;
}

/** Where the configuration server has the files of a node, with a slash at the end. */
export function nodeUrl(serverUrl: string, cluster: string, node: string): string {
  return `${serverUrl}/${cluster}/${node}/`;
}

/** sha256 of a text in lower-case hex. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}
