/** What each folder of the sources may import: lint refuses the rest. */

import { ESLint, Linter } from 'eslint';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';
import { ROOT } from './support/validation.ts';

/** Names under `src`, `node:` for Node, and `type` before what only types may come from. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  config: ['model'],
  targets: ['model'],
  render: ['model'],
  io: ['model', 'config', 'targets', 'render', 'generate.ts', 'node:'],
  simulator: ['model'],
  'simulator/schema': [],
  'simulator/state': ['simulator/schema'],
  'simulator/handlers': ['simulator/schema', 'simulator/state'],
  'simulator/handlers/qemu': ['simulator/schema', 'simulator/state', 'simulator/handlers'],
  'simulator/server': ['model', 'simulator/schema', 'simulator/state', 'simulator/handlers', 'node:'],
  'simulator/compare': ['type model', 'simulator/schema', 'simulator/state'],
  'simulator/rehearsal': ['model', ...['schema', 'state', 'handlers', 'server', 'compare', 'record'].map(inSimulator)],
  'simulator/record': ['model', ...['schema', 'state', 'handlers', 'server', 'compare', 'rehearsal'].map(inSimulator)],
};

/** What is not told apart: the composition, and layers of one floor that nobody has yet. */
const OTHERS = ['build', 'cli', 'generate.ts', 'node:'];

function inSimulator(folder: string): string {
  return `simulator/${folder}`;
}

const rules = new ESLint({ cwd: ROOT });
const linter = new Linter({ configType: 'flat' });

/** @returns whether lint lets a file of `folder` import `what` */
async function allows(folder: string, what: string, isType = false): Promise<boolean> {
  const file = `src/${folder}/some.ts`;
  const config = (await rules.calculateConfigForFile(join(ROOT, file))) as Linter.Config;
  const restricting = Object.entries(config.rules ?? {}).filter(([name]) => name.endsWith('no-restricted-imports'));
  const up = '../'.repeat(folder.split('/').length);
  const from = what === 'node:' ? 'node:fs' : `${up}${what}${what.endsWith('.ts') ? '' : '/some.ts'}`;
  // Layers of the simulator see each other without a way around by `src`.
  const path = folder.startsWith('simulator/') ? from.replace('../simulator/', '') : from;
  const verdict = linter.verify(
    `import ${isType ? 'type ' : ''}{ some } from '${path}';`,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser },
        plugins: { '@typescript-eslint': tseslint.plugin },
        rules: Object.fromEntries(restricting),
      },
    ],
    file,
  );
  expect(verdict.filter(({ fatal }) => fatal)).toEqual([]);
  return verdict.length === 0;
}

const folders = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map(({ parentPath }) => parentPath.slice(join(ROOT, 'src').length + 1));

test('every folder stands on a floor, above all but the command line', () => {
  const floors = Object.keys(FLOORS).map((folder) => folder.split('/', 1)[0]);
  const tops = new Set(folders.map((folder) => folder.split('/', 1)[0]).filter((folder) => folder !== ''));
  expect([...tops].sort()).toEqual([...new Set([...floors, 'cli'])].sort());
  const rooms = new Set(folders.filter((folder) => folder.startsWith('simulator')));
  expect([...rooms].sort()).toEqual(
    Object.keys(FLOORS)
      .filter((folder) => folder.startsWith('simulator'))
      .sort(),
  );
});

describe.each(Object.entries(FLOORS))('src/%s', (folder, floors) => {
  const others = [...Object.keys(FLOORS), ...OTHERS].filter(
    (other) => other !== 'simulator/handlers/qemu' && !folder.startsWith(other) && !other.startsWith(folder),
  );
  const allowed = async (isType: boolean): Promise<string[]> => {
    const verdicts = await Promise.all(others.map((what) => allows(folder, what, isType)));
    return others.filter((_, index) => verdicts[index]).sort();
  };
  const among = (names: readonly string[]): string[] => names.filter((name) => others.includes(name)).sort();

  test('imports what lies below it and nothing else', async () => {
    expect(await allowed(false)).toEqual(among(floors));
    expect(await allowed(true)).toEqual(among(floors.map((name) => name.replace(/^type /, ''))));
  });
});
