/** Bech32, the form of age keys: a name, `1`, and data with a checksum. Source: BIP 173. */

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** @param text lower case, of any length */
export function hasBech32Checksum(text: string): boolean {
  const separator = text.lastIndexOf('1');
  const name = Array.from(text.slice(0, separator), (character) => character.charCodeAt(0));
  const data = Array.from(text.slice(separator + 1), (character) => CHARSET.indexOf(character));
  if (separator < 1 || data.length < 6 || data.includes(-1)) return false;
  return polymod([...name.map((code) => code >> 5), 0, ...name.map((code) => code & 31), ...data]) === 1;
}

function polymod(values: readonly number[]): number {
  return values.reduce((checksum, value) => {
    const top = checksum >> 25;
    const shifted = ((checksum & 0x1ffffff) << 5) ^ value;
    return GENERATOR.reduce((sum, term, bit) => ((top >> bit) & 1 ? sum ^ term : sum), shifted);
  }, 1);
}
