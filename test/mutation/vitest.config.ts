import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from '../vitest.config.ts';

// The tests' own projects would bring all tests along, and no test here needs the built program.
const { projects: _, globalSetup: __, ...shared } = base.test ?? {};

/** Most mutants die in the file that comes first; after a test that fails no other file is loaded. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}

/** The unit tests of one folder of the sources, which `npm run mutate` names. */
export default defineConfig({
  ...base,
  test: {
    ...shared,
    include: ['test/mutation/{quick,slow}.judges.ts'],
    setupFiles: [join(import.meta.dirname, 'setup.ts')],
    sequence: { sequencer: QuickFirst },
  },
});
