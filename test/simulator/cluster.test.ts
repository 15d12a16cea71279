import { afterEach, describe, expect, test } from 'vitest';
import { manualClock, type SimulatorOptions } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
const start = async (options: SimulatorOptions = {}) => (client = await pve({ seed: seed(), ...options }));
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

describe('cluster/resources', () => {
  test('hears of a VM only with the next broadcast, of its id and lock at once', async () => {
    const clock = manualClock();
    await start({ clock, staleMilliseconds: 10_000 });
    const entry = async () =>
      (await client.get('/cluster/resources', { type: 'vm' })).find(({ vmid }: Json) => vmid === 101);
    await client.task('POST', `${NODE}/9000/clone`, { newid: 101, name: 'cp-1' });
    expect(await entry()).toEqual({
      id: 'qemu/101',
      vmid: 101,
      node: 'pve',
      type: 'qemu',
      status: 'unknown',
      tags: 'talos;template',
    });
    clock.advance(9_999);
    expect(await entry()).not.toHaveProperty('name');
    clock.advance(1);
    expect(await entry()).toMatchObject({ name: 'cp-1', status: 'stopped', template: 0 });
    await client.task('POST', `${NODE}/101/status/start`);
    await client.call('PUT', `${NODE}/101/config`, { name: 'cp-one', tags: 'x' });
    expect(await entry()).toMatchObject({ name: 'cp-1', status: 'stopped', tags: 'x' });
    expect(await client.get(`${NODE}/101/status/current`)).toMatchObject({ name: 'cp-one', status: 'running' });
    clock.advance(10_000);
    expect(await entry()).toMatchObject({ name: 'cp-one', status: 'running' });
    await client.task('POST', `${NODE}/101/status/stop`);
    await client.task('DELETE', `${NODE}/101`);
    expect(await entry()).toBeUndefined();
  });

  test('is stale by default', async () => {
    await start({ staleMilliseconds: undefined as never });
    await client.task('POST', `${NODE}/9000/clone`, { newid: 101 });
    expect((await client.get('/cluster/resources', { type: 'vm' }))[0]).toMatchObject({ vmid: 101, status: 'unknown' });
  });

  test('what was there from the start is known', async () => {
    await start({ staleMilliseconds: 10_000 });
    expect((await client.get('/cluster/resources', { type: 'vm' }))[0]).toMatchObject({
      vmid: 9000,
      name: 'talos',
      template: 1,
    });
  });

  test('types can be asked for', async () => {
    await start();
    const types = async (form = {}) => [
      ...new Set((await client.get('/cluster/resources', form)).map(({ type }: Json) => type)),
    ];
    expect(await types()).toEqual(['qemu', 'node', 'storage', 'network']);
    expect(await types({ type: 'storage' })).toEqual(['storage']);
  });
});

describe('cluster', () => {
  test.each([
    ['8.4', '8.4'],
    ['9.0', '9.0'],
    ['9.1', '9.1'],
  ])('version %s', async (version, release) => {
    await start({ version });
    expect(await client.get('/version')).toMatchObject({ release, version: expect.stringMatching(`^${release}\\.`) });
  });

  test('nextid', async () => {
    await start();
    expect(await client.get('/cluster/nextid')).toBe('100');
    expect(await client.get('/cluster/nextid', { vmid: 500 })).toBe('500');
    expect(await client.call('GET', '/cluster/nextid', { vmid: 9000 })).toMatchObject({
      status: 400,
      errors: { vmid: 'VM 9000 already exists' },
    });
  });

  test('a node that is not there', async () => {
    await start();
    expect((await client.call('GET', '/nodes/pve9/qemu')).reason).toBe(
      "hostname lookup 'pve9' failed - failed to get address info for: pve9: Name or service not known",
    );
    expect((await client.call('GET', '/nodes/localhost/qemu')).data).toHaveLength(1);
  });

  test('a VM of another node is not found on this one, and its id is taken', async () => {
    await start({
      seed: seed({
        nodes: [
          { name: 'pve', bridges: ['vmbr0'] },
          { name: 'pve2', bridges: ['vmbr0'] },
        ],
      }),
    });
    await client.task('POST', '/nodes/pve2/qemu', { vmid: 101 });
    expect((await client.call('GET', `${NODE}/101/config`)).reason).toBe(
      "Configuration file 'nodes/pve/qemu-server/101.conf' does not exist",
    );
    expect(await client.task('POST', `${NODE}/9000/clone`, { newid: 101 })).toBe(
      "close (rename) atomic file '/etc/pve/nodes/pve/qemu-server/101.conf' failed: File exists",
    );
    expect((await client.call('POST', `${NODE}/9000/clone`, { newid: 102, target: 'pve2' })).reason).toBe(
      "can't clone VM to node 'pve2' (VM uses local storage)",
    );
  });

  test('on shared storage a clone goes to another node', async () => {
    const shared = seed();
    await start({
      seed: {
        ...shared,
        nodes: [...shared.nodes, { name: 'pve2', bridges: ['vmbr0'] }],
        storages: shared.storages.map((storage) => ({ ...storage, shared: storage.id === 'local-lvm' })),
      },
    });
    expect(
      await client.task('POST', `${NODE}/9000/clone`, { newid: 101, target: 'pve2', full: 1, storage: 'local-lvm' }),
    ).toBe('OK');
    expect((await client.get('/nodes/pve2/qemu/101/config'))['scsi0']).toContain('local-lvm:vm-101-disk-0');
  });
});
