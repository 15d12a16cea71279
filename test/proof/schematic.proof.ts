/**
 * The Image Factory's own code takes what talmox would post to it, and calls it what talmox calls it:
 * byte for byte the same text, and so the same id, also for strings that YAML reads as something else.
 */

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageOptions } from '../../src/model/image-options.ts';
import { schematicDocument, schematicOf, type Customization } from '../../src/model/schematic.ts';
import { CASES, clusterOf, need } from './support.ts';
import { goTool } from './tools/go.ts';

const factory = goTool('image-factory');

/** What the factory says of every schematic, in their order. */
function factorySays(program: string, customizations: readonly Customization[]): { id: string; text: string }[] {
  const input = customizations.map((customization) => `${JSON.stringify(schematicDocument(customization))}\n`).join('');
  const { stdout, status } = spawnSync(program, { input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  expect(status).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      expect(line).toMatch(/^[0-9a-f]{64} /);
      return { id: line.slice(0, 64), text: JSON.parse(line.slice(65)) as string };
    });
}

const PLAIN: ImageOptions = {
  overlay: null,
  meta: [],
  bootloader: null,
  enrollKeys: null,
  wellKnownCertificates: false,
  sectorSize: null,
};

/** Every printable line that is made of what YAML gives a meaning to, and some that are not. */
const PIECES = [
  ...Array.from('-?:,[]{}#&*!|>\'"%@`~=<. \\_+0123456789eExXoObBtTnNyYfFaAzZ'),
  'true',
  'Null',
  'no',
  'On',
  '.inf',
  '.NaN',
  '<<',
  '---',
  '...',
  '0x',
  '0b1',
  '0o7',
  '1_0',
  '2024-02-29',
  'T12:30:00Z',
  ' 1:2:3',
  ':59',
  '1e',
  '9223372036854775808',
  '18446744073709551616',
];
const line = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme-ascii', maxLength: 24 }),
  fc
    .tuple(
      fc.integer({ min: 0, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      fc.constantFrom('', 'T1:2:3Z', 't23:59:59.9+24:00', ' 24:0:0', ' 1:60:1', 'T1:2:3+25:00', '  1:2:3,5'),
    )
    .map(([year, month, day, clock]) => `${String(year).padStart(4, '0')}-${month}-${day}${clock}`),
);
const argument = line.map((text) => text.replaceAll(' ', '')).filter((text) => text !== '');
const written = line.filter((text) => text !== '');

const image: fc.Arbitrary<ImageOptions> = fc.record({
  overlay: fc.option(
    fc.record({
      image: fc.constant('siderolabs/sbc-raspberrypi'),
      name: fc.constantFrom('rpi_generic', 'null', '1'),
      options: fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,6}$/), fc.oneof(line, fc.integer(), fc.boolean())),
    }),
  ),
  meta: fc.array(fc.record({ key: fc.integer({ min: 1, max: 255 }), value: written }), { maxLength: 3 }),
  bootloader: fc.option(fc.constantFrom('dual-boot', 'sd-boot', 'grub')),
  enrollKeys: fc.option(fc.constantFrom('off', 'manual', 'if-safe', 'force')),
  wellKnownCertificates: fc.boolean(),
  sectorSize: fc.option(fc.constantFrom(512, 4096)),
});
const customization: fc.Arbitrary<Customization> = fc.record({
  extensions: fc.array(
    fc.oneof(
      fc.constantFrom('siderolabs/zfs', 'siderolabs/qemu-guest-agent'),
      fc.stringMatching(/^[a-z0-9-]{1,4}\/[a-z0-9][a-z0-9._-]{0,4}$/),
    ),
    { maxLength: 3 },
  ),
  kernelArgs: fc.array(argument, { maxLength: 4 }),
  image,
});

/** One process for thousands of them: each is written on a line of its own. */
const MANY = 20_000;

describe('the Image Factory', () => {
  it('computes the ids that talmox computes for the fixtures and the sample', ({ skip }) => {
    const program = need(factory, skip);
    const clusters = CASES.map((name) => clusterOf(name).talos);
    expect(factorySays(program, clusters)).toEqual(
      clusters.map(({ schematic }) => ({ id: schematic.id, text: schematic.text })),
    );
  });

  it('writes every argument, META value and option as talmox does', ({ skip }) => {
    const program = need(factory, skip);
    const single = fc
      .sample(argument, MANY)
      .map((text): Customization => ({ extensions: [], kernelArgs: [text], image: PLAIN }));
    const whole = fc.sample(customization, MANY);
    const all = [...single, ...whole];
    const answers = factorySays(program, all);
    expect(answers).toHaveLength(all.length);
    const wrong = all.flatMap((one, position) => {
      const { id, text } = schematicOf(one);
      const answer = answers[position];
      return answer?.text === text && answer.id === id ? [] : [{ talmox: text, factory: answer?.text }];
    });
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});
