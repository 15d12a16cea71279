/** Whether an offset lies in one of many parts of a text. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { within } from '../../src/config/ranges.ts';

it('is what looking at each of them says', () => {
  const range = fc.tuple(fc.nat(30), fc.nat(8)).map(([from, length]) => [from, from + length] as const);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 8 }), fc.nat(40), (ranges, offset) => {
      expect(within(ranges)(offset)).toBe(ranges.some(([from, to]) => offset >= from && offset < to));
    }),
  );
});
