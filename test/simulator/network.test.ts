/** Bridges, zones and VNets: who sees them, who may use them. */

import { afterEach, describe, expect, test } from 'vitest';
import { PVE_VERSIONS, type AccessSeed, type HostSeed } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Form, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const WHO = 'net@pve';
const TOKEN = { user: WHO, name: 'ci', secret: 'aaaaaaaa-0000-4000-8000-00000000000c' };
type Grant = readonly [path: string, ...privileges: string[]];

function access(grants: readonly Grant[]): AccessSeed {
  const role = (path: string): string => `At${path.replaceAll('/', '-')}`;
  return {
    users: [{ id: 'root@pam' }, { id: WHO }],
    tokens: [{ id: `${WHO}!ci`, secret: TOKEN.secret, privilegeSeparation: false }],
    roles: Object.fromEntries(grants.map(([path, ...privileges]) => [role(path), privileges])),
    acl: grants.map(([path]) => ({ path, who: WHO, role: role(path) })),
  };
}

/** Two hosts; zone `lab` with VNet `red` on the first of them, and one that waits to be applied. */
const NETWORK: Partial<HostSeed> = {
  nodes: [
    {
      name: 'pve',
      bridges: [
        'vmbr0',
        { name: 'vmbr1', vlanAware: true, mtu: 9000, ports: ['bond0'] },
        { name: 'vmbr2', type: 'OVSBridge' },
        { name: 'vmbr3', active: false },
      ],
    },
    { name: 'pve2', bridges: ['vmbr0', { name: 'vmbr9', pending: true }] },
  ],
  sdn: {
    zones: [
      { id: 'lab', type: 'vlan', bridge: 'vmbr1', nodes: ['pve'], mtu: 1450 },
      { id: 'next', type: 'simple' },
    ],
    vnets: [
      { id: 'red', zone: 'lab', tag: 20, vlanAware: true, alias: 'workers' },
      { id: 'blue', zone: 'next' },
    ],
    running: {
      zones: [{ id: 'lab', type: 'vlan', bridge: 'vmbr0', nodes: ['pve'] }],
      vnets: [
        { id: 'red', zone: 'lab', tag: 10, vlanAware: true, alias: 'workers' },
        { id: 'old', zone: 'lab' },
      ],
    },
  },
};

const start = async (grants: readonly Grant[] | null = null, more: Partial<HostSeed> = {}, version = '9.1') =>
  (client = await pve({
    version,
    seed: seed({ ...NETWORK, ...more, ...(grants === null ? {} : { access: access(grants) }) }),
    ...(grants === null ? {} : { token: TOKEN }),
  }));
const list = async (form: Form = {}, node = 'pve'): Promise<Json[]> => client.get(`/nodes/${node}/network`, form);
const names = async (form: Form = {}, node = 'pve') => (await list(form, node)).map(({ iface }) => iface);
const refusal = async (method: string, path: string, form: Form) => (await client.call(method, path, form)).reason;

