/** Runs all tests that judge a folder as if they were one file. */

import { join } from 'node:path';
import { describe, it } from 'vitest';
// @ts-expect-error JavaScript without declarations.
import { testsOf } from './folders.mjs';

type Judges = Readonly<Record<'quick' | 'slow', string[]>>;

const judges = (testsOf as (path: string) => Judges | null)(process.env['TALMOX_MUTATE'] ?? 'src/config');

export function judgedBy(kind: keyof Judges): void {
  const files = judges?.[kind] ?? [];
  describe.each(files)('%s', async (file) => {
    try {
      await import(join(import.meta.dirname, '..', file));
    } catch (error) {
      // A file that cannot be loaded has no tests, and without tests nothing fails.
      it('can be loaded', () => {
        throw error;
      });
    }
  });
  // A file without tests is an error.
  it.runIf(files.length === 0)('has no tests of this kind', () => undefined);
}
