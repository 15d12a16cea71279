/** All tests that judge a folder as one file: what they share is read once for a mutant, which is most of the time it takes. */

import { join } from 'node:path';
import { describe } from 'vitest';
// @ts-expect-error JavaScript without declarations.
import { testsOf } from './folders.mjs';

const files = (testsOf as (path: string) => string[] | null)(process.env['TALMOX_MUTATE'] ?? 'src/config') ?? [];

describe.each(files)('%s', async (file) => {
  await import(join(import.meta.dirname, '..', file));
});
