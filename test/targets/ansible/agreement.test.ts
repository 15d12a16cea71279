/**
 * The role and the simulator each know what an option means that is not written, and which spellings are the same.
 * Both are asked about the same VMs, and have to agree on `equal` and `different`.
 */

import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { vmCluster, type Vm, type VmCluster } from '../../../src/model/cluster.ts';
import { differences, type Difference } from '../../../src/simulator/compare/differences.ts';
import { expected } from '../../../src/simulator/compare/expected.ts';
import { normalizeVm, type NormalVm } from '../../../src/simulator/compare/normalize.ts';
import { checkProperty, type Errors } from '../../../src/simulator/schema/check.ts';
import { vmConfigProperties } from '../../../src/simulator/schema/facts.ts';
import { objectFormat } from '../../../src/simulator/schema/property-string.ts';
import { PVE_VERSIONS, type PropertySchema, type PveVersion } from '../../../src/simulator/schema/types.ts';
import { sampleWithVms } from '../../support/cluster.ts';
import { FilterPlugin, hasPython } from '../../support/filter-plugin.ts';
import { FIXTURES, ROOT, validateFixture } from '../../support/validation.ts';
import { configOf, foundOf, modelOf, type Model } from './inventory-host.ts';

type Config = Readonly<Record<string, string>>;

/** A VM of the inventory. */
interface Subject {
  readonly name: string;
  readonly vm: Vm;
  /** What the role is given of it. */
  readonly model: Model;
  /** As provision makes it. */
  readonly config: Config;
  /** What the simulator demands of it. */
  readonly wanted: ReadonlyMap<PveVersion, NormalVm>;
}

function subjectsOf(name: string, cluster: VmCluster): Subject[] {
  const wanted = PVE_VERSIONS.map((version) => [version, expected(cluster, version)] as const);
  return cluster.nodes.map((node) => {
    const model = modelOf(cluster, node);
    return {
      name: `${name} ${node.name}`,
      vm: node.vm,
      model,
      config: configOf(model),
      wanted: new Map(wanted.map(([version, vms]) => [version, vms.get(node.vm.vmId) ?? never()])),
    };
  });
}

function never(): never {
  throw new Error('a valid fixture has a cluster, and each of its VMs a normal form');
}

function fixture(directory: string): Subject[] {
  const cluster = vmCluster(validateFixture(directory).cluster ?? never());
  return cluster === null ? [] : subjectsOf(directory.slice(ROOT.length), cluster);
}

/** A VM for which every option is what it means where it is not written. */
const defaults = sampleWithVms((vm) => ({
  ...vm,
  bios: 'seabios',
  machine: 'pc',
  osType: 'other',
  cpuType: 'kvm64',
  cores: 1,
  sockets: 1,
  numa: false,
  memoryMiB: 512,
  scsiController: 'lsi',
  efiDisk: null,
  agent: false,
  onBoot: false,
  protection: false,
  disks: [{ ...vm.disks[0], ssd: false, discard: false, iothread: false, backup: true, replicate: true }],
  nics: [{ ...vm.nics[0], queues: 0, firewall: false }],
}));

const subjects = [
  ...subjectsOf('defaults', defaults),
  ...[ROOT, ...readdirSync(join(FIXTURES, 'valid')).map((name) => join(FIXTURES, 'valid', name))].flatMap(fixture),
];

/** What the simulator makes of a VM with this configuration. */
function bySimulator({ vm, wanted }: Subject, config: Config, version: PveVersion): Difference[] {
  const state = {
    vmid: vm.vmId,
    node: vm.pveNode,
    config: Object.entries(config),
    pendingKeys: [],
    pool: vm.pool,
    running: true,
  };
  return differences(
    new Map([[vm.vmId, wanted.get(version) ?? never()]]),
    new Map([[vm.vmId, normalizeVm(state, vmConfigProperties(version))]]),
  );
}