describe('the list of a node', () => {
  test('says what a bridge is, and nothing of what is not set', async () => {
    await start();
    const [first, second, third, fourth] = await list({ type: 'any_bridge' });
    expect(first).toEqual({
      iface: 'vmbr0',
      type: 'bridge',
      active: 1,
      autostart: 1,
      priority: 10,
      families: ['inet'],
      method: 'static',
      method6: 'manual',
      address: '127.0.0.1',
      netmask: '8',
      cidr: '127.0.0.1/8',
      gateway: '127.0.0.1',
      bridge_ports: 'eno1',
      bridge_stp: 'off',
      bridge_fd: '0',
    });
    expect(second).toMatchObject({ bridge_vlan_aware: 1, mtu: '9000', bridge_ports: 'bond0', method: 'manual' });
    expect(third).toMatchObject({ type: 'OVSBridge', ovs_ports: 'eno3', active: 1 });
    expect(fourth).not.toHaveProperty('active');
  });

  test.each<[string, Form, readonly string[], readonly string[]]>([
    ['everything', {}, ['eno1', 'bond0', 'eno3', 'eno4', 'vmbr0', 'vmbr1', 'vmbr2', 'vmbr3'], []],
    ['Linux bridges', { type: 'bridge' }, ['vmbr0', 'vmbr1', 'vmbr3'], []],
    ['bridges of both kinds', { type: 'any_local_bridge' }, ['vmbr0', 'vmbr1', 'vmbr2', 'vmbr3'], []],
    ['bridges and VNets', { type: 'any_bridge' }, ['vmbr0', 'vmbr1', 'vmbr2', 'vmbr3'], ['red', 'old']],
    ['physical interfaces', { type: 'eth' }, ['eno1', 'bond0', 'eno3', 'eno4'], []],
    ['bonds', { type: 'bond' }, [], []],
  ])('%s', async (_what, form, interfaces, vnets) => {
    await start();
    expect(await names(form)).toEqual([...interfaces, ...vnets]);
  });

  test.each(PVE_VERSIONS)('%s: VNets on their own', async (version) => {
    await start(null, {}, version);
    expect(await names({ type: 'vnet' })).toEqual(version === '8.4' ? [] : ['red', 'old']);
    expect((await client.call('GET', '/nodes/pve/network', { type: 'include_sdn' })).status).toBe(
      version === '8.4' ? 400 : 200,
    );
    expect(await list({ type: 'any_bridge' })).toContainEqual({
      iface: 'red',
      type: 'vnet',
      active: '1',
      ipam: 0,
      vlanaware: 1,
      comments: 'workers',
    });
  });

  test('a change that waits is listed, is not active, and is told beside the data', async () => {
    await start();
    const answer = await client.call('GET', '/nodes/pve2/network', { type: 'any_bridge' });
    expect(answer.data.map(({ iface, active }: Json) => [iface, active])).toEqual([
      ['vmbr0', 1],
      ['vmbr9', undefined],
    ]);
    expect(JSON.parse(answer.text).changes).toContain('iface vmbr9');
    expect(JSON.parse((await client.call('GET', '/nodes/pve/network')).text)).not.toHaveProperty('changes');
    // The node is not of the zone.
    expect(await names({ type: 'vnet' }, 'pve2')).toEqual([]);
  });

  test.each<[string, readonly Grant[], readonly string[]]>([
    ['nothing', [], []],
    ['the right to use one', [['/sdn/zones/localnetwork/vmbr1', 'SDN.Use']], ['vmbr1']],
    ['the right to audit all', [['/sdn', 'SDN.Audit']], ['vmbr0', 'vmbr1', 'vmbr2', 'vmbr3', 'red', 'old']],
    ['a VLAN of one', [['/sdn/zones/localnetwork/vmbr2/30', 'SDN.Use']], ['vmbr2']],
    ['a VNet', [['/sdn/zones/lab/red', 'SDN.Use']], ['red']],
    ['the right to set up all', [['/sdn', 'SDN.Allocate']], []],
  ])('with %s', async (_what, grants, seen) => {
    await start(grants);
    expect(await names({ type: 'any_bridge' })).toEqual(seen);
    expect(await names({ type: 'eth' })).toHaveLength(4);
  });
});

