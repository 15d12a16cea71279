import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { helperFilter, helperNames } from '../../src/render/handlebars.ts';
import { valueFilters } from '../../src/render/filters/value.ts';
import { ROOT } from '../support/validation.ts';

/** Every helper of the list: what it is given, and what templates may rely on getting. */
const EXAMPLES: Readonly<Record<string, readonly [args: readonly unknown[], expected: unknown]>> = {
  camelcase: [['vm cores'], 'vmCores'],
  pascalcase: [['vm cores'], 'VmCores'],
  snakecase: [['vm cores'], 'vm_cores'],
  dashcase: [['vm cores'], 'vm-cores'],
  dotcase: [['vm cores'], 'vm.cores'],
  pathcase: [['vm cores'], 'vm/cores'],
  titleize: [['vm cores'], 'Vm Cores'],
  plusify: [['vm cores'], 'vm+cores'],
  inflect: [[2, 'node', 'nodes'], 'nodes'],
  ordinalize: [[3], '3rd'],
  bytes: [[1_500_000], '1.5 MB'],
  addCommas: [[1_234_567], '1,234,567'],
  toFixed: [[1.005, 1], '1.0'],
  unique: [[['b', 'a', 'b']], ['b', 'a']],
  pluck: [
    [[{ name: 'a' }, { name: 'b' }], 'name'],
    ['a', 'b'],
  ],
  itemAt: [[['a', 'b'], 1], 'b'],
  isEmpty: [[[]], true],
  basename: [['a/b.txt'], 'b.txt'],
  dirname: [['a/b.txt'], 'a'],
  extname: [['a/b.txt'], '.txt'],
  stem: [['a/b.txt'], 'b'],
  stripProtocol: [['https://pve1:8006'], '//pve1:8006/'],
  urlParse: [['https://pve1:8006/x'], expect.objectContaining({ hostname: 'pve1', port: '8006' })],
};

const run = (name: string, ...args: readonly unknown[]): unknown => helperFilter(name)?.(...args);

it('every helper of the list has an example here and a word in the documentation', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual([...helperNames].sort());
  const documented = readFileSync(join(ROOT, 'docs/filters.md'), 'utf8');
  for (const name of helperNames) expect(documented).toContain(`\`${name}\``);
});

it.each(Object.entries(EXAMPLES))('%s', (name, [args, expected]) => {
  expect(run(name, ...args)).toEqual(expected);
});

it.each(helperNames)('%s refuses what it is not made for, and arguments too many', (name) => {
  expect(() => run(name, Symbol('x'))).toThrow(/^expects /);
  const [args] = EXAMPLES[name] ?? [[]];
  expect(() => run(name, args[0], 1, 2, 3, 4)).toThrow(/argument\(s\), not 4$/);
});

it('none hides a filter of talmox, and nothing else of the library is there', () => {
  expect(helperNames.filter((name) => Object.hasOwn(valueFilters, name))).toEqual([]);
  for (const name of ['readFileSync', 'random', 'markdown', 'moment', 'constructor', '__proto__'])
    expect(helperFilter(name)).toBeNull();
});
