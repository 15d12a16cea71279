/** Texts made of what numbers, booleans, dates and times are made of stay texts to every reader. */

import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { goScalar } from '../../src/model/go-scalar.ts';
import { isText, olderReading, readingOf } from '../../src/model/yaml-reading.ts';
import { toYaml } from '../../src/render/filters/yaml.ts';
import { verify } from '../../src/render/verify.ts';
import { parseHcl } from '../../src/io/hcl.ts';

/** What users called a node, a host, a storage, a pool or a tag, and some that nobody would. */
const NAMES =
  'e1 e-7 E12 E+1 e1e1 1e3 1e-3 1_000 0o7 0O7 0b1 0x1F 0xg 1:30 1:30:00 190:20:30.15 .inf -.INF .nan ~ y N yes No ON off true NULL null Null inf NaN ' +
  '52:54:00:12:34:56 2026-01-01 2026-1-1 2026-01-01T00:00:00Z 12e03 1.e3 .5 5. +1 -1 0777 08 = << _1 1_ a1 d1 f1 0.0.0.0 1.2.3 1.2 infinity';

const characters = fc.constantFrom(...'0123456789eEabcdfxXoOyYnNtTrRuUlLsSiI.:_+-~=<TZ'.split(''));
const tricky = fc.oneof(
  { weight: 4, arbitrary: fc.array(characters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.array(characters, { minLength: 7, maxLength: 20 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES.split(' ')) },
);

const written = (text: string): string => `${toYaml({ [text]: text, list: [text] })}\n`;
const meant = (text: string): unknown => ({ [text]: text, list: [text] });

describe('a text that looks like something else', () => {
  it('is written so that both versions of YAML read it, and verification agrees', async () => {
    await fc.assert(
      fc.asyncProperty(tricky, async (text) => {
        const content = written(text);
        expect(parse(content)).toEqual(meant(text));
        expect(parse(content, { version: '1.1' })).toEqual(meant(text));
        const file = { path: 'a', template: 'a.j2', format: 'yaml', mode: 0o644, content } as const;
        expect(await verify([{ ...file, documents: [meant(text)] }], parseHcl)).toEqual([]);
      }),
      { numRuns: 2000, examples: NAMES.split(' ').map((name) => [name]) },
    );
  });

  it('is in quotes wherever Go puts it there', () => {
    fc.assert(
      fc.property(tricky, (text) => {
        if (goScalar(text).startsWith('"')) expect(toYaml(text)).toBe(goScalar(text));
      }),
      { numRuns: 2000, examples: NAMES.split(' ').map((name) => [name]) },
    );
  });

  it.runIf(spawnSync('python3', ['-c', 'import yaml']).status === 0)('is the same text to PyYAML', () => {
    const texts = [...NAMES.split(' '), ...fc.sample(tricky, 3000)];
    const script = 'import json, sys, yaml\nprint(json.dumps(list(yaml.safe_load_all(sys.stdin.buffer.read()))))';
    const input = texts.map((text) => `---\n${written(text)}`).join('');
    const read = execFileSync('python3', ['-c', script], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(JSON.parse(read)).toEqual(texts.map(meant));
  });
});

describe('names that look like names', () => {
  it.each('cp-1 worker vmbr0 local-lvm pve1 ed e2e w-1e3 /dev/sda a1 x86-64-v2-AES nocloud-net'.split(' '))(
    '%s needs no quotes',
    (name) => {
      expect([isText(name), toYaml(name)]).toEqual([true, name]);
    },
  );
});

describe('a plain scalar of a user', () => {
  it.each([
    ['no', false],
    ['On', true],
    ['0777', 0o777],
    ['52:54:00:12:34:56', 41135085296],
    ['1_000', 1000],
    ['0o17', '0o17'],
  ])('%s is something else by the older rules', (source, value) => {
    expect(olderReading(source)).toEqual({ value });
  });

  it.each(['e1', 'true', '1.5', '10.10.10.11', 'null', '~', 'cp-1', '12', '0x1F'])('%s is not', (source) => {
    expect(olderReading(source)).toBeNull();
  });

  it('has a date by one version and text by the other', () => {
    expect(readingOf('2026-01-01')).toEqual({ yaml12: '2026-01-01', yaml11: new Date(Date.UTC(2026, 0, 1)) });
  });
});