describe.skipIf(!hasPython)('the role and the simulator (python3)', () => {
  const python = new FilterPlugin('proxmox_vm_review');
  afterAll(() => {
    python.close();
  });

  /** What the role makes of it. */
  const byRole = async ({ model }: Subject, config: Config): Promise<readonly unknown[]> => {
    const found = (await python.call('proxmox_vm_review', model, [foundOf(model, config)])) as {
      readonly changes: readonly unknown[];
      readonly problems: readonly unknown[];
    };
    return [...found.changes, ...found.problems];
  };

  const agree = async (subject: Subject, config: Config, version: PveVersion): Promise<void> => {
    const [simulator, role] = [bySimulator(subject, config, version), await byRole(subject, config)];
    const says = (list: readonly unknown[]): string => (list.length === 0 ? 'equal' : 'different');
    expect(says(role), JSON.stringify({ simulator, role })).toBe(says(simulator));
  };

  it.each(subjects.map((subject) => [subject.name, subject] as const))(
    '%s: as provision makes it',
    async (_name, subject) => {
      const { config } = subject;
      for (const version of PVE_VERSIONS) expect(bySimulator(subject, config, version), version).toEqual([]);
      expect(await byRole(subject, config)).toEqual([]);
    },
  );

  const any = fc.constantFrom(...subjects);
  const version = fc.constantFrom(...PVE_VERSIONS);

  it('agree on one option in another spelling, with another value, or not there', async () => {
    const cases = fc
      .tuple(any, version)
      .chain(([subject, pve]) => variation(subject.config, pve).map((config) => ({ subject, config, pve })));
    // Many at once: an answer of Python costs less than waiting for it.
    await fc.assert(
      fc.asyncProperty(fc.array(cases, { minLength: 30, maxLength: 60 }), async (list) => {
        await Promise.all(list.map(({ subject, config, pve }) => agree(subject, config, pve)));
      }),
      { numRuns: 30 },
    );
  });

  it('agree on every default and every other value that the schema names', async () => {
    const seen = new Map<string, () => Promise<void>>();
    for (const subject of subjects) {
      const { config } = subject;
      for (const pve of PVE_VERSIONS) {
        for (const [key, text] of Object.entries(config)) {
          for (const changed of named(key, text, pve)) {
            const id = [pve, key, text, changed ?? ''].join(' ').replaceAll(NAMES, '');
            seen.set(id, () => agree(subject, without(config, key, changed), pve));
          }
        }
      }
    }
    await Promise.all([...seen.values()].map((ask) => ask()));
    expect(seen.size).toBeGreaterThan(300);
  });
});

function without(config: Config, key: string, value: string | null): Config {
  const { [key]: _old, ...rest } = config;
  return value === null ? rest : { ...rest, [key]: value };
}

/** What differs from VM to VM and decides nothing. */
const NAMES = /vm-\d+-|[0-9A-F]{2}(?::[0-9A-F]{2}){5}|[0-9a-f-]{36}/g;

const FIRMWARE = /^(?:efidisk|tpmstate)0$/;
const DRIVE = /^(?:scsi|ide)\d+$/;

/** Options that the inventory has none of, and speaks for all the same. */
const OWNED: readonly (readonly [key: string, values: readonly string[]])[] = [
  ['watchdog', ['i6300esb', 'model=ib700', 'model=i6300esb,action=reset']],
  ['cicustom', ['user=local:snippets/x.yaml']],
  ['citype', ['nocloud', 'configdrive2', 'opennebula']],
  ['nameserver', ['192.0.2.1']],
  ['ipconfig9', ['ip=dhcp', 'ip=192.0.2.7/24,gw=192.0.2.1', 'ip6=auto']],
  ['net9', ['virtio=BC:24:11:99:99:99,bridge=vmbr0', 'e1000=BC:24:11:99:99:99']],
];

/** Sub-keys that the inventory leaves to the host, or that decide nothing: what the role does not look at. */
function isSpokenFor(key: string, sub: string): boolean {
  // The keys in an EFI disk cannot be changed afterwards; of a CD-ROM drive its volume is compared.
  if (FIRMWARE.test(key)) return ['efitype', 'pre-enrolled-keys', 'version'].includes(sub);
  return !key.startsWith('ide');
}

