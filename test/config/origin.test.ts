import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Setting } from '../../src/config/origin.ts';
import { validate } from '../../src/validate.ts';
import { FIXTURES, ROOT } from '../support/validation.ts';

interface KeySchema {
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly items?: KeySchema;
}

/** Other names of keys, which are explained under the key they stand for. */
const ALIASES = ['cores', 'memory', 'disk_size'];

function settingsOf(fixture: string): readonly Setting[] {
  const file = (name: string): Uint8Array => readFileSync(join(FIXTURES, 'valid', fixture, name));
  return validate({ clusterText: file('cluster.yaml'), nodesText: file('nodes.yaml') }, { trace: true }).settings;
}

function schema(name: string): KeySchema {
  return JSON.parse(readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8')) as KeySchema;
}

describe('every key of the inputs is explained', () => {
  const clusterKeys = Object.entries(schema('cluster').properties ?? {}).flatMap(([key, node]) =>
    node.properties === undefined ? [key] : Object.keys(node.properties).map((name) => `${key}.${name}`),
  );
  const nodeKeys = Object.keys(schema('nodes').properties?.['nodes']?.items?.properties ?? {});

  it.each(['community', 'bare-metal', 'vlan-cicustom'])('of the cluster (%s)', (fixture) => {
    const explained = new Set(
      settingsOf(fixture)
        .filter((setting) => setting.node === null)
        .map((setting) => setting.key),
    );
    expect(clusterKeys.filter((key) => !explained.has(key))).toEqual([]);
  });

  it('of a node', () => {
    const explained = new Set(
      settingsOf('vlan-cicustom')
        .filter((setting) => setting.node === 'edge-w')
        .map((setting) => setting.key),
    );
    expect(nodeKeys.filter((key) => !explained.has(key) && !ALIASES.includes(key))).toEqual([]);
  });
});

it('credentials are never shown', () => {
  expect(JSON.stringify(settingsOf('community'))).not.toContain('canary');
});

it('a boot source that Secure Boot forces says so', () => {
  const source = settingsOf('secure-boot').find(
    (setting) => setting.node === 'vault-1' && setting.key === 'vm_boot_source',
  );
  expect(source).toMatchObject({
    value: 'iso',
    origin: { kind: 'derived', reason: expect.stringContaining('Secure Boot') },
  });
});
