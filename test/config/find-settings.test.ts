/** Every key that can be written, written: `talmox explain` names its place, and so does what falls back to it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSettings } from '../../src/config/find-settings.ts';
import { NODE_KEY_ALIASES } from '../../src/config/known-keys.ts';
import type { Setting } from '../../src/config/origin.ts';
import { resolve } from '../../src/config/resolve.ts';
import type { ClusterFile, NodesFile } from '../../src/model/files.gen.ts';
import type { InputFile } from '../../src/model/issue.ts';
import { ROOT } from '../support/validation.ts';

type Json = Readonly<Record<string, unknown>>;

interface KeySchema {
  readonly type?: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly additionalProperties?: KeySchema | boolean;
  readonly items?: KeySchema;
}

/** One key in one file, written with one value. */
interface Written {
  /** As `explain` takes it: `talos.image.overlay.name`, `routes[0].gateway`. */
  readonly key: string;
  readonly pointer: string;
  /** Top-level key and value of the file, or of the node. */
  readonly entry: readonly [key: string, value: unknown];
}

const HOST = 'pve1';

function schema(name: 'cluster' | 'nodes'): KeySchema {
  return JSON.parse(readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8')) as KeySchema;
}

/** A key below another one: how its name and its pointer go on, and what the other's value becomes. */
interface Below {
  readonly text: string;
  readonly pointer: string;
  readonly value: unknown;
}

/** Examples, and others beside them, so that one of them is not the default. */
function values(node: KeySchema): unknown[] {
  const examples = node.examples ?? [];
  const others = examples.flatMap((value): unknown[] => {
    if (typeof value === 'boolean') return [!value];
    if (typeof value === 'number') return [value + 1];
    const isName = typeof value === 'string' && node.format === undefined && node.pattern !== undefined;
    return isName && new RegExp(node.pattern).test(`${value}9`) ? [`${value}9`] : [];
  });
  return [...examples, ...(node.enum ?? others)];
}

/** Everything that can be written as the value of a key: each example, and each example of each key below. */
function below(node: KeySchema): Below[] {
  const itself = values(node).map((value) => ({ text: '', pointer: '', value }));
  const keys = Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    below(child).map(({ text, pointer, value }) => ({
      text: `.${key}${text}`,
      pointer: `/${key}${pointer}`,
      value: { [key]: value },
    })),
  );
  const items =
    node.items === undefined
      ? []
      : below({ properties: node.items.properties ?? {} }).map(({ text, pointer, value }) => ({
          text: `[0]${text}`,
          pointer: `/0${pointer}`,
          value: [value],
        }));
  const hosts =
    typeof node.additionalProperties === 'object' && node.additionalProperties.properties !== undefined
      ? below({ properties: node.additionalProperties.properties }).map(({ text, pointer, value }) => ({
          text: `.${HOST}${text}`,
          pointer: `/${HOST}${pointer}`,
          value: { [HOST]: value },
        }))
      : [];
  return [...itself, ...keys, ...items, ...hosts];
}

function everyKey(properties: Readonly<Record<string, KeySchema>>): Written[] {
  return Object.entries(properties).flatMap(([key, node]) =>
    below(node).map(({ text, pointer, value }) => ({
      key: `${key}${text}`,
      pointer: `/${key}${pointer}`,
      entry: [key, value] as const,
    })),
  );
}

const clusterKeys = everyKey(schema('cluster').properties ?? {});
const nodeKeys = everyKey(schema('nodes').properties?.['nodes']?.items?.properties ?? {});

const BASE = { node_cidr: '10.10.10.0/24', cluster_api_addr: '10.10.10.5' };
const PLATFORM = { proxmox_api_url: 'https://10.10.10.2:8006', proxmox_node: HOST };
const NODES = [
  { name: 'cp-1', address: '10.10.10.11', controller: true },
  { name: 'w-1', address: '10.10.10.21', controller: false },
  { name: 'w-2', address: '10.10.10.22', controller: false, vm_extra_disks: [{ size: 10 }] },
];

function explained(cluster: Json, nodes: readonly Json[]): { settings: Setting[]; nodes: string[] } {
  const settings: Setting[] = [];
  const written = { clusterFile: cluster as unknown as ClusterFile, nodesFile: { nodes } as unknown as NodesFile };
  const resolved = resolve(written.clusterFile, written.nodesFile, {
    without: new Set(),
    trace: (setting) => settings.push(setting),
  });
  return { settings, nodes: resolved.nodes.map(({ name }) => name) };
}

/** A group of `cluster.yaml` is explained key by key. */
function pointersOf({ key, pointer, entry }: Written): string[] {
  const isGroup = schema('cluster').properties?.[key]?.properties !== undefined;
  return isGroup ? Object.keys(entry[1] as Json).map((name) => `${pointer}/${name}`) : [pointer];
}

function place(file: InputFile, pointer: string): unknown {
  return expect.objectContaining({ origin: expect.objectContaining({ kind: 'file', file, pointer }) });
}