/** A key's value as sub-keys; `''` is what stands without a name. */
function taken(key: string, text: string): Map<string, string> {
  return new Map(
    text.split(',').map((part, index): [string, string] => {
      const at = part.indexOf('=');
      return at === -1 || (index === 0 && (DRIVE.test(key) || FIRMWARE.test(key)))
        ? ['', part]
        : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

function put(values: ReadonlyMap<string, string>): string {
  return [...values].map(([name, value]) => (name === '' ? value : `${name}=${value}`)).join(',');
}

/** Values of a key that its schema names: the default, each of a list, the bounds of a number. */
function valuesOf({ type, enum: list, default: usual, minimum, maximum }: PropertySchema): string[] {
  const numbers = [minimum, maximum].flatMap((bound) => (bound === undefined ? [] : [String(bound)]));
  const flags = type === 'boolean' ? ['0', '1'] : [];
  return [...new Set([...(usual === undefined ? [] : [usual]), ...(list ?? []), ...numbers, ...flags])];
}

/** The same for sub-keys whose default is told by no schema. Source: normalize.ts. */
const UNTOLD: Readonly<Record<string, readonly string[]>> = {
  aio: ['io_uring'],
  backup: ['1'],
  cache: ['none'],
  discard: ['ignore'],
  iothread: ['0'],
  ro: ['0'],
  ssd: ['0'],
  snapshot: ['0'],
  firewall: ['0'],
  link_down: ['0'],
  queues: ['0'],
  memory: ['16'],
  type: ['pc', 'std'],
};

/** Every other value of a key: each that its schema names, each with one sub-key more, less or other, and none. */
function named(key: string, text: string, version: PveVersion): (string | null)[] {
  const property = vmConfigProperties(version).get(key);
  if (property === undefined) return [];
  const format = objectFormat(property);
  if (format === null) return [...valuesOf(property), null];
  const values = taken(key, text);
  const others = Object.entries(format).flatMap(([name, sub]): string[] => {
    if (
      sub.alias !== undefined ||
      sub.keyAlias !== undefined ||
      ['file', 'size', 'format', 'model', 'macaddr'].includes(name)
    )
      return [];
    if (!isSpokenFor(key, name)) return [];
    const held = sub.default_key === true && values.has('') ? '' : name;
    const replaced = [...valuesOf(sub), ...(UNTOLD[name] ?? [])].map((value) =>
      put(new Map([...values, [held, value]])),
    );
    const dropped = new Map(values);
    dropped.delete(held);
    return [...replaced, ...(dropped.size === 0 ? [] : [put(dropped)])];
  });
  // A drive that is gone leaves nothing to compare by volume; the role makes it anew.
  return [...others.filter((value) => isValid(property, value)), null];
}

/** What Proxmox VE refuses is on no host. */
function isValid(property: PropertySchema, value: string): boolean {
  const errors: Errors = {};
  checkProperty(value, property, '', errors);
  return Object.keys(errors).length === 0;
}

/** A configuration that differs in one key. */
function variation(config: Config, version: PveVersion): fc.Arbitrary<Config> {
  const keys = Object.keys(config).filter((key) => key !== 'digest');
  const owned = OWNED.filter(([key]) => config[key] === undefined).flatMap(([key, values]) =>
    values.map((value) => ({ ...config, [key]: value })),
  );
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .constantFrom(...keys)
        .chain((key) => otherText(key, config[key] ?? '', version).map((text) => without(config, key, text))),
    },
    ...(owned.length === 0 ? [] : [{ weight: 1, arbitrary: fc.constantFrom(...owned) }]),
  );
}

function otherText(key: string, text: string, version: PveVersion): fc.Arbitrary<string | null> {
  const spelled = spellings(key, text);
  const values = named(key, text, version);
  const plain = ['name', 'description'].includes(key) ? [`${text}x`, null] : [];
  const all = [...values, ...plain];
  return all.length === 0 ? spelled : fc.oneof(spelled, fc.constantFrom(...all));
}

/** The same value in other words. */
function spellings(key: string, text: string): fc.Arbitrary<string> {
  const words = fc.constantFrom(' ', ';', ',', ', ');
  switch (key) {
    case 'description':
      return fc.constantFrom(`${text}\n`, ` ${text}`, text);
    case 'tags':
      return fc.tuple(shuffled(text.split(';')), words).map(([tags, between]) => tags.join(between));
    case 'nameserver':
      return words.map((between) => text.split(' ').join(between));
    default:
      break;
  }
  const [first = '', ...others] = text.split(',');
  const isDrive = DRIVE.test(key) || FIRMWARE.test(key);
  const head = isDrive ? fc.constantFrom(first, first.replace(/disk-\w+$/, 'disk-77')) : inWords(key, first);
  const rest = fc.tuple(...others.map((part) => inWords(key, part)));
  const parts = isDrive
    ? fc.tuple(head, rest.chain(shuffled)).map(([start, options]) => [start, ...options])
    : fc.tuple(head, rest).chain(([start, options]) => shuffled([start, ...options]));
  return parts.map((all) => all.join(','));
}

/** One part of a value: sizes in other units, and words where a flag is 1 or 0. */
function inWords(key: string, part: string): fc.Arbitrary<string> {
  const [name = '', value = ''] = part.split('=');
  if (name === 'size' && value.endsWith('G')) {
    const gib = Number(value.slice(0, -1));
    return fc.constantFrom(part, `size=${gib * 1024}M`, `size=${gib * 2 ** 30}`);
  }
  const isFlag = objectFormat(vmConfigProperties('9.1').get(key))?.[name]?.type === 'boolean';
  if (!isFlag) return fc.constant(part);
  const words = value === '1' ? ['1', 'on', 'yes', 'True'] : ['0', 'off', 'no', 'False'];
  return fc.constantFrom(...words.map((word) => `${name}=${word}`));
}

function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}
