/** Pools: nesting, members, rights. */

import { afterEach, describe, expect, test } from 'vitest';
import { PVE_VERSIONS, type AccessSeed, type HostSeed } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type PveClient } from '../support/pve.ts';

let client: PveClient;
const start = async (more: Partial<HostSeed> = {}, version = '9.1') =>
  (client = await pve({ seed: seed(more), version }));
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const create = async (poolid: string) => (await client.call('POST', '/pools', { poolid })).reason;
const update = async (form: Record<string, string | number>) => (await client.call('PUT', '/pools', form)).reason;
const remove = async (poolid: string) => (await client.call('DELETE', '/pools', { poolid })).reason;

describe('nesting', () => {
  test('a pool needs its parent, and goes only when its children have gone', async () => {
    await start();
    expect(await create('prod/talos')).toBe("create pool failed: parent 'prod' of pool 'prod/talos' does not exist");
    for (const pool of ['prod', 'prod/talos', 'prod/talos/db']) expect(await create(pool)).toBe('OK');
    expect(await create('prod/talos')).toBe("create pool failed: pool 'prod/talos' already exists");
    expect(await remove('prod')).toBe("delete pool failed: pool 'prod' is not empty (contains pool 'prod/talos')");
    for (const pool of ['prod/talos/db', 'prod/talos', 'prod']) expect(await remove(pool)).toBe('OK');
    expect(await remove('prod')).toBe("delete pool failed: pool 'prod' does not exist");
  });

  test('three levels, and no fourth', async () => {
    await start({ pools: ['a/b/c'] });
    expect(client.simulator.host.pools.ids()).toEqual(['a', 'a/b', 'a/b/c']);
    expect((await client.call('POST', '/pools', { poolid: 'a/b/c/d' })).errors).toEqual({
      poolid: "invalid format - pool name 'a/b/c/d' nested too deeply (max levels = 3)\n",
    });
    expect((await client.call('POST', '/pools', { poolid: 'a b' })).errors).toEqual({
      poolid: "invalid format - pool name 'a b' contains invalid characters\n",
    });
  });

  test.each(PVE_VERSIONS)('%s: which names may start with a digit', async (version) => {
    await start({ pools: ['a'] }, version);
    const refused = 'create pool failed: pool name must start with a letter';
    const expected = version === '8.4' ? 'OK' : refused;
    expect(await Promise.all(['1x', 'a/1x', '-x'].map(create))).toEqual([expected, expected, expected]);
    expect(await create('a/x1')).toBe('OK');
  });

  test.each(PVE_VERSIONS)('%s: a pool that is there already has the name that it has', async (version) => {
    await start({ pools: ['1x'] }, version);
    expect(await create('1x')).toBe("create pool failed: pool '1x' already exists");
  });

  test('the older form cannot name a nested pool', async () => {
    await start({ pools: ['a/b'] });
    expect((await client.call('GET', '/pools/a/b')).status).toBe(501);
    expect((await client.call('GET', '/pools', { poolid: 'a/b' })).data[0].poolid).toBe('a/b');
  });
});

