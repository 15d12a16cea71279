/**
 * Things that happen to a cluster that lives, from the first request to the last, as a backend meets them: a VM under
 * high availability that is to go, one that was moved, a host that is down, a guest that hibernates.
 */

import { afterEach, expect, test } from 'vitest';
import { scaledDurations, type HostSeed } from '../../src/simulator/index.ts';
import { clusterSeed, pveCluster, SHARED, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';
import { type Json } from '../support/pve.ts';

let client: ClusterClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  expect(client.simulator.log.unimplemented()).toEqual([]);
  await client.close();
});

const CP = 1011;
const WORKER = 1021;
const start = async (more: Partial<HostSeed> = {}) =>
  (client = await pveCluster({
    taskDurations: scaledDurations(1),
    staleMilliseconds: 10_000,
    seed: clusterSeed({
      nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({ name, bridges: ['vmbr0'] })),
      vms: [vmSeed(CP, { node: 'pve1' }), vmSeed(WORKER, { node: 'pve2' })],
      ...more,
    }),
  }));
const reason = async (method: string, path: string, form = {}) => {
  const { status, reason: text } = await client.asked(method, path, form);
  return `${status} ${text}`;
};

test('a VM under high availability is to go: who trusts the task of the shutdown meets a running guest', async () => {
  await start({ ha: { resources: [{ sid: `vm:${CP}`, state: 'started' }] } });
  const vm = `/nodes/pve1/qemu/${CP}`;
  const upid = await client.begin('POST', `${vm}/status/shutdown`, { timeout: 60, forceStop: 1 });
  const asked = client.clock.now();
  expect(await client.ended(upid)).toBe('OK');
  expect(client.clock.now() - asked).toBeLessThan(2_000);
  // The next request of a backend.
  expect(await client.get(`${vm}/status/current`)).toMatchObject({ status: 'running', qmpstatus: 'running' });
  expect(await reason('DELETE', vm)).toBe(
    '500 unable to remove VM 1011 - used in HA resources and purge parameter not set.',
  );
  expect(await reason('DELETE', vm, { purge: 1, 'destroy-unreferenced-disks': 1 })).toBe(
    '500 VM 1011 is running - destroy failed',
  );
  // Who asks for the state instead sees it go down.
  let state: Json = null;
  do {
    await client.pass(1_000);
    state = await client.get(`${vm}/status/current`);
  } while (state.status === 'running');
  const seconds = (client.clock.now() - asked) / 1_000;
  expect(seconds).toBeGreaterThan(15);
  expect(seconds).toBeLessThan(40);
  expect(state.ha).toMatchObject({ managed: 1 });
  const removal = await client.begin('DELETE', vm, { purge: 1, 'destroy-unreferenced-disks': 1 });
  expect(await client.ended(removal)).toBe('OK');
  await client.pass(30_000);
  expect(client.simulator.host.vms.find(CP)).toBeUndefined();
  expect(await reason('GET', `/cluster/ha/resources/vm:${CP}`)).toBe("500 no such resource 'vm:1011'");
});

test('the same at the pace of a rehearsal: the guest outlives the next request by seconds', async () => {
  client = await pveCluster({
    taskDurations: scaledDurations(1 / 20),
    seed: clusterSeed({ ha: { resources: [{ sid: 'vm:101', state: 'started' }] } }),
  });
  const upid = await client.begin('POST', '/nodes/pve/qemu/101/status/shutdown');
  const asked = client.clock.now();
  expect(await client.ended(upid)).toBe('OK');
  expect(client.clock.now() - asked).toBeLessThan(4_000);
  expect(await client.get('/nodes/pve/qemu/101/status/current')).toMatchObject({ status: 'running' });
  expect((await client.call('DELETE', '/nodes/pve/qemu/101', { purge: 1 })).reason).toBe(
    'VM 101 is running - destroy failed',
  );
});

