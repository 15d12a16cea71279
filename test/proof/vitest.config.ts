import { defineConfig } from 'vitest/config';
import base from '../vitest.config.ts';
import { KnownFaults } from './known-faults-reporter.ts';

// The tests' own projects would bring the tests along.
const { projects: _, ...shared } = base.test ?? {};

/** Proofs run the consumers' own programs: one file after the other, with time to build them. */
export default defineConfig({
  ...base,
  test: {
    ...shared,
    include: ['test/proof/**/*.proof.ts'],
    fileParallelism: false,
    // On a busy machine the tools' own time limits strike; the second run is not forgiven.
    retry: 1,
    testTimeout: 10 * 60_000,
    hookTimeout: 20 * 60_000,
    reporters: ['verbose', new KnownFaults()],
  },
});
