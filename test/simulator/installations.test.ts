/** Hosts as installers leave them. */

import { afterEach, describe, expect, test } from 'vitest';
import {
  installationSeed,
  INSTALLATIONS,
  PVE_VERSIONS,
  roleEverywhere,
  type Installation,
  type InstallationOptions,
  type PveVersion,
} from '../../src/simulator/index.ts';
import { pve, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const start = async (seed: Installation, version: PveVersion = '9.1') => (client = await pve({ seed, version }));
const contents = async () => {
  const storages: Json[] = await client.get('/storage');
  return Object.fromEntries(storages.map(({ storage, content }) => [storage, content]));
};
const WITHOUT_IMPORT = { local: 'iso,vztmpl,backup', 'local-lvm': 'images,rootdir' };
const WITH_IMPORT = { ...WITHOUT_IMPORT, local: 'iso,vztmpl,backup,import' };

test.each<[Installation, PveVersion, object]>([
  ['fresh', '8.4', WITHOUT_IMPORT],
  ['fresh', '9.0', WITH_IMPORT],
  ['fresh', '9.1', WITH_IMPORT],
  ['8.4-fresh', '8.4', WITHOUT_IMPORT],
  // An upgrade changes nothing of it.
  ['8.4-fresh', '9.1', WITHOUT_IMPORT],
  ['9.0-fresh', '9.1', WITH_IMPORT],
  ['9.1-fresh', '9.1', WITH_IMPORT],
  ['three-hosts', '8.4', WITHOUT_IMPORT],
  ['three-hosts-shared', '9.1', { ...WITH_IMPORT, nas: 'images,import,iso' }],
])('%s, run as %s', async (seed, version, expected) => {
  await start(seed, version);
  expect(await contents()).toEqual(expected);
  expect((await client.get('/nodes')).map(({ node }: Json) => node)).toEqual(
    seed.startsWith('three') ? ['pve1', 'pve2', 'pve3'] : ['pve'],
  );
});

test.each(PVE_VERSIONS.flatMap((version) => INSTALLATIONS.map((name) => [name, version] as const)))(
  '%s, run as %s: nothing is there but what an installer makes',
  async (name, version) => {
    const isNewer = PVE_VERSIONS.some((known) => name === `${known}-fresh` && known > version);
    await start(isNewer ? 'fresh' : name, version);
    if (isNewer) {
      expect(() => installationSeed(name, version)).toThrow(`${name} is newer than Proxmox VE ${version}`);
      return;
    }
    expect(Object.values(await contents()).join()).not.toContain('snippets');
    expect(await client.get('/pools')).toEqual([]);
    expect(await client.get('/cluster/resources', { type: 'vm' })).toEqual([]);
    expect(await client.get('/cluster/sdn/zones')).toEqual([]);
    for (const { node } of await client.get('/nodes')) {
      const bridges: Json[] = await client.get(`/nodes/${node}/network`, { type: 'any_bridge' });
      expect(bridges.map(({ iface, bridge_vlan_aware: aware }) => [iface, aware])).toEqual([['vmbr0', undefined]]);
      for (const { storage, active } of await client.get(`/nodes/${node}/storage`)) {
        expect(active).toBe(1);
        expect(await client.get(`/nodes/${node}/storage/${storage}/content`)).toEqual([]);
      }
    }
  },
);

describe('what the input wants and the host has not', () => {
  test('a download to import is refused by a host that was installed with 8.4', async () => {
    await start('8.4-fresh');
    const form = { content: 'import', url: 'https://factory.talos.dev/x', filename: 'x.qcow2' };
    expect((await client.call('POST', '/nodes/pve/storage/local/download-url', form)).reason).toBe(
      "storage 'local' is not configured for content-type 'import'",
    );
  });

  test('a disk of one host is not on another, one of the shared storage is', async () => {
    await start('three-hosts-shared');
    const make = async (vmid: number, storage: string) => {
      await client.task('POST', '/nodes/pve1/qemu', { vmid, scsi0: `${storage}:1` });
      return (await client.get(`/nodes/pve2/storage/${storage}/content`)).length;
    };
    expect([await make(101, 'local-lvm'), await make(102, 'nas')]).toEqual([0, 1]);
    expect((await client.get('/nodes/pve3/storage')).filter(({ shared }: Json) => shared === 1)).toMatchObject([
      { storage: 'nas', type: 'nfs' },
    ]);
  });
});

describe('from code', () => {
  const from = async (options: InstallationOptions, version: PveVersion = '9.1') =>
    (client = await pve({
      version,
      seed: installationSeed('fresh', version, options),
      ...(options.token === undefined ? {} : { token: options.token }),
    }));

  test.each<[PveVersion, string]>([
    ['8.4', ''],
    ['9.1', ',import'],
  ])('%s on other file systems', async (version, imports) => {
    await from({ fileSystem: 'zfs' }, version);
    expect(await contents()).toEqual({ local: `iso,vztmpl,backup${imports}`, 'local-zfs': 'images,rootdir' });
    await client.close();
    await from({ fileSystem: 'btrfs' }, version);
    expect(await contents()).toEqual({
      local: 'iso,vztmpl,backup',
      'local-btrfs': `iso,vztmpl,backup,images,rootdir${imports}`,
    });
    expect(await client.get('/nodes/pve/storage')).toMatchObject([
      { storage: 'local', enabled: 0 },
      { storage: 'local-btrfs', enabled: 1 },
    ]);
  });

  test('with a token that may only look', async () => {
    const token = { user: 'audit@pve', name: 'record', secret: 'aaaaaaaa-0000-4000-8000-00000000000f' };
    await from({ token, access: roleEverywhere(token, 'PVEAuditor') });
    expect((await client.call('GET', '/nodes/pve/status')).status).toBe(200);
    expect((await client.call('POST', '/pools', { poolid: 'talos' })).status).toBe(403);
  });
});