test('a VM was moved: where it was nobody knows it, and its disk has not moved', async () => {
  await start({ ha: { resources: [{ sid: `vm:${CP}`, state: 'started' }] } });
  await client.call('POST', `/cluster/ha/resources/vm:${CP}/migrate`, { node: 'pve2' });
  await client.pass(60_000);
  expect(await client.resource(CP)).toMatchObject({ node: 'pve2', status: 'running', hastate: 'started' });
  expect(await reason('GET', `/nodes/pve1/qemu/${CP}/config`)).toBe(
    "500 Configuration file 'nodes/pve1/qemu-server/1011.conf' does not exist",
  );
  expect(await client.get(`/nodes/pve2/qemu/${CP}/config`)).toMatchObject({ scsi0: 'ceph:vm-1011-disk-0,size=10G' });
  expect(await client.get('/nodes/pve1/qemu')).toEqual([]);
  const volumes = async (node: string) =>
    (await client.get(`/nodes/${node}/storage/${SHARED}/content`)).map(({ volid }: Json) => volid);
  expect(await volumes('pve1')).toEqual(await volumes('pve2'));
  // Back again, as a backend asks for it: a request as well.
  const upid = await client.begin('POST', `/nodes/pve2/qemu/${CP}/migrate`, { target: 'pve1', online: 1 });
  expect(await client.ended(upid)).toBe('OK');
  expect(await client.resource(CP)).toMatchObject({ node: 'pve2' });
  await client.pass(60_000);
  expect(await client.resource(CP)).toMatchObject({ node: 'pve1', status: 'running' });
});

test('a host is down: what is on it is not answered for, everything else is', async () => {
  await start();
  client.simulator.host.nodeStates.set('pve2', 'offline');
  const worker = `/nodes/pve2/qemu/${WORKER}`;
  for (const [method, path] of [
    ['GET', `${worker}/config`],
    ['GET', `${worker}/status/current`],
    ['GET', '/nodes/pve2/storage/local/content'],
    ['POST', `${worker}/status/start`],
    ['DELETE', worker],
  ] as const)
    expect(await reason(method, path), path).toBe('595 No route to host');
  expect(await client.resource(WORKER)).toMatchObject({ name: 'vm-1021', status: 'running' });
  await client.pass(5 * 60_000);
  expect(await client.resource(WORKER)).toEqual({
    id: 'qemu/1021',
    vmid: WORKER,
    node: 'pve2',
    type: 'qemu',
    status: 'unknown',
  });
  // Two of three are a quorum: the others can be worked on.
  expect(await reason('PUT', `/nodes/pve1/qemu/${CP}/config`, { name: 'cp-1' })).toBe('200 OK');
  expect(await client.ended(await client.begin('POST', '/nodes/pve3/qemu', { vmid: 1031, scsi0: 'ceph:1' }))).toBe(
    'OK',
  );
  // Its id is taken all the same.
  expect((await client.call('POST', '/nodes/pve3/qemu', { vmid: WORKER })).reason).toBe(
    "unable to create VM 1021 - VM 1021 already exists on node 'pve2'",
  );
});

test('one of two hosts is down: the other one can be read, and not worked on', async () => {
  await start({ nodes: ['pve1', 'pve2'].map((name) => ({ name, bridges: ['vmbr0'] })) });
  client.simulator.host.nodeStates.set('pve2', 'offline');
  expect(await client.get(`/nodes/pve1/qemu/${CP}/config`)).toMatchObject({ name: 'vm-1011' });
  expect(await reason('POST', '/nodes/pve1/qemu', { vmid: 1031 })).toBe('500 cluster not ready - no quorum?');
  expect(await reason('PUT', `/nodes/pve1/qemu/${CP}/config`, { name: 'cp-1' })).toMatch(/Permission denied$/);
});

test('a guest hibernates: no task holds its lock, and a start ends it', async () => {
  await start();
  const vm = `/nodes/pve1/qemu/${CP}`;
  expect(await client.ended(await client.begin('POST', `${vm}/status/suspend`, { todisk: 1 }))).toBe('OK');
  await client.pass(20 * 60_000);
  expect(await client.get(`${vm}/config`)).toMatchObject({ lock: 'suspended', vmstate: expect.any(String) });
  expect(await client.resource(CP)).toMatchObject({ lock: 'suspended', status: 'stopped' });
  expect((await client.get('/cluster/tasks')).filter(({ status }: Json) => status === undefined)).toEqual([]);
  expect(await reason('PUT', `${vm}/config`, { memory: 4096 })).toBe('500 VM is locked (suspended)');
  expect(await client.ended(await client.begin('POST', `${vm}/status/start`))).toBe('OK');
  expect(await client.get(`${vm}/config`)).not.toHaveProperty('lock');
  expect(await reason('PUT', `${vm}/config`, { memory: 4096 })).toBe('200 OK');
});
