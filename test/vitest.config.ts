import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
// @ts-expect-error A build step: JavaScript without declarations.
import { TESTED_MODULES } from '../src/build/virtual-modules.mjs';

const modules = TESTED_MODULES as Readonly<Record<string, () => Promise<string>>>;

/** The sources that the build bundles, made once per run. */
function virtualModules(): Plugin {
  const made = new Map<string, Promise<string>>();
  return {
    name: 'talmox-virtual-modules',
    resolveId: (id) => (id in modules ? `\0${id}` : null),
    load: (id) => {
      const make = id.startsWith('\0') ? modules[id.slice(1)] : undefined;
      if (make === undefined) return null;
      const source = made.get(id) ?? make();
      made.set(id, source);
      return source;
    },
  };
}

/** Tests that put something else in the place of a module: nobody shares it with them. */
const MOCKED = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter(
    (path) => path.endsWith('.test.ts') && readFileSync(join(import.meta.dirname, path), 'utf8').includes('vi.mock('),
  )
  .map((path) => `test/${path.replaceAll('\\', '/')}`);

/** Whole programs take longest, however short the file is: one that starts last would run alone. */
class ProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => (moduleId.includes('/test/e2e/') ? 0 : 1);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  root: dirname(dirname(fileURLToPath(import.meta.url))),
  plugins: [virtualModules()],
  test: {
    projects: [
      // The sources keep no state but caches, so the files of one worker share them: loading them took a third of the time.
      { extends: true, test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: MOCKED, isolate: false } },
      { extends: true, test: { name: 'mocked', include: MOCKED } },
    ],
    globalSetup: [join(import.meta.dirname, 'support/build.ts')],
    // Two workers fill two cores.
    pool: 'forks',
    sequence: { sequencer: ProgramsFirst },
    maxWorkers: 2,
    // Against what never ends. On a machine with a load of thirty everything takes fifteen times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    env: { NO_COLOR: '1' },
  },
});