describe('members', () => {
  test('VMs are added, moved and taken out', async () => {
    await start({ pools: ['talos', 'other'] });
    await client.task('POST', NODE, { vmid: 101, pool: 'talos', name: 'a' });
    expect((await client.get('/pools/talos')).members).toEqual([
      { id: 'qemu/101', vmid: 101, node: 'pve', type: 'qemu', status: 'stopped', name: 'a' },
    ]);
    expect(await remove('talos')).toBe("delete pool failed: pool 'talos' is not empty (contains VM 101)");
    expect(await update({ poolid: 'talos', vms: '101' })).toBe('update pools failed: VM 101 is already a pool member');
    expect(await update({ poolid: 'other', vms: '101' })).toBe(
      "update pools failed: VM 101 belongs already to pool 'talos' and 'allow-move' is not set",
    );
    expect((await client.call('PUT', '/pools/other', { vms: '101', 'allow-move': 1 })).status).toBe(200);
    expect(await update({ poolid: 'talos', vms: '101', delete: 1 })).toBe(
      'update pools failed: VM 101 is not a pool member',
    );
    expect((await client.call('DELETE', '/pools/talos')).status).toBe(200);
    expect((await client.get('/cluster/resources', { type: 'vm' }))[0]).toMatchObject({ pool: 'other' });
    expect(await update({ poolid: 'nope', vms: '101' })).toBe("update pools failed: pool 'nope' does not exist");
  });

  test('storages too, of several pools at once', async () => {
    await start({ pools: ['talos', 'other'] });
    expect(await update({ poolid: 'talos', storage: 'local,local-lvm' })).toBe('OK');
    expect(await update({ poolid: 'other', storage: 'local' })).toBe('OK');
    expect(await update({ poolid: 'talos', storage: 'local' })).toBe(
      "update pools failed: Storage 'local' is already a pool member",
    );
    expect((await client.get('/pools', { poolid: 'talos', type: 'storage' }))[0].members).toMatchObject([
      { storage: 'local', node: 'pve', type: 'storage' },
      { storage: 'local-lvm', node: 'pve', type: 'storage' },
    ]);
    expect(await remove('talos')).toBe("delete pool failed: pool 'talos' is not empty (contains storage 'local')");
    expect(await update({ poolid: 'other', storage: 'files', delete: 1 })).toBe(
      "update pools failed: Storage 'files' is not a pool member",
    );
  });

  test('one that is refused leaves all as they were', async () => {
    await start({ pools: ['talos', 'other'] });
    expect(await update({ poolid: 'talos', vms: '9000' })).toBe('OK');
    expect(await update({ poolid: 'other', vms: '200,9000' })).toMatch(/belongs already/);
    expect(client.simulator.host.pools.of(200)).toBeNull();
  });

  test('what no longer exists does not count, and need not exist to be added', async () => {
    await start({ pools: ['talos'] });
    expect(await update({ poolid: 'talos', vms: '4711' })).toBe('OK');
    expect((await client.get('/pools/talos')).members).toEqual([]);
    expect(await remove('talos')).toBe('OK');
  });
});

const WHO = 'ci@pve';
const TOKEN = { user: WHO, name: 'x', secret: 'aaaaaaaa-0000-4000-8000-000000000009' };

type Entry = readonly [path: string, role: string];

/** A token with its user's rights. */
function rights(entries: readonly Entry[]): AccessSeed {
  return {
    users: [{ id: 'root@pam' }, { id: WHO }],
    tokens: [{ id: `${WHO}!x`, secret: TOKEN.secret, privilegeSeparation: false }],
    roles: { Pools: ['Pool.Allocate'] },
    acl: entries.map(([path, role]) => ({ path, role, who: WHO })),
  };
}

const limited = async (...entries: readonly Entry[]) =>
  (client = await pve({
    token: TOKEN,
    seed: seed({ access: rights(entries), pools: ['talos', 'talos/db', { id: 'other', storages: ['local'] }] }),
  }));

