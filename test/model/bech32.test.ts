import { bech32 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasBech32Checksum } from '../../src/model/bech32.ts';

describe('a checksum of bech32', () => {
  const keys = fc
    .tuple(fc.constantFrom('age', 'age1yubikey', 'age1tpm'), fc.uint8Array({ minLength: 1, maxLength: 200 }))
    .map(([name, bytes]) => bech32.encode(name, bech32.toWords(bytes), false));

  it('is found in keys of any length, and not after a slip', () => {
    fc.assert(
      fc.property(keys, fc.nat(), (text, at) => {
        expect(hasBech32Checksum(text)).toBe(true);
        const position = text.lastIndexOf('1') + 1 + (at % (text.length - text.lastIndexOf('1') - 1));
        const other = text[position] === 'q' ? 'p' : 'q';
        expect(hasBech32Checksum(`${text.slice(0, position)}${other}${text.slice(position + 1)}`)).toBe(false);
      }),
    );
  });

  it.each(['', '1', 'age', 'age1', 'age1qqqqqq', 'AGE1', ' age1', 'age1é'])('is not in %j', (text) => {
    expect(hasBech32Checksum(text)).toBe(false);
  });

  it('is not looked for in upper case', () => {
    const key = bech32.encode('age', bech32.toWords(new Uint8Array(32)), false);
    expect([hasBech32Checksum(key), hasBech32Checksum(key.toUpperCase())]).toEqual([true, false]);
  });

  // BIP 173, test vectors.
  it.each([
    ['a12uel5l', true],
    ['split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w', true],
    ['an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs', true],
    ['pzry9x0s0muk', false],
    ['1pzry9x0s0muk', false],
    ['x1b4n0q5v', false],
    ['li1dgmt3', false],
    ['a1g7sgd8', false],
  ])('vector %s', (text, holds) => {
    expect(hasBech32Checksum(text)).toBe(holds);
  });
});
