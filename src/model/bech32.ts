/** Bech32, the form of age keys: a name, `1`, and data with a checksum. Source: BIP 173. */

import { bech32 } from '@scure/base';

/**
 * @param text of any length: keys of plugins are longer than the 90 characters that BIP 173 allows an address
 * @returns also false for upper case, which age does not write
 */
export function hasBech32Checksum(text: string): boolean {
  return text === text.toLowerCase() && bech32.decodeUnsafe(text, false) !== undefined;
}