describe('zones and VNets', () => {
  test('as they are configured, as they are applied, and what waits', async () => {
    await start();
    expect(await client.get('/cluster/sdn/zones')).toEqual([
      { zone: 'lab', type: 'vlan', nodes: 'pve', mtu: 1450, bridge: 'vmbr1' },
      { zone: 'next', type: 'simple' },
    ]);
    expect(await client.get('/cluster/sdn/zones', { running: 1 })).toEqual([
      { zone: 'lab', type: 'vlan', nodes: 'pve', bridge: 'vmbr0' },
    ]);
    expect(await client.get('/cluster/sdn/zones', { pending: 1 })).toEqual([
      {
        zone: 'lab',
        type: 'vlan',
        nodes: 'pve',
        bridge: 'vmbr0',
        state: 'changed',
        pending: { mtu: 1450, bridge: 'vmbr1' },
      },
      { zone: 'next', type: 'simple', state: 'new', pending: {} },
    ]);
    expect(await client.get('/cluster/sdn/zones', { type: 'simple' })).toHaveLength(1);
    expect(await client.get('/cluster/sdn/vnets', { pending: 1 })).toEqual([
      { vnet: 'blue', type: 'vnet', state: 'new', pending: { zone: 'next' } },
      { vnet: 'old', type: 'vnet', zone: 'lab', state: 'deleted', pending: {} },
      {
        vnet: 'red',
        type: 'vnet',
        zone: 'lab',
        tag: 10,
        vlanaware: 1,
        alias: 'workers',
        state: 'changed',
        pending: { tag: 20 },
      },
    ]);
    expect(await client.get('/nodes/pve/sdn/zones')).toEqual([{ zone: 'lab', status: 'available' }]);
    expect(await client.get('/nodes/pve2/sdn/zones')).toEqual([]);
  });

  test('are shown to auditors of theirs', async () => {
    await start([['/sdn/zones/lab', 'SDN.Audit']]);
    const zones = (await client.get('/cluster/sdn/zones')).map(({ zone }: Json) => zone);
    const vnets = (await client.get('/cluster/sdn/vnets', { pending: 1 })).map(({ vnet }: Json) => vnet);
    expect([zones, vnets]).toEqual([['lab'], ['old', 'red']]);
  });

  test.each(PVE_VERSIONS)('%s: among the resources of the cluster', async (version) => {
    await start(null, {}, version);
    const resources: Json[] = await client.get('/cluster/resources');
    const found = resources.filter(({ type }) => type === 'sdn' || type === 'network');
    expect(found.map(({ id }) => id)).toEqual(
      version === '9.1'
        ? ['network/pve/zone/localnetwork', 'network/pve2/zone/localnetwork', 'network/pve/zone/lab']
        : ['sdn/pve/localnetwork', 'sdn/pve2/localnetwork', 'sdn/pve/lab'],
    );
    expect(found[0]).toEqual(
      version === '9.1'
        ? {
            id: 'network/pve/zone/localnetwork',
            type: 'network',
            'network-type': 'zone',
            network: 'localnetwork',
            node: 'pve',
            status: 'ok',
          }
        : { id: 'sdn/pve/localnetwork', type: 'sdn', sdn: 'localnetwork', node: 'pve', status: 'ok' },
    );
    // The newest shows them only to whoever asks for everything.
    expect(await client.get('/cluster/resources', { type: 'sdn' })).toHaveLength(version === '9.1' ? 0 : 3);
  });

  test('a VNet in a zone that is not there cannot be', async () => {
    await start();
    const sdn = { zones: [], vnets: [{ id: 'red', zone: 'lab' }] };
    await expect(pve({ seed: seed({ sdn }) })).rejects.toThrow("vnet 'red': zone 'lab' does not exist");
  });

  test('what is configured and not applied is no bridge yet', async () => {
    await start();
    const boot = async (vmid: number, bridge: string) => {
      await client.task('POST', NODE, { vmid, net0: `virtio,bridge=${bridge}` });
      return client.task('POST', `${NODE}/${vmid}/status/start`);
    };
    expect(await boot(101, 'red')).toBe('OK');
    expect(await boot(102, 'blue')).toBe("bridge 'blue' does not exist");
    expect(await boot(103, 'vmbr3')).toBe("bridge 'vmbr3' does not exist");
    expect(await boot(104, 'vmbr1')).toBe('OK');
  });
});

