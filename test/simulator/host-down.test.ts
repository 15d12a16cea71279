/** Hosts that are not there, and a cluster without a quorum. */

import { afterEach, describe, expect, test } from 'vitest';
import type { HostSeed, SimulatorOptions } from '../../src/simulator/index.ts';
import { clusterSeed, pveCluster, SHARED, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';
import { pve, seed, type Json } from '../support/pve.ts';

let client: ClusterClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const MINUTE = 60_000;
const GIB = 2 ** 30;
const start = async (more: Partial<HostSeed> = {}, options: SimulatorOptions = {}) =>
  (client = await pveCluster({
    seed: clusterSeed({ vms: [vmSeed(101), vmSeed(102, { node: 'pve2' })], ...more }),
    staleMilliseconds: 10_000,
    ...options,
  }));
const down = (...names: string[]) => {
  for (const name of names) client.simulator.host.nodeStates.set(name, 'offline');
};
const reason = async (method: string, path: string, form = {}) => {
  const { status, reason: text } = await client.call(method, path, form);
  return `${status} ${text}`;
};
const node = async (path: string, name: string) =>
  (await client.get(path, path === '/nodes' ? {} : { type: 'node' })).find((entry: Json) => entry.node === name);

describe('a host that is down', () => {
  test.each([
    ['GET', '/nodes/pve2/qemu/102/config', {}],
    ['GET', '/nodes/pve2/version', {}],
    ['POST', '/nodes/pve2/qemu/102/status/start', {}],
    ['GET', '/nodes/pve2/storage/local/content', {}],
    // The host that is meant would look at the parameters.
    ['PUT', '/nodes/pve2/qemu/102/config', { nonsense: 1 }],
  ])('%s %s: 595', async (method, path, form) => {
    await start();
    expect((await client.call('GET', path.replace(/\/status\/start$/, '/status/current'))).status).toBe(200);
    down('pve2');
    expect(await reason(method, path, form)).toBe('595 No route to host');
    client.simulator.host.nodeStates.set('pve2', 'online');
    expect((await client.call('GET', '/nodes/pve2/version')).status).toBe(200);
  });

  test('an upload is taken by the host that was asked, which cannot hand it on', async () => {
    await start();
    down('pve2');
    const part = (name: string, more: string, body: string) =>
      `--X\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${body}\r\n`;
    const body = `${part('content', '', 'iso')}${part('filename', '; filename="a.iso"', 'bytes')}--X--\r\n`;
    const answer = await client.call('POST', '/nodes/pve2/storage/local/upload', body, {
      'content-type': 'multipart/form-data; boundary=X',
    });
    expect(answer.status).toBe(500);
    expect(answer.reason).toMatch(/^can't activate storage 'local' on node 'pve2'/);
  });

  test('other reasons, and the time it takes', async () => {
    await start({}, { unreachable: { status: 595, reason: 'No route to host', milliseconds: 3_000 } });
    down('pve2');
    client.simulator.host.nodeStates.set('pve2', 'offline', { status: 596, reason: 'Connection timed out' });
    let answered = '';
    const asked = reason('GET', '/nodes/pve2/version').then((text) => (answered = text));
    // Until the request has come in.
    while (client.simulator.log.entries().at(-1)?.status === null || client.simulator.log.mark() === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await client.pass(2_750);
    expect(answered).toBe('');
    await client.pass(250);
    await asked;
    expect(answered).toBe('596 Connection timed out');
  });

  test('whether one may ask is looked at before', async () => {
    await start({
      access: {
        users: [{ id: 'root@pam' }],
        tokens: [{ id: 'root@pam!rehearsal', secret: '5eed0000-0000-4000-8000-000000000001' }],
      },
    });
    down('pve2');
    expect(await reason('GET', '/nodes/pve2/qemu/102/config')).toMatch(/^403 /);
  });

  test('the host that clients talk to cannot be', async () => {
    await start();
    expect(() => {
      down('pve');
    }).toThrow("'pve' is the host that clients talk to");
    client.simulator.host.nodeStates.set('pve', 'online');
    expect(() => {
      down('pve9');
    }).toThrow("there is no host 'pve9'");
  });

  test('it is offline at once, and its figures go after five minutes', async () => {
    await start();
    const [before, listed] = [await node('/cluster/resources', 'pve2'), await node('/nodes', 'pve2')];
    expect(before).toMatchObject({ status: 'online', uptime: expect.any(Number) });
    down('pve2');
    const left = {
      status: 'offline',
      maxcpu: before.maxcpu,
      maxmem: before.maxmem,
      maxdisk: before.maxdisk,
      level: '',
    };
    const names = { id: 'node/pve2', node: 'pve2', type: 'node' };
    const { ssl_fingerprint: fingerprint } = listed;
    expect(await node('/cluster/resources', 'pve2')).toEqual({ ...names, ...left });
    expect(await node('/nodes', 'pve2')).toEqual({ ...names, ...left, ssl_fingerprint: fingerprint });
    await client.pass(5 * MINUTE - 1);
    expect(await node('/cluster/resources', 'pve2')).toEqual({ ...names, ...left });
    await client.pass(1);
    expect(await node('/cluster/resources', 'pve2')).toEqual({ ...names, status: 'offline' });
    expect(await node('/nodes', 'pve2')).toEqual({ ...names, status: 'offline', ssl_fingerprint: fingerprint });
    expect(await node('/nodes', 'pve')).toEqual(expect.objectContaining({ status: 'online', cpu: expect.any(Number) }));
  });

  test('its VMs keep name and state for five minutes, and then have neither', async () => {
    await start({ containers: [{ vmid: 200, node: 'pve2', name: 'ct', running: true }] });
    down('pve2');
    await client.pass(5 * MINUTE - 1);
    expect(await client.resource(102)).toMatchObject({ name: 'vm-102', status: 'running', template: 0 });
    expect(await client.resource(200)).toMatchObject({ name: 'ct', status: 'running' });
    await client.pass(1);
    expect(await client.resource(102)).toEqual({
      id: 'qemu/102',
      vmid: 102,
      node: 'pve2',
      type: 'qemu',
      status: 'unknown',
    });
    expect(await client.resource(200)).toEqual({
      id: 'lxc/200',
      vmid: 200,
      node: 'pve2',
      type: 'lxc',
      status: 'unknown',
    });
    expect(await client.resource(101)).toMatchObject({ name: 'vm-101', status: 'running' });
    client.simulator.host.nodeStates.set('pve2', 'online');
    expect(await client.resource(102)).toMatchObject({ name: 'vm-102', status: 'running' });
  });

  test('its storages are available for five minutes, then unknown', async () => {
    await start();
    const storage = async () =>
      (await client.get('/cluster/resources', { type: 'storage' })).find(({ id }: Json) => id === 'storage/pve2/local');
    down('pve2');
    await client.pass(5 * MINUTE - 1);
    expect(await storage()).toMatchObject({ status: 'available', maxdisk: expect.any(Number) });
    await client.pass(1);
    expect(await storage()).toMatchObject({ status: 'unknown' });
    expect(await storage()).not.toHaveProperty('maxdisk');
  });

  test('what was not heard before is never heard', async () => {
    await start();
    client.vm(102).config.set('name', 'renamed');
    client.simulator.host.vms.announce(client.vm(102));
    await client.pass(5_000);
    down('pve2');
    await client.pass(MINUTE);
    expect(await client.resource(102)).toMatchObject({ name: 'vm-102' });
  });

  test('from the start it has been down for long', async () => {
    await start({
      nodes: [...clusterSeed().nodes.slice(0, 2), { name: 'pve3', bridges: ['vmbr0'], state: 'offline' }],
      vms: [vmSeed(103, { node: 'pve3' })],
    });
    expect(await client.resource(103)).toMatchObject({ status: 'unknown' });
    expect(await node('/nodes', 'pve3')).not.toHaveProperty('maxcpu');
  });

  test('whose status daemon is dead answers, and nothing is heard of it', async () => {
    await start();
    client.simulator.host.nodeStates.set('pve2', 'unknown');
    expect((await client.call('GET', '/nodes/pve2/qemu/102/config')).status).toBe(200);
    expect(await node('/nodes', 'pve2')).toMatchObject({ status: 'online' });
    await client.pass(5 * MINUTE);
    expect(await node('/nodes', 'pve2')).toMatchObject({ status: 'unknown' });
    expect(await client.resource(102)).toMatchObject({ status: 'unknown' });
    expect((await client.get('/cluster/status')).find(({ name }: Json) => name === 'pve2').online).toBe(1);
  });
});

describe('cluster/status', () => {
  test('has an entry of the cluster only in one', async () => {
    await start();
    expect((await client.get('/cluster/status')).slice(0, 2)).toEqual([
      { type: 'cluster', id: 'cluster', name: 'simulated', nodes: 3, version: 3, quorate: 1 },
      { type: 'node', id: 'node/pve', name: 'pve', nodeid: 1, ip: '127.0.0.1', local: 1, online: 1, level: '' },
    ]);
    const alone = await pve({ seed: seed() });
    expect(await alone.get('/cluster/status')).toEqual([
      { type: 'node', id: 'node/pve', name: 'pve', nodeid: 0, ip: '127.0.0.1', local: 1, online: 1, level: '' },
    ]);
    await alone.close();
  });

  test('counts who is there', async () => {
    await start();
    down('pve2');
    const read = async () =>
      (await client.get('/cluster/status')).map(({ quorate, online }: Json) => quorate ?? online);
    expect(await read()).toEqual([1, 1, 0, 1]);
    down('pve3');
    expect(await read()).toEqual([0, 1, 0, 0]);
    expect((await client.get('/cluster/ha/status/current'))[0]).toMatchObject({
      quorate: 0,
      status: "No quorum on node 'pve'!",
    });
  });

  test.each([
    [1, 0, true],
    [2, 1, false],
    [3, 1, true],
    [4, 2, false],
    [5, 2, true],
  ])('of %i hosts %i are down', async (count, gone, quorate) => {
    const nodes = Array.from({ length: count }, (_, n) => ({
      name: `n${n}`,
      bridges: [],
      ...(n >= count - gone ? { state: 'offline' as const } : {}),
    }));
    await start({ nodes, vms: [] });
    expect(client.simulator.host.nodeStates.quorate).toBe(quorate);
  });
});

describe('without a quorum', () => {
  const VM = '/nodes/pve/qemu/101';
  const lost = async (more: Partial<HostSeed> = {}) => {
    await start(more);
    down('pve2', 'pve3');
  };
  const failure = async (method: string, path: string, form: Record<string, string | number> = {}) =>
    client.ended(await client.begin(method, path, form));
  const DENIED =
    /^(500 )?unable to open file '\/etc\/pve\/nodes\/pve\/qemu-server\/101\.conf\.tmp\.\d+' - Permission denied$/;

  test.each([
    ['POST', '/nodes/pve/qemu', { vmid: 105 }],
    ['POST', `${VM}/clone`, { newid: 105, full: 1 }],
    ['POST', `${VM}/status/start`, {}],
    ['GET', `${VM}/migrate`, {}],
    ['POST', `${VM}/migrate`, { target: 'pve2', online: 1 }],
    ['POST', '/cluster/ha/resources', { sid: 'vm:101' }],
    ['POST', '/cluster/ha/rules', { rule: 'r1', type: 'node-affinity', resources: 'vm:101', nodes: 'pve' }],
  ])('%s %s asks first', async (method, path, form) => {
    await lost();
    expect(await reason(method, path, form)).toBe('500 cluster not ready - no quorum?');
  });

  test('reads go on', async () => {
    await lost();
    for (const path of [
      '/nodes',
      '/cluster/resources',
      `${VM}/config`,
      `${VM}/status/current`,
      '/pools',
      '/cluster/nextid',
    ])
      expect((await client.call('GET', path)).status, path).toBe(200);
  });

  test('configuration: the file cannot be written, and nothing has changed', async () => {
    await lost();
    const before = await client.get(`${VM}/config`);
    expect(await reason('PUT', `${VM}/config`, { name: 'x' })).toMatch(DENIED);
    expect(await failure('POST', `${VM}/config`, { name: 'x' })).toMatch(DENIED);
    expect(await client.get(`${VM}/config`)).toEqual(before);
    expect(await reason('PUT', '/nodes/pve/qemu/109/config', { name: 'x' })).toMatch(/does not exist$/);
  });

  test('resize: the disk has grown, and the configuration does not say so', async () => {
    await lost();
    expect(await failure('PUT', `${VM}/resize`, { disk: 'scsi0', size: '+1G' })).toMatch(DENIED);
    expect((await client.get(`${VM}/config`)).scsi0).toBe('ceph:vm-101-disk-0,size=10G');
    expect((await client.get(`/nodes/pve/storage/${SHARED}/content`))[0].size).toBe(11 * GIB);
  });

  test('delete: local disks are gone, and the VM is not', async () => {
    const drives = { scsi0: { storage: 'local-lvm', size: GIB } };
    await lost({ vms: [vmSeed(101, { running: false, drives })], pools: ['p'] });
    client.simulator.host.pools.addVm('p', 101);
    expect(await failure('DELETE', VM)).toMatch(DENIED);
    expect(await client.get('/nodes/pve/storage/local-lvm/content')).toEqual([]);
    expect((await client.get(`${VM}/config`)).scsi0).toBe('local-lvm:vm-101-disk-0,size=1G');
    expect(client.simulator.host.pools.of(101)).toBe('p');
  });

  test('template: the task fails before it has renamed a disk', async () => {
    await lost({ vms: [vmSeed(101, { running: false })] });
    expect(await failure('POST', `${VM}/template`)).toMatch(DENIED);
    expect((await client.get(`/nodes/pve/storage/${SHARED}/content`))[0].volid).toBe('ceph:vm-101-disk-0');
    expect(await client.get(`${VM}/config`)).not.toHaveProperty('template');
  });

  test.each([
    ['POST', '/pools', { poolid: 'q' }, 'create'],
    ['PUT', '/pools', { poolid: 'p', vms: '101' }, 'update'],
    ['PUT', '/pools/p', { vms: '101' }, 'update'],
    ['DELETE', '/pools/p', {}, 'delete'],
  ])('%s %s', async (method, path, form, verb) => {
    await lost({ pools: ['p'] });
    const what = verb === 'update' ? 'update pools' : `${verb} pool`;
    expect(await reason(method, path, form)).toBe(`500 ${what} failed: cfs-lock 'file-user_cfg' error: no quorum!`);
  });

  test('stop, shutdown and downloads need none', async () => {
    await lost();
    expect(await failure('POST', `${VM}/status/shutdown`)).toBe('OK');
    const form = { content: 'import', url: 'https://factory.test/new.qcow2', filename: 'new.qcow2' };
    expect(await failure('POST', '/nodes/pve/storage/local/download-url', form)).toBe('OK');
    expect(await failure('DELETE', '/nodes/pve/storage/local/content/local:import/new.qcow2')).toBe('OK');
  });

  test('a volume on shared storage is not freed', async () => {
    await lost();
    const { volid } = client.simulator.host.storages.allocate({ node: 'pve', storage: SHARED, vmid: 300, size: GIB });
    expect(await failure('DELETE', `/nodes/pve/storage/${SHARED}/content/${volid}`)).toBe(
      "cfs-lock 'storage-ceph' error: no quorum!",
    );
    expect(client.simulator.host.storages.volume('pve', volid)).toBeDefined();
  });

  test('high availability can be told nothing, and does nothing', async () => {
    await lost({ ha: { resources: [{ sid: 'vm:101' }] } });
    expect(await failure('POST', `${VM}/status/stop`)).toBe(
      "command 'ha-manager crm-command stop vm:101 0' failed: exit code 255",
    );
    expect(await reason('PUT', '/cluster/ha/resources/vm:101', { state: 'stopped' })).toBe(
      "500 update resources config failed: cfs-lock 'domain-ha' error: no quorum!",
    );
    expect(await reason('DELETE', '/cluster/ha/resources/vm:101')).toBe(
      "500 delete resource failed: cfs-lock 'domain-ha' error: no quorum!",
    );
    client.vm(101).pid = null;
    client.simulator.host.vms.announce(client.vm(101));
    await client.pass(MINUTE);
    expect(client.vm(101).pid).toBeNull();
    client.simulator.host.nodeStates.set('pve2', 'online');
    await client.pass(MINUTE);
    expect(client.vm(101).pid).not.toBeNull();
  });

  test('a create that loses it half way leaves its id taken', async () => {
    await start({}, { taskDurations: { default: 5_000 } });
    const upid = await client.begin('POST', '/nodes/pve/qemu', { vmid: 105, scsi0: 'nowhere:1' }).catch(() => '');
    expect(upid).toBe('');
    const begun = await client.begin('POST', '/nodes/pve/qemu', { vmid: 105, boot: 'order=scsi9', scsi0: 'ceph:1' });
    down('pve2', 'pve3');
    expect(await client.ended(begun)).toContain('Permission denied');
    expect(client.vm(105).config.get('lock')).toBe('create');
  });
});