describe('rights', () => {
  test('a pool is asked for by anybody, listed to those who may audit it', async () => {
    await limited(['/pool/other', 'PVEPoolUser']);
    expect((await client.call('GET', '/pools', { poolid: 'talos' })).status).toBe(200);
    expect((await client.call('GET', '/pools/talos')).reason).toBe('Permission check failed (/pool/talos, Pool.Audit)');
    expect(await client.get('/pools')).toEqual([{ poolid: 'other' }]);
    expect((await client.call('GET', '/pools', { poolid: 'nope' })).reason).toBe("pool 'nope' does not exist");
  });

  test('an entry on a pool holds for the pools in it', async () => {
    await limited(['/pool/talos', 'Pools']);
    expect(await create('talos/new')).toBe('OK');
    expect(await create('new')).toBe('Permission check failed (/pool/new, Pool.Allocate)');
  });

  test('a role on a pool reaches its VMs and its storages, and nothing below them', async () => {
    await limited(['/pool/other', 'PVEDatastoreUser'], ['/pool/talos', 'PVEVMUser']);
    client.simulator.host.pools.addVm('talos', 9000);
    expect((await client.get('/storage')).map(({ storage }: { storage: string }) => storage)).toEqual(['local']);
    expect((await client.call('GET', `${NODE}/9000/config`)).status).toBe(200);
    expect(await client.get('/access/permissions', { path: '/vms/9000' })).toMatchObject({
      '/vms/9000': { 'VM.Audit': 0 },
    });
    expect(await client.get('/access/permissions', { path: '/storage/local-lvm' })).toEqual({
      '/storage/local-lvm': {},
    });
  });

  test('NoAccess of the VM wins over the pool, that of the pool over an ordinary entry', async () => {
    await limited(['/pool/talos', 'PVEVMUser'], ['/vms/9000', 'NoAccess']);
    client.simulator.host.pools.addVm('talos', 9000);
    expect((await client.call('GET', `${NODE}/9000/config`)).status).toBe(403);
    await client.close();
    await limited(['/pool/talos', 'NoAccess'], ['/vms', 'PVEVMUser']);
    expect((await client.call('GET', `${NODE}/9000/config`)).status).toBe(200);
    client.simulator.host.pools.addVm('talos', 9000);
    expect((await client.call('GET', `${NODE}/9000/config`)).status).toBe(403);
  });

  test('the pool of a VM is told to whoever may audit the pool', async () => {
    await limited(['/vms/9000', 'PVEVMUser'], ['/pool/other', 'PVEPoolUser']);
    const pool = async () => (await client.get('/cluster/resources', { type: 'vm' }))[0].pool;
    client.simulator.host.pools.addVm('talos', 9000);
    expect(await pool()).toBeUndefined();
    client.simulator.host.pools.addVm('other', 9000);
    expect(await pool()).toBe('other');
  });

  test('a right on all pools makes no VM outside of them', async () => {
    await limited(
      ['/pool', 'PVEVMAdmin'],
      ['/vms/9000', 'PVEVMAdmin'],
      ['/storage', 'PVEDatastoreUser'],
      ['/sdn', 'PVESDNUser'],
    );
    const clone = async (form: Record<string, string | number>) =>
      (await client.call('POST', `${NODE}/9000/clone`, { newid: 101, ...form })).reason;
    expect(await clone({})).toBe('Permission check failed');
    expect(await clone({ pool: 'talos' })).toBe('OK');
  });

  test('whoever adds a member has to own it, and whoever moves it both pools', async () => {
    await limited(['/pool/talos', 'Pools'], ['/vms/9000', 'PVEVMAdmin']);
    expect(await update({ poolid: 'talos', vms: '101' })).toBe(
      'update pools failed: 403 Permission check failed (/vms/101, Permissions.Modify|VM.Allocate)',
    );
    expect(await update({ poolid: 'talos', storage: 'local' })).toBe(
      'update pools failed: 403 Permission check failed (/storage/local, Permissions.Modify|Datastore.Allocate)',
    );
    client.simulator.host.pools.addVm('other', 9000);
    expect(await update({ poolid: 'talos', vms: '9000', 'allow-move': 1 })).toBe(
      'update pools failed: 403 Permission check failed (/pool/other, Pool.Allocate)',
    );
    client.simulator.host.pools.addVm('talos/db', 9000);
    expect(await update({ poolid: 'talos', vms: '9000', 'allow-move': 1 })).toBe('OK');
  });

  test("a pool's entries go with it, those of a nested one stay", async () => {
    await start({ pools: ['a', 'b/c'] });
    const { access } = client.simulator.host;
    for (const path of ['/pool/a', '/pool/b/c', '/pool/ab']) access.grant({ path, who: 'root@pam', role: 'NoAccess' });
    expect([await remove('a'), await remove('b/c')]).toEqual(['OK', 'OK']);
    expect(access.acl().map(({ path }) => path)).toEqual(['/pool/b/c', '/pool/ab']);
  });
});