describe('SDN.Use', () => {
  const VM: Grant = ['/vms', 'VM.Allocate', 'VM.Clone', 'VM.Config.Network', 'VM.Config.Options', 'VM.Audit'];
  const STORE: Grant = ['/storage', 'Datastore.AllocateSpace'];
  const missing = (path: string) => `Permission check failed (/sdn/zones/${path}, SDN.Use)`;

  test.each<[string, readonly string[]]>([
    ['virtio,bridge=vmbr0', ['localnetwork/vmbr0']],
    ['virtio,bridge=vmbr0,tag=10', ['localnetwork/vmbr0/10']],
    ['virtio,bridge=vmbr0,trunks=10;20', ['localnetwork/vmbr0/10', 'localnetwork/vmbr0/20']],
    ['virtio,bridge=vmbr0,trunks=8-10', ['localnetwork/vmbr0/8', 'localnetwork/vmbr0/9', 'localnetwork/vmbr0/10']],
    ['virtio,bridge=vmbr0,tag=5,trunks=10', ['localnetwork/vmbr0/5', 'localnetwork/vmbr0/10']],
    ['virtio,bridge=red', ['lab/red']],
    ['virtio,bridge=red,tag=10', ['lab/red/10']],
    // By what is configured, applied or not.
    ['virtio,bridge=blue', ['next/blue']],
    ['virtio,bridge=nowhere', ['localnetwork/nowhere']],
    ['virtio', []],
  ])('%s asks for all of its paths and no other', async (net0, paths) => {
    await start([VM, ...paths.map((path): Grant => [`/sdn/zones/${path}`, 'SDN.Use'])]);
    expect(await refusal('POST', NODE, { vmid: 101, net0 })).toBe('OK');
    for (const path of paths) {
      await client.close();
      await start([
        VM,
        ...paths.filter((other) => other !== path).map((other): Grant => [`/sdn/zones/${other}`, 'SDN.Use']),
      ]);
      expect(await refusal('POST', NODE, { vmid: 101, net0 })).toBe(missing(path));
    }
  });

  test('a right on the bridge holds for its VLANs, a right on a VLAN not for the bridge', async () => {
    await start([VM, ['/sdn/zones/localnetwork/vmbr0', 'SDN.Use'], ['/sdn/zones/localnetwork/vmbr1/10', 'SDN.Use']]);
    expect(await refusal('POST', NODE, { vmid: 101, net0: 'virtio,bridge=vmbr0,tag=10' })).toBe('OK');
    expect(await refusal('POST', NODE, { vmid: 102, net0: 'virtio,bridge=vmbr1' })).toBe(missing('localnetwork/vmbr1'));
  });

  test('the bridge that a NIC leaves is asked for too, by a change and by a deletion', async () => {
    await start([VM, ['/sdn/zones/localnetwork/vmbr1', 'SDN.Use']]);
    const change = (form: Form) => refusal('PUT', `${NODE}/9000/config`, form);
    expect(await change({ net0: 'virtio,bridge=vmbr1' })).toBe(missing('localnetwork/vmbr0'));
    expect(await change({ delete: 'net0' })).toBe(missing('localnetwork/vmbr0'));
    expect(await change({ net1: 'virtio,bridge=vmbr1' })).toBe('OK');
    expect(await change({ delete: 'net1' })).toBe('OK');
    expect(client.simulator.host.vms.get('pve', 9000).config.get('net0')).toContain('bridge=vmbr0');
  });

  test('a clone asks for every NIC of its source', async () => {
    const nics = ['/sdn/zones/localnetwork/vmbr0', '/sdn/zones/lab/red/30'];
    const clone = async (granted: readonly string[]) => {
      await start([VM, STORE, ...granted.map((path): Grant => [path, 'SDN.Use'])]);
      client.simulator.host.vms.get('pve', 9000).config.set('net1', 'virtio=BC:24:11:00:00:02,bridge=red,tag=30');
      const answer = await refusal('POST', `${NODE}/9000/clone`, { newid: 101 });
      await client.close();
      return answer;
    };
    expect(await clone(nics.slice(0, 1))).toBe(missing('lab/red/30'));
    expect(await clone(nics.slice(1))).toBe(missing('localnetwork/vmbr0'));
    expect(await clone(nics)).toBe('OK');
    await start();
  });
});
