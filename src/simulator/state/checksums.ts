/** Checksums of files that nobody has ever seen. */

import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Algorithm -> hex digest. */
export type Checksums = Readonly<Record<string, string>>;

/** Hex digits of a digest. */
const DIGITS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 };

/**
 * @param file what tells this file from another
 * @param known of some algorithms
 * @returns one for every algorithm: always the same ones for the same file
 */
export function checksumsOf(file: string, known: Checksums = {}): Checksums {
  const made = Object.entries(DIGITS).map(
    ([algorithm, digits]) =>
      [algorithm, bytesToHex(sha512(new TextEncoder().encode(`${algorithm} ${file}`))).slice(0, digits)] as const,
  );
  return { ...Object.fromEntries(made), ...known };
}
