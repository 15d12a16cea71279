/** What can be asked of nodes and the datacenter. */

import { afterEach, describe, expect, test } from 'vitest';
import { manualClock, PVE_VERSIONS, type HostSeed, type SimulatorOptions } from '../../src/simulator/index.ts';
import { CPU_MODELS } from '../../src/simulator/schema/cpu-models.ts';
import { idRange } from '../../src/simulator/state/datacenter.ts';
import { NODE, pve, seed, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const GIB = 2 ** 30;
const WHO = 'look@pve';
const TOKEN = { user: WHO, name: 'ci', secret: 'aaaaaaaa-0000-4000-8000-00000000000e' };

const start = async (more: Partial<HostSeed> = {}, options: SimulatorOptions = {}) =>
  (client = await pve({ seed: seed(more), ...options }));
/** A token whose user has one role at one path. */
const limited = (path: string, role: string, more: Partial<HostSeed> = {}) =>
  start(
    {
      ...more,
      access: {
        users: [{ id: 'root@pam' }, { id: WHO }],
        tokens: [{ id: `${WHO}!ci`, secret: TOKEN.secret, privilegeSeparation: false }],
        acl: [{ path, role, who: WHO }],
      },
    },
    { token: TOKEN },
  );
const NODES: HostSeed['nodes'] = [
  { name: 'pve', bridges: ['vmbr0'] },
  {
    name: 'old',
    bridges: ['vmbr0'],
    cpus: 4,
    memoryBytes: 8 * GIB,
    cpuModel: 'AMD Opteron',
    cpuFlags: ['fpu', 'svm', 'sse4_2'],
    clockOffsetSeconds: 7,
  },
];

describe('nodes', () => {
  test('have the threads, the memory and the CPU of their seed', async () => {
    await start({ nodes: NODES });
    expect((await client.get('/nodes')).map(({ node, maxcpu, maxmem }: Json) => [node, maxcpu, maxmem])).toEqual([
      ['pve', 16, 64 * GIB],
      ['old', 4, 8 * GIB],
    ]);
    const { cpuinfo, memory } = await client.get('/nodes/old/status');
    expect(cpuinfo).toMatchObject({
      cpus: 4,
      cores: 2,
      sockets: 1,
      model: 'AMD Opteron',
      flags: 'fpu svm sse4_2',
      hvm: '1',
    });
    expect(memory).toEqual({ total: 8 * GIB, used: GIB, free: 7 * GIB, available: 7 * GIB });
    const flags = (await client.get('/nodes/pve/status')).cpuinfo.flags.split(' ');
    // What x86-64-v3 demands, and nothing of v4.
    for (const flag of ['avx2', 'bmi1', 'bmi2', 'fma', 'movbe', 'f16c', 'abm', 'sse4_2', 'cx16', 'popcnt', 'aes'])
      expect(flags).toContain(flag);
    expect(flags.filter((flag: string) => flag.startsWith('avx512'))).toEqual([]);
    expect(await client.get('/cluster/resources', { type: 'node' })).toContainEqual(
      expect.objectContaining({ id: 'node/old', maxcpu: 4, maxmem: 8 * GIB, status: 'online' }),
    );
  });

  test('tell their time, which may differ', async () => {
    const clock = manualClock();
    await start({ nodes: NODES }, { clock });
    const now = Math.floor(clock.now() / 1000);
    expect(await client.get('/nodes/pve/time')).toEqual({ timezone: 'UTC', time: now, localtime: now });
    expect((await client.get('/nodes/old/time')).time).toBe(now + 7);
  });

  test('show names to everybody, figures to auditors', async () => {
    await limited('/nodes/old', 'PVEAuditor', { nodes: NODES });
    const bare = { id: 'node/pve', node: 'pve', type: 'node', status: 'online', level: '' };
    const [pveNode, old] = await client.get('/nodes');
    expect(pveNode).toEqual({ ...bare, ssl_fingerprint: '00:00:00:00' });
    expect(old).toMatchObject({ maxcpu: 4, maxmem: 8 * GIB });
    const [resource] = await client.get('/cluster/resources', { type: 'node' });
    expect(resource).toEqual({ ...bare, 'cgroup-mode': 2 });
    for (const what of ['status', 'time'])
      expect((await client.call('GET', `/nodes/pve/${what}`)).reason).toBe(
        'Permission check failed (/nodes/pve, Sys.Audit)',
      );
    expect((await client.call('GET', '/nodes/old/status')).status).toBe(200);
    expect((await client.call('GET', '/nodes/pve/version')).status).toBe(200);
  });
});

describe('capabilities', () => {
  test('every node names the CPU models of the one that is talked to', async () => {
    await limited('/vms/1', 'NoAccess', { nodes: NODES });
    const models = await client.get('/nodes/old/capabilities/qemu/cpu');
    expect(models).toEqual(await client.get('/nodes/pve/capabilities/qemu/cpu'));
    expect(models.map(({ name }: Json) => name)).toEqual([...CPU_MODELS]);
    const vendors = Object.fromEntries(models.map(({ name, vendor }: Json) => [name, vendor]));
    expect(vendors).toMatchObject({
      host: 'default',
      'x86-64-v2-AES': 'default',
      'EPYC-Rome': 'AuthenticAMD',
      phenom: 'AuthenticAMD',
      core2duo: 'GenuineIntel',
      'Skylake-Server-v5': 'GenuineIntel',
    });
  });

  test.each([
    ['8.4', '9.2'],
    ['9.0', '10.0'],
    ['9.1', '10.1'],
  ])('%s knows machines up to its QEMU, newest first', async (version, newest) => {
    await start({}, { version });
    const machines = await client.get('/nodes/pve/capabilities/qemu/machines');
    expect(machines[0]).toEqual({ id: `pc-q35-${newest}`, type: 'q35', version: newest });
    expect(machines).toContainEqual({ id: 'pc-i440fx-9.0+pve0', type: 'i440fx', version: '9.0+pve0' });
    expect(new Set(machines.map(({ id }: Json) => id)).size).toBe(machines.length);
  });
});

describe('options of the datacenter', () => {
  test('are shown to auditors', async () => {
    const datacenter: HostSeed['datacenter'] = {
      nextId: { lower: 500, upper: 600 },
      registeredTags: ['talos'],
      userTags: { allow: 'list', list: ['a'] },
      keyboard: 'de',
      httpProxy: 'http://proxy.test:3128',
    };
    await start({ datacenter });
    expect(await client.get('/cluster/options')).toEqual({
      'next-id': { lower: '500', upper: '600' },
      'registered-tags': ['talos'],
      'user-tag-access': { 'user-allow': 'list', 'user-allow-list': ['a'] },
      mac_prefix: 'BC:24:11',
      keyboard: 'de',
      http_proxy: 'http://proxy.test:3128',
      description: '',
      'allowed-tags': ['a', 'talos', 'template'],
    });
    await client.close();
    await limited('/vms', 'PVEVMAdmin', { datacenter });
    expect(await client.get('/cluster/options')).toEqual({ 'allowed-tags': ['a'] });
  });

  test('say where new ids are looked for', async () => {
    await start({ datacenter: { nextId: { lower: 500, upper: 502 } } });
    const next = () => client.call('GET', '/cluster/nextid');
    expect((await next()).data).toBe('500');
    await client.task('POST', NODE, { vmid: 500 });
    expect((await next()).data).toBe('501');
    await client.task('POST', NODE, { vmid: 501 });
    expect((await next()).reason).toBe('unable to get any free VMID in range [500, 502]');
  });

  test('without them that is from 100 to 999999', () => {
    expect(idRange({})).toEqual({ lower: 100, upper: 1_000_000 });
    expect(idRange({ nextId: { lower: 500 } })).toEqual({ lower: 500, upper: 1_000_000 });
    expect(idRange({ nextId: { upper: 500 } })).toEqual({ lower: 100, upper: 500 });
  });

  test('an id is free or not for everybody, whatever they may see', async () => {
    await limited('/vms/1', 'NoAccess');
    expect((await client.call('GET', '/cluster/nextid', { vmid: 9000 })).errors).toEqual({
      vmid: 'VM 9000 already exists',
    });
    expect(await client.get('/cluster/resources', { type: 'vm' })).toEqual([]);
  });
});

describe('mappings', () => {
  const mappings: HostSeed['mappings'] = [
    { kind: 'pci', id: 'gpu', map: ['node=pve,path=0000:01:00.0,id=10de:2204'], description: 'for training' },
    { kind: 'pci', id: 'nic', map: ['node=old,path=0000:02:00.0,id=8086:1533'] },
    { kind: 'usb', id: 'key', map: ['node=pve,id=1050:0407'] },
  ];

  test('are listed by kind, and checked for a node', async () => {
    await start({ nodes: NODES, mappings });
    expect(await client.get('/cluster/mapping/pci')).toEqual([
      {
        id: 'gpu',
        map: ['node=pve,path=0000:01:00.0,id=10de:2204'],
        description: 'for training',
        type: 'pci',
      },
      { id: 'nic', map: ['node=old,path=0000:02:00.0,id=8086:1533'], description: '', type: 'pci' },
    ]);
    const checked = await client.get('/cluster/mapping/pci', { 'check-node': 'pve' });
    expect(checked.map(({ id, checks }: Json) => [id, checks.length])).toEqual([
      ['gpu', 0],
      ['nic', 1],
    ]);
    expect((await client.get('/cluster/mapping/usb')).map(({ id }: Json) => id)).toEqual(['key']);
    expect(await client.get('/cluster/mapping/dir')).toEqual([]);
  });

  test.each(['PVEMappingUser', 'PVEAuditor'])('%s sees the own ones', async (role) => {
    await limited('/mapping/pci/gpu', role, { mappings });
    expect((await client.get('/cluster/mapping/pci')).map(({ id }: Json) => id)).toEqual(['gpu']);
    expect(await client.get('/cluster/mapping/usb')).toEqual([]);
  });
});

describe.each(PVE_VERSIONS)('%s', (version) => {
  test('all of it can be asked', async () => {
    await start({}, { version });
    for (const path of [
      '/nodes/pve/status',
      '/nodes/pve/time',
      '/nodes/pve/capabilities/qemu/cpu',
      '/nodes/pve/capabilities/qemu/machines',
      '/nodes/pve/sdn/zones',
      '/cluster/options',
      '/cluster/mapping/pci',
      '/cluster/sdn/zones',
      '/cluster/sdn/vnets',
      '/access/permissions',
    ])
      expect((await client.call('GET', path)).status, path).toBe(200);
    expect((await client.get('/cluster/resources', { type: 'vm' }))[0].memhost).toBe(version === '8.4' ? undefined : 0);
  });
});