describe.each([
  ['with Proxmox VE', { ...BASE, ...PLATFORM }],
  ['on bare metal', BASE],
])('a key names the place where it is written, %s', (_name, base) => {
  it.each(clusterKeys.map((written) => [written.key, written] as const))('%s', (_key, written) => {
    const { key, entry } = written;
    const found = findSettings(explained({ ...base, [entry[0]]: entry[1] }, NODES), key);
    for (const pointer of pointersOf(written)) expect(found).toContainEqual(place('cluster.yaml', pointer));
  });

  it.each(nodeKeys.map((written) => [written.key, written] as const))('node %s', (_key, { key, pointer, entry }) => {
    const nodes = NODES.map((node, index) => (index === 1 ? { ...node, [entry[0]]: entry[1] } : node));
    const name = entry[0] === 'name' ? String(entry[1]) : 'w-1';
    expect(findSettings(explained(base, nodes), name, key)).toContainEqual(place('nodes.yaml', `/nodes/1${pointer}`));
  });
});

describe('what a written key changes is not called built-in', () => {
  const before = explained({ ...BASE, ...PLATFORM }, NODES);
  const id = ({ node, key }: Setting): string => `${node ?? ''} ${key}`;

  it.each(clusterKeys.map((written) => [written.key, written] as const))('%s', (_key, { entry }) => {
    const after = explained({ ...BASE, ...PLATFORM, [entry[0]]: entry[1] }, NODES);
    const old = new Map(before.settings.map((setting) => [id(setting), JSON.stringify(setting.value)]));
    const changed = after.settings.filter(
      (setting) => old.has(id(setting)) && old.get(id(setting)) !== JSON.stringify(setting.value),
    );
    expect(changed.filter(({ origin }) => origin.kind === 'built-in').map(id)).toEqual([]);
  });
});

