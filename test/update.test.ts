/** `npm run test:update -- FILE`, in a project of two test files whose goldens are old. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from './support/validation.ts';

/** One golden of vitest, and one that the test writes itself where TALMOX_UPDATE asks for it. */
const TEST = (name: string): string => `
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
it('vitest', async () => { await expect('new').toMatchFileSnapshot('./${name}.vitest'); });
it('environment', () => {
  const golden = new URL('./${name}.environment', import.meta.url);
  if (process.env.TALMOX_UPDATE !== undefined) writeFileSync(golden, 'new');
  expect(readFileSync(golden, 'utf8')).toBe('new');
});
`;

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'talmox-update-'));
  mkdirSync(join(project, 'test'));
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: unknown };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  writeFileSync(join(project, 'test/vitest.config.ts'), 'export default {};\n');
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  for (const name of ['one', 'two']) {
    writeFileSync(join(project, `test/${name}.test.ts`), TEST(name));
    for (const kind of ['vitest', 'environment']) writeFileSync(join(project, `test/${name}.${kind}`), 'old');
  }
});

afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function update(...files: readonly string[]): number | null {
  // The variables of the vitest that runs this test are not those of the one it starts.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:VITEST|TEST$|NODE_ENV$)/.test(name)),
  );
  const words = ['run', 'test:update', ...(files.length === 0 ? [] : ['--', ...files])];
  return spawnSync('npm', words, { cwd: project, env }).status;
}

function goldens(): Record<string, string> {
  const names = ['one.vitest', 'one.environment', 'two.vitest', 'two.environment'];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(project, 'test', name), 'utf8')]));
}

it('updates the goldens of the file that is named, and no other', () => {
  expect(update('test/one.test.ts')).toBe(0);
  expect(goldens()).toEqual({
    'one.vitest': 'new',
    'one.environment': 'new',
    'two.vitest': 'old',
    'two.environment': 'old',
  });
});

it('updates all goldens where none is named', () => {
  expect(update()).toBe(0);
  expect(new Set(Object.values(goldens()))).toEqual(new Set(['new']));
});

it('fails for a file that is not there', () => {
  expect(update('test/three.test.ts')).not.toBe(0);
  expect(new Set(Object.values(goldens()))).toEqual(new Set(['old']));
});
