/** Valid files, damaged at random: every run ends in a report or in output that verifies, never in an exception. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isCollection, isPair, isScalar, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import { issueLine } from '../src/cli/report.ts';
import { verifyFiles } from '../src/generate.ts';
import { parseHcl } from '../src/io/hcl.ts';
import { generateTexts } from './support/pipeline.ts';
import { FIXTURES, validateTexts } from './support/validation.ts';

const CASES = readdirSync(join(FIXTURES, 'valid')).map((name) => ({
  cluster: readFileSync(join(FIXTURES, 'valid', name, 'cluster.yaml'), 'utf8'),
  nodes: readFileSync(join(FIXTURES, 'valid', name, 'nodes.yaml'), 'utf8'),
}));

/** Values that have broken readers before, and some that are right somewhere. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  '',
  0,
  -0,
  -1,
  1,
  3,
  101,
  1.5,
  4096,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  {},
  [null],
  [''],
  [[]],
  { a: 1 },
  'yes',
  'no',
  '0777',
  '1e3',
  '22:22',
  '10.10.10.11',
  '10.10.10.0/24',
  '10.0.0.0/8',
  '0.0.0.0',
  '0.0.0.0/0',
  '255.255.255.255',
  '255.255.255.255/32',
  '10.10.10.10/31',
  '::1',
  'fd00::/64',
  'cp-1',
  'a',
  'a'.repeat(63),
  'a'.repeat(64),
  'a'.repeat(5000),
  'ünï',
  '😀',
  '__proto__',
  'constructor',
  'x\ny',
  '\u0000',
  '\u2028',
  '{{ a }}',
  '${a}',
  '%{a}',
  "'",
  '"',
  '\\',
  '#{ a }#',
  '*a',
  '&a',
  '<<',
  '!t',
  '- a',
  'a: b',
  '/dev/sda',
  '/dev/sdz',
  '/dev/sda1',
  'SERIAL',
  'bc:24:11:00:00:11',
  'BC:24:11:00:00:11',
  '01:00:00:00:00:00',
  '52:54:00:12:34:56',
  'https://10.10.10.2:8006',
  'http://[::1]:80/x;y',
  'https://a',
  '1.12.0',
  '1.14.0',
  'v1.13.0',
  '1.99.0',
  '1.35.0',
  'iso',
  'template',
  'image',
  'cicustom',
  'nocloud-net',
  'http',
  'managed',
  'seabios',
  'i440fx',
];

interface Damage {
  readonly file: 'cluster' | 'nodes';
  readonly kind: 'delete' | 'replace' | 'duplicate' | 'rename' | 'swap';
  readonly at: number;
  readonly other: number;
  readonly value: unknown;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  file: fc.constantFrom('cluster', 'nodes'),
  kind: fc.constantFrom('delete', 'replace', 'replace', 'replace', 'duplicate', 'rename', 'swap'),
  at: fc.nat(10_000),
  other: fc.nat(10_000),
  value: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...STRANGE) }, { weight: 1, arbitrary: fc.jsonValue() }),
});

/** Every place of a document: a collection and the position of one of its items. */
function placesOf(document: Document): { items: unknown[]; index: number }[] {
  const places: { items: unknown[]; index: number }[] = [];
  visit(document, {
    Collection(_key, node) {
      node.items.forEach((_item, index) => places.push({ items: node.items, index }));
    },
  });
  return places;
}

function apply(document: Document, { kind, at, other, value }: Damage): void {
  const places = placesOf(document);
  const place = places[at % Math.max(1, places.length)];
  const second = places[other % Math.max(1, places.length)];
  if (place === undefined || second === undefined) return;
  const { items, index } = place;
  const item = items[index];
  if (kind === 'delete') items.splice(index, 1);
  else if (kind === 'duplicate') items.push(item);
  else if (kind === 'swap') swap(item, second.items[second.index]);
  else if (kind === 'rename' && isPair(item) && isScalar(item.key))
    item.key.value = typeof value === 'string' ? value : String(item.key.value).slice(1);
  else if (isPair(item)) (item as Pair<unknown, Node>).value = document.createNode(value);
  else items[index] = document.createNode(value);
}

function swap(a: unknown, b: unknown): void {
  if (isPair(a) && isPair(b) && !isCollection(a.value) && !isCollection(b.value))
    [a.value, b.value] = [b.value, a.value];
}

function damaged(text: string, damages: readonly Damage[]): string {
  const document = parseDocument(text);
  for (const one of damages) apply(document, one);
  return document.toString();
}

const input = fc
  .record({ base: fc.constantFrom(...CASES), damages: fc.array(damage, { minLength: 1, maxLength: 4 }) })
  .map(({ base, damages }) => ({
    cluster: damaged(
      base.cluster,
      damages.filter(({ file }) => file === 'cluster'),
    ),
    nodes: damaged(
      base.nodes,
      damages.filter(({ file }) => file === 'nodes'),
    ),
  }));

function expectSoundReport(texts: { cluster: string; nodes: string }): boolean {
  const { issues, cluster } = validateTexts(texts.cluster, texts.nodes);
  const seen = new Set<string>();
  for (const issue of issues) {
    const text = (issue.file === 'cluster.yaml' ? texts.cluster : texts.nodes).split('\n');
    const line = issueLine(issue);
    expect(line).toMatch(/^(?:cluster|nodes)\.yaml:[1-9]\d*:[1-9]\d* [A-Z0-9_]+ \S[^\r\n]*$/);
    expect(issue.line, line).toBeLessThanOrEqual(text.length);
    expect(issue.column, line).toBeLessThanOrEqual((text[issue.line - 1] ?? '').length + 1);
    expect(line).not.toMatch(/undefined|\[object|NaN of|Infinity of/);
    expect(seen, line).not.toContain(line);
    seen.add(line);
  }
  expect(cluster === null).toBe(issues.some((issue) => issue.severity === 'error'));
  return cluster !== null;
}

const RUNS = Number(process.env['TALMOX_PROPERTY_RUNS'] ?? 120);

it('damaged files end in a report, or in output that verifies', async () => {
  await fc.assert(
    fc.asyncProperty(input, async (texts) => {
      if (!expectSoundReport(texts)) return;
      const { files } = generateTexts(texts.cluster, texts.nodes);
      await verifyFiles(files, parseHcl);
    }),
    { numRuns: RUNS },
  );
});

it('damaged text ends in a report too', () => {
  const noise = fc.constantFrom(
    '\t',
    '\r',
    '\0',
    ':',
    '- ',
    '{',
    '[',
    '}',
    '"',
    "'",
    '*a',
    '&a',
    '<<: *a',
    '|',
    '>',
    '#',
    '---\n',
    '...\n',
    '? ',
    '!x ',
    '\uFEFF',
    '\u2028',
    '%YAML 1.1\n',
    '\ud800',
  );
  const text = fc.record({
    base: fc.constantFrom(...CASES),
    at: fc.nat(),
    length: fc.nat(4),
    noise: fc.array(noise, { maxLength: 3 }),
    inNodes: fc.boolean(),
  });
  fc.assert(
    fc.property(text, ({ base, at, length, noise: inserted, inNodes }) => {
      const cut = (whole: string): string => {
        const position = at % whole.length;
        return whole.slice(0, position) + inserted.join('') + whole.slice(position + length);
      };
      expectSoundReport(inNodes ? { ...base, nodes: cut(base.nodes) } : { ...base, cluster: cut(base.cluster) });
    }),
    { numRuns: RUNS },
  );
});
