/** Images that any Image Factory would make: of every schematic and every version of Talos, so that an upgrade can be tried. */

import { sha256 } from '@noble/hashes/sha2.js';
import { MIB } from '../schema/size.ts';
import type { Download } from './host.ts';

/** What the Image Factory's disk images are, dual-boot and Secure Boot ones: pkg/imager/profile of Talos 1.12 to 1.14. */
export const IMAGE_DISK_BYTES = 4_453_302_272;
export const SECURE_BOOT_DISK_BYTES = 2_355_101_696;

const IMAGE =
  /^https?:\/\/[^/?#]+(?:\/[^?#]*)?\/image\/(?<schematic>[0-9a-f]{64})\/v(?<version>\d+\.\d+\.\d+(?:-[\w.]+)?)\/[a-z]+-(?:amd64|arm64)(?<secure>-secureboot)?\.(?<kind>iso|qcow2|raw(?:\.(?:gz|xz|zst))?)$/;

/** Least bytes of a file, by what it is. */
const LEAST: Readonly<Record<string, number>> = { iso: 110 * MIB, qcow2: 90 * MIB };
/** System extensions and versions make files differ by so much at most. */
const SPREAD_BYTES = 64 * MIB;

/** @returns `null` where the URL is not one of an Image Factory: `<factory>/image/<schematic>/v<version>/<file>` */
export function factoryImage(url: string): Download | null {
  const { schematic, version, secure, kind = '' } = IMAGE.exec(url)?.groups ?? {};
  if (schematic === undefined || version === undefined) return null;
  const size = (LEAST[kind] ?? 100 * MIB) + spread(`${schematic} ${version} ${secure ?? ''}`);
  const virtualSize = kind === 'iso' ? size : secure === undefined ? IMAGE_DISK_BYTES : SECURE_BOOT_DISK_BYTES;
  return { url, size, virtualSize };
}

/** The same for the same text, and evenly spread. */
function spread(text: string): number {
  const [a = 0, b = 0, c = 0, d = 0] = sha256(new TextEncoder().encode(text));
  return Math.floor(((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32) * SPREAD_BYTES);
}
