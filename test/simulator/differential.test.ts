/** The validator against parameter sets whose verdict is known by how they are made from the API data itself. */

import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
// @ts-expect-error A maintenance script: JavaScript without declarations.
import * as distiller from '../../src/build/distil-pve-schema.mjs';
import { endpointsOf } from '../../src/simulator/schema/facts.ts';
import { PVE_VERSIONS, type PropertySchema } from '../../src/simulator/schema/types.ts';
import { validate } from '../../src/simulator/schema/validate.ts';

const FILES = ['8.4', '9.0', '9.1.3'].map((version) => `../shared/data/pve/apidata-${version}.json`);
const SETS = 7_000;

/** Values that a named format takes and refuses, written by hand. */
const SAMPLES: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
  'pve-node': [
    ['pve', 'pve-1', 'A'],
    ['-pve', 'pve_1', ''],
  ],
  'pve-vmid': [
    ['100', '999999999'],
    ['099', '12', 'x'],
  ],
  'pve-storage-id': [
    ['local', 'local-lvm', 'a.b'],
    ['1local', 'a', 'local-'],
  ],
  'pve-poolid': [
    ['talos', 'a/b/c', 'x.y_z-1'],
    ['a/b/c/d', 'ä', 'a b'],
  ],
  'dns-name': [
    ['cp-1', 'a.b.c'],
    ['a_b', '-a', 'a..b', 'a-'],
  ],
  'address-list': [
    ['1.1.1.1', '1.1.1.1,fe80::1', 'a.example b'],
    ['1.1.1.1,a_b', '::1::'],
  ],
  'pve-bridge-id': [
    ['vmbr0', 'vmbr0.10'],
    ['vm br', 'a/b'],
  ],
  'mac-addr': [
    ['BC:24:11:00:00:01', 'bc:24:11:aa:bb:cc'],
    ['01:00:00:00:00:00', 'BC:24:11:00:00', 'BC-24-11-00-00-01'],
  ],
  'pve-configid': [
    ['snap1', 'a-b'],
    ['1a', 'a', 'a.b'],
  ],
  'pve-configid-list': [['scsi1,scsi2', 'net0'], ['scsi1,2x']],
  'pve-tag-list': [
    ['a;b', 'talos'],
    ['-a', 'a;ü'],
  ],
  'pve-volume-id': [['local:iso/a.iso'], ['local', ':x']],
  'pve-volume-id-or-qm-path': [
    ['local-lvm:32', 'none', '/dev/sda', 'local:iso/a.iso'],
    ['local', 'a b'],
  ],
  'pve-volume-id-or-absolute-path': [
    ['/a/b', 'local:import/a.raw'],
    ['a/b', 'local'],
  ],
  'disk-size': [
    ['20G', '1025', '1.5T'],
    ['20X', 'G', '-1'],
  ],
  urlencoded: [
    ['ab%20c', 'x-1'],
    ['a b', 'a/b'],
  ],
  'pve-storage-content': [
    ['images', 'import'],
    ['disk', 'IMAGES'],
  ],
  'pve-qm-smbios1': [
    ['uuid=8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b611,base64=1,serial=aD0x'],
    ['serial=a b', 'uuid=1', 'colour=red'],
  ],
  'pve-qm-boot': [
    ['order=scsi0;net0', 'cdn'],
    ['order=scsi', 'xyz'],
  ],
  'pve-qm-ipconfig': [
    ['ip=10.0.0.1/24,gw=10.0.0.254', 'ip=dhcp', 'ip6=auto'],
    ['ip=10.0.0.1', 'gw=10.0.0.1', 'ip=300.0.0.1/24'],
  ],
  'pve-vm-cpu-conf': [
    ['host', 'x86-64-v2-AES', 'cputype=host,flags=+aes;-pcid'],
    ['turbo', 'flags=+aes', 'custom-x'],
  ],
  'pve-startup-order': [
    ['order=3,up=15,down=60', '3'],
    ['order=x', 'up'],
  ],
  'pve-qm-watchdog': [
    ['model=i6300esb,action=reset', 'ib700'],
    ['action=explode', 'model=x'],
  ],
  'pve-hotplug-features': [['network,disk', '0', '1'], ['gpu']],
};

interface Verdict {
  readonly text: string;
  readonly valid: boolean;
}

type Case = { readonly values: Record<string, string>; readonly wrong: ReadonlySet<string> };

/** Mostly right, so that what is wrong does not hide behind something else that is. */
const mixed = (right: fc.Arbitrary<string>, wrong: fc.Arbitrary<string>): fc.Arbitrary<Verdict> =>
  fc.oneof({ weight: 8, arbitrary: right.map(good) }, { weight: 1, arbitrary: wrong.map(bad) });
const sometimes = <T>(values: fc.Arbitrary<T>, present: number, absent: number): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: present, arbitrary: values }, { weight: absent, arbitrary: fc.constant(null) });
const good = (text: string): Verdict => ({ text, valid: true });
const bad = (text: string): Verdict => ({ text, valid: false });

