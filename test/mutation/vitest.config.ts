import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import base from '../vitest.config.ts';

// The tests' own projects would bring all tests along, and no test here needs the built program.
const { projects: _, globalSetup: __, ...shared } = base.test ?? {};

/** The unit tests of one folder of the sources, which `npm run mutate` names. */
export default defineConfig({
  ...base,
  test: { ...shared, include: ['test/mutation/judges.ts'], setupFiles: [join(import.meta.dirname, 'setup.ts')] },
});