it('settings of the cluster do not appear under a node', () => {
  const found = explained({ ...BASE, ...PLATFORM }, NODES);
  const keys = findSettings(found, 'w-2').map(({ key }) => key.replace(/[.[].*/, ''));
  const ofNodes = Object.keys(schema('nodes').properties?.['nodes']?.items?.properties ?? {});
  const facts = ['smbios uuid', 'qemu agent', 'watchdog', 'vga', 'serial ports'];
  expect(keys.filter((key) => !ofNodes.includes(key) && !facts.includes(key))).toEqual([]);
});

/** What falls back, by whom, and from where: key of w-2, what is written, and what stands behind it. */
const FALLBACKS: readonly (readonly [key: string, cluster: Json, kind: string, pointer: string, value: unknown])[] = [
  [
    'vm_cpu_type',
    { proxmox_vm_advanced: { cpu_type: 'x86-64-v3' } },
    'cluster',
    'proxmox_vm_advanced/cpu_type',
    'x86-64-v3',
  ],
  ['qemu agent', { proxmox_vm_advanced: { qemu_agent: false } }, 'cluster', 'proxmox_vm_advanced/qemu_agent', false],
  [
    'vm_bridge',
    { proxmox_vm_advanced: { network_bridge: 'vmbr7' } },
    'cluster',
    'proxmox_vm_advanced/network_bridge',
    'vmbr7',
  ],
  ['vm_bridge', { proxmox: { hosts: { pve1: { bridge: 'vmbr8' } } } }, 'host', 'proxmox/hosts/pve1/bridge', 'vmbr8'],
  ['vm_disk_storage', { proxmox_disk_storage: 'tank' }, 'cluster', 'proxmox_disk_storage', 'tank'],
  [
    'vm_disk_storage',
    { proxmox: { hosts: { pve1: { disk_storage: 'ssd' } } } },
    'host',
    'proxmox/hosts/pve1/disk_storage',
    'ssd',
  ],
  ['vm_extra_disks[0].storage', { proxmox_disk_storage: 'tank' }, 'cluster', 'proxmox_disk_storage', 'tank'],
  [
    'vm_extra_disks[0].backup',
    { proxmox_vm_advanced: { disk_backup: true } },
    'cluster',
    'proxmox_vm_advanced/disk_backup',
    true,
  ],
  ['vm_memory', { proxmox_vm_defaults: { memory: 4096 } }, 'cluster', 'proxmox_vm_defaults/memory', 4096],
  ['vm_memory', { proxmox_vm_worker_defaults: { memory: 6144 } }, 'role', 'proxmox_vm_worker_defaults/memory', 6144],
  [
    'vm_disk_size',
    { proxmox_vm_worker_defaults: { disk_size: 99 } },
    'role',
    'proxmox_vm_worker_defaults/disk_size',
    99,
  ],
  ['vm_boot_source', { proxmox: { boot_source: 'iso' } }, 'cluster', 'proxmox/boot_source', 'iso'],
  ['proxmox_node', { proxmox_node: 'pve9' }, 'cluster', 'proxmox_node', 'pve9'],
  ['vlan_tag', { node_vlan_tag: 22 }, 'cluster', 'node_vlan_tag', 22],
  ['schematic_id', { schematic_id: 'f'.repeat(64) }, 'cluster', 'schematic_id', 'f'.repeat(64)],
];

describe('a setting that falls back to another names the place of that', () => {
  it.each(FALLBACKS)('%s, of %j', (key, cluster, kind, pointer, value) => {
    const [found] = findSettings(explained({ ...BASE, ...PLATFORM, ...cluster }, NODES), 'w-2', key);
    expect(found).toMatchObject({
      value,
      origin: { kind: `${kind} default`, file: 'cluster.yaml', pointer: `/${pointer}` },
    });
  });

  it.each([
    ['proxmox.hosts.pve1.iso_storage', { proxmox_iso_storage: 'nfs' }, '/proxmox_iso_storage'],
    ['proxmox.hosts.pve1.import_storage', { proxmox: { import_storage: 'nfs' } }, '/proxmox/import_storage'],
    ['proxmox.hosts.pve1.snippets_storage', { proxmox: { snippets_storage: 'nfs' } }, '/proxmox/snippets_storage'],
    ['proxmox_vm_worker_defaults.cores', { proxmox_vm_defaults: { cores: 3 } }, '/proxmox_vm_defaults/cores'],
  ])('%s, of %j', (key, cluster, pointer) => {
    const [found] = findSettings(explained({ ...BASE, ...PLATFORM, ...cluster }, NODES), key);
    expect(found?.origin).toEqual({ kind: 'cluster default', file: 'cluster.yaml', pointer });
  });

  it('an extra disk without a storage is on that of the system disk, wherever that is said', () => {
    const nodes = NODES.map((node) => (node.name === 'w-2' ? { ...node, vm_disk_storage: 'fast' } : node));
    const [found] = findSettings(explained({ ...BASE, ...PLATFORM }, nodes), 'w-2', 'vm_extra_disks[0].storage');
    expect(found).toMatchObject({ value: 'fast', origin: { kind: 'file', pointer: '/nodes/2/vm_disk_storage' } });
  });

  it('a built-in value names the key that changes it', () => {
    const [found] = findSettings(explained({ ...BASE, ...PLATFORM }, NODES), 'w-2', 'vm_cpu_type');
    expect(found?.origin).toEqual({ kind: 'built-in', reason: 'the default of proxmox_vm_advanced.cpu_type' });
  });
});

describe('a word that is none', () => {
  const found = explained({ ...BASE, ...PLATFORM }, NODES);
  const said = (...words: string[]): string => {
    try {
      findSettings(found, ...(words as [string]));
      return 'found';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [['w-l', 'vm_memory'], 'there is no node w-l; did you mean w-1?'],
    [['w-1', 'vm_memry'], 'a node has no key vm_memry; did you mean vm_memory?'],
    [['w-1', 'bridge'], 'a node has no key bridge; did you mean vm_bridge?'],
    [
      ['w-1', 'qemu'],
      'a node has no key qemu; did you mean the key of the cluster, `talmox explain proxmox_vm_advanced.qemu_agent`?',
    ],
    [['vm_memry'], 'there is no node and no key vm_memry; did you mean vm_memory?'],
    [['node_cdir'], 'there is no node and no key node_cdir; did you mean node_cidr?'],
    [['pool'], 'there is no node and no key pool; did you mean proxmox.pool?'],
    [['talos.extension'], 'there is no node and no key talos.extension; did you mean talos.extensions?'],
    [['vm_memory', 'w-1'], 'the node comes first; did you mean `talmox explain w-1 vm_memory`?'],
    [['w-1', 'node_cidr'], 'node_cidr is a key of the cluster, not of a node; run `talmox explain node_cidr`'],
    [['w-1', 'zzzzzz'], 'a node has no key zzzzzz; `talmox explain w-1` prints all it has'],
    [['zzzzzz', 'vm_memory'], 'there is no node zzzzzz; the nodes are cp-1, w-1, w-2'],
    [
      ['zzzzzz'],
      'there is no node and no key zzzzzz; `talmox explain` prints all keys of the cluster, and the nodes are cp-1, w-1, w-2',
    ],
  ])('%j', (words, message) => {
    expect(said(...words)).toBe(message);
  });

  it('each command that a message names finds something', () => {
    const words = ['qemu', 'cidr', 'extension', 'boot_source', 'memory_', 'bridg', 'pool', 'api_addr', 'zzzzzz'];
    const named = words.flatMap((word) => {
      const message = said('w-1', word);
      const command = /`talmox explain (.*)`/.exec(message)?.[1] ?? '';
      const key = /did you mean (\S+)\?$/.exec(message)?.[1];
      return key === undefined ? [command.split(' ')] : [['w-1', key]];
    });
    expect(named.map((explained) => [explained, said(...explained)])).toEqual(
      named.map((explained) => [explained, 'found']),
    );
  });

  it.each(NODE_KEY_ALIASES)('%s is understood as %s', (alias, key) => {
    expect(findSettings(found, 'w-1', alias).map((setting) => setting.key)).toEqual([key]);
  });
});

it('a key of all nodes is asked for without one', () => {
  const found = explained({ ...BASE, ...PLATFORM }, NODES);
  expect(findSettings(found, 'vm_memory').map(({ node }) => node)).toEqual(['cp-1', 'w-1', 'w-2']);
});