/** Values of one parameter, or `null` where nothing is known of its format. */
function verdicts(property: PropertySchema): fc.Arbitrary<Verdict> | null {
  const { type, format, pattern, minimum, maximum, maxLength } = property;
  if (property.enum !== undefined && format === undefined)
    return mixed(fc.constantFrom(...property.enum), fc.constantFrom('nonsense', 'NONE ', ''));
  if (type === 'boolean') return mixed(fc.constantFrom('0', '1'), fc.constantFrom('yes', 'true', '2', ''));
  if (type === 'integer' && format === undefined) {
    const low = minimum ?? 0;
    const high = maximum ?? low + 1_000;
    const edges = [
      ...(minimum === undefined ? [] : [String(minimum - 1)]),
      ...(maximum === undefined ? [] : [String(maximum + 1)]),
    ];
    return mixed(fc.integer({ min: low, max: high }).map(String), fc.constantFrom('x', '1.5', '', ...edges));
  }
  if (type === 'number') {
    const above = maximum === undefined ? [] : [String(maximum + 1)];
    return mixed(fc.constantFrom(String(minimum ?? 1), String(maximum ?? 32)), fc.constantFrom('one', '1,5', ...above));
  }
  if (typeof format === 'object') return propertyString(format);
  const sample = format === undefined ? undefined : SAMPLES[format];
  if (sample !== undefined && pattern === undefined && property.enum === undefined) {
    const [accepted, refused] = sample;
    const inRange = (text: string): boolean => maxLength === undefined || text.length <= maxLength;
    return mixed(fc.constantFrom(...accepted.filter(inRange)), fc.constantFrom(...refused));
  }
  if (format === undefined && pattern === undefined && maxLength !== undefined)
    return mixed(fc.constant('x'.repeat(maxLength)), fc.constant('x'.repeat(maxLength + 1)));
  return null;
}

/** All required keys, some others; few are wrong. */
function propertyString(format: Readonly<Record<string, PropertySchema>>): fc.Arbitrary<Verdict> | null {
  const plain = Object.entries(format).filter(
    ([, property]) => property.alias === undefined && property.requires === undefined,
  );
  const known = plain.flatMap(([key, property]): [string, PropertySchema, fc.Arbitrary<Verdict>][] => {
    const values = verdicts(property);
    return values === null ? [] : [[key, property, values.filter(({ text }) => text !== '' && !/[,=]/.test(text))]];
  });
  if (plain.some(([key, { optional }]) => optional !== true && !known.some(([name]) => name === key))) return null;
  const parts = known.map(([key, property, values]) =>
    (property.optional === true ? sometimes(values, 1, 3) : values).map((value) =>
      value === null ? null : { ...value, text: `${key}=${word(property, value)}` },
    ),
  );
  return fc
    .tuple(...parts)
    .map((all) => {
      const given = all.filter((part) => part !== null);
      return { text: given.map(({ text }) => text).join(','), valid: given.every(({ valid }) => valid) };
    })
    .filter(({ text }) => text !== '');
}

/** Booleans inside a property string may be words, so the wrong ones differ from those outside. */
function word({ type }: PropertySchema, { text, valid }: Verdict): string {
  return type === 'boolean' && !valid ? 'perhaps' : text;
}

/** @returns `null` where a required parameter is of a format that nothing is known of */
function cases(properties: Readonly<Record<string, PropertySchema>>): fc.Arbitrary<Case> | null {
  const usable = Object.entries(properties).flatMap(
    ([key, property]): [string, PropertySchema, fc.Arbitrary<Verdict>][] => {
      const values = verdicts(property);
      return values === null || property.requires !== undefined ? [] : [[key.replace('[n]', '0'), property, values]];
    },
  );
  const unusableRequired = Object.values(properties).some(
    (property) => property.optional !== true && verdicts(property) === null,
  );
  if (unusableRequired) return null;
  const picked = usable.map(([key, property, values]) =>
    sometimes(values, property.optional === true ? 1 : 40, property.optional === true ? 7 : 1).map(
      (value) => [key, property, value] as const,
    ),
  );
  return fc.tuple(...picked).map((all) => {
    const wrong = all
      .filter(([, property, value]) => (value === null ? property.optional !== true : !value.valid))
      .map(([key]) => key);
    return {
      values: Object.fromEntries(all.flatMap(([key, , value]) => (value === null ? [] : [[key, value.text]]))),
      wrong: new Set(wrong),
    };
  });
}

describe.skipIf(!FILES.every((file) => existsSync(file)))('verdicts by construction', () => {
  test.each(PVE_VERSIONS.map((version, index) => [version, FILES[index] ?? ''] as const))(
    `%s: ${SETS} parameter sets`,
    (version, file) => {
      const raw = distiller.rawEndpoints(distiller.readTree(file));
      const endpoints = endpointsOf(version)
        .filter(({ parameters }) => parameters.size > 1)
        .flatMap((endpoint) => {
          const properties = Object.fromEntries(
            Object.entries(raw.get(endpoint.name).parameters?.properties ?? {}).map(([key, value]) => [
              key,
              distiller.distilProperty(value),
            ]),
          );
          const sets = cases(properties);
          return sets === null ? [] : [{ endpoint, sets }];
        });
      expect(endpoints.length).toBeGreaterThan(30);
      const any = fc.oneof(
        ...endpoints.map(({ endpoint, sets }) => ({
          arbitrary: sets.map((made) => ({ endpoint, made })),
          weight: endpoint.parameters.size > 200 ? 3 : 1,
        })),
      );
      let wrongSets = 0;
      let rightSets = 0;
      fc.assert(
        fc.property(any, ({ endpoint, made }) => {
          const errors = validate(endpoint, made.values);
          if (made.wrong.size > 0) wrongSets++;
          else rightSets++;
          expect(
            new Set(Object.keys(errors)),
            `${endpoint.name} ${JSON.stringify(errors)} of ${JSON.stringify(made.values).slice(0, 2_000)}`,
          ).toEqual(made.wrong);
        }),
        { numRuns: SETS },
      );
      expect(Math.min(wrongSets, rightSets), `${wrongSets} wrong, ${rightSets} right`).toBeGreaterThan(SETS / 20);
    },
  );
});
