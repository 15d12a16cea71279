import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from '../vitest.config.ts';
// @ts-expect-error JavaScript without declarations.
import { testsOf } from './folders.mjs';

const testsOfFolder = testsOf as (path: string) => { include: string[]; exclude: string[] } | null;

// The tests' own projects would bring all tests along, and no test here needs the built program.
const { projects: _, globalSetup: __, ...shared } = base.test ?? {};

/** Tables first: they take a fraction of a second, and most mutants die there. */
class TablesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isTable = ({ moduleId }: TestSpecification): number =>
      /(?:edges|defaults|written)\.test\.ts$/.test(moduleId) ? 0 : 1;
    return [...files].sort((a, b) => isTable(a) - isTable(b));
  }
}

/** The unit tests of one folder of the sources, which `npm run mutate` names. */
export default defineConfig({
  ...base,
  test: {
    ...shared,
    ...testsOfFolder(process.env['TALMOX_MUTATE'] ?? 'src/config'),
    setupFiles: [join(import.meta.dirname, 'setup.ts')],
    sequence: { sequencer: TablesFirst },
  },
});
