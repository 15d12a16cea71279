/** Locks in a VM's configuration, files that lock a VM, and the locks of storages. */

import { afterEach, describe, expect, test } from 'vitest';
import {
  scaledDurations,
  type HostSeed,
  type SimulatorOptions,
  type TaskDurations,
} from '../../src/simulator/index.ts';
import { clusterSeed, pveCluster, SHARED, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';
import type { Json } from '../support/pve.ts';

let client: ClusterClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const VM = '/nodes/pve/qemu/101';
const start = async (more: Partial<HostSeed> = {}, options: SimulatorOptions = {}) =>
  (client = await pveCluster({ seed: clusterSeed(more), ...options }));
const failure = async (method: string, path: string, form: Record<string, string | number> = {}) =>
  client.ended(await client.begin(method, path, form));
const reason = async (method: string, path: string, form = {}) => {
  const { status, reason: text } = await client.call(method, path, form);
  return `${status} ${text}`;
};
const LOCKS = ['backup', 'migrate', 'snapshot', 'suspended'];

describe('a lock in the configuration', () => {
  test.each(LOCKS)('%s: is seen everywhere, and stands in the way', async (lock) => {
    await start({ vms: [vmSeed(101, { running: false, config: { lock } })] });
    for (const path of [`${VM}/config`, `${VM}/status/current`]) expect((await client.get(path)).lock, path).toBe(lock);
    expect(await client.resource(101)).toMatchObject({ lock });
    const message = `VM is locked (${lock})`;
    expect(await reason('PUT', `${VM}/config`, { name: 'x' })).toBe(`500 ${message}`);
    expect(await reason('POST', `${VM}/clone`, { newid: 102 })).toBe(`500 ${message}`);
    expect(await reason('POST', `${VM}/migrate`, { target: 'pve2' })).toBe(`500 ${message}`);
    expect(await failure('PUT', `${VM}/resize`, { disk: 'scsi0', size: '+1G' })).toBe(message);
    // A hibernated guest is woken by a start, and may be removed.
    expect(await failure('POST', `${VM}/status/start`)).toBe(lock === 'suspended' ? 'OK' : message);
  });

  test('a guest that a backup has stopped goes on at a start', async () => {
    await start({ vms: [vmSeed(101, { config: { lock: 'backup' } })] });
    expect(await failure('POST', `${VM}/status/start`)).toBe('OK');
    expect(client.vm(101).config.get('lock')).toBe('backup');
    expect(await failure('POST', `${VM}/status/stop`)).toBe('VM is locked (backup)');
  });

  test('somebody else locks it for a while', async () => {
    await start();
    client.simulator.setFaults([
      { at: { method: 'GET', vmid: 101 }, effect: { kind: 'config-locked', lock: 'backup', milliseconds: 60_000 } },
    ]);
    expect(await client.get(`${VM}/config`)).toMatchObject({ lock: 'backup' });
    expect(await failure('POST', `${VM}/status/stop`)).toBe('VM is locked (backup)');
    await client.pass(59_750);
    expect(await client.get(`${VM}/config`)).toMatchObject({ lock: 'backup' });
    await client.pass(250);
    expect(await client.get(`${VM}/config`)).not.toHaveProperty('lock');
  });
});

describe('hibernation', () => {
  test('a guest is put to disk and woken by a start, as it was', async () => {
    await start({}, { taskDurations: { default: 5_000 } });
    await client.call('PUT', `${VM}/config`, { cores: 4 });
    const upid = await client.begin('POST', `${VM}/status/suspend`, { todisk: 1 });
    expect(upid).toContain(':qmsuspend:101:');
    await client.pass(1_000);
    expect(await client.get(`${VM}/status/current`)).toMatchObject({ status: 'running', lock: 'suspending' });
    expect(await client.ended(upid)).toBe('OK');
    const { vmstate, ...config } = await client.get(`${VM}/config`, { current: 1 });
    expect(config).toMatchObject({ lock: 'suspended', runningmachine: expect.stringMatching(/^pc-i440fx-/) });
    expect(vmstate).toMatch(/^ceph:vm-101-state-suspend-\d{4}-\d\d-\d\d$/);
    expect(await client.get(`${VM}/status/current`)).toMatchObject({ status: 'stopped', lock: 'suspended' });
    const size = async () =>
      (await client.get(`/nodes/pve/storage/${SHARED}/content`)).find(({ volid }: Json) => volid === vmstate)?.size;
    expect(await size()).toBe((2 * 2048 + 500) * 2 ** 20);
    expect(await failure('POST', `${VM}/status/start`)).toBe('OK');
    expect(await client.get(`${VM}/status/current`)).toMatchObject({ status: 'running' });
    for (const key of ['lock', 'vmstate', 'runningmachine', 'cores'])
      expect(await client.get(`${VM}/config`, { current: 1 }), key).not.toHaveProperty(key);
    // What waited for a new start still waits.
    expect(client.vm(101).pending.get('cores')).toBe('4');
    expect(await size()).toBeUndefined();
  });

  test('resume wakes it too, and is nothing for a guest that runs', async () => {
    await start();
    await failure('POST', `${VM}/status/suspend`, { todisk: 1, statestorage: 'local-lvm' });
    expect((await client.get('/nodes/pve/storage/local-lvm/content'))[0].volid).toMatch(/state-suspend/);
    const upid = await client.begin('POST', `${VM}/status/resume`);
    expect(upid).toContain(':qmresume:101:');
    expect(await client.ended(upid)).toBe('OK');
    expect(await client.get(`${VM}/status/current`)).toMatchObject({ status: 'running' });
    expect(await failure('POST', `${VM}/status/resume`)).toBe('OK');
    await failure('POST', `${VM}/status/stop`);
    expect(await reason('POST', `${VM}/status/resume`)).toBe('500 VM 101 not running');
    expect(await reason('POST', `${VM}/status/suspend`, { todisk: 1 })).toBe('500 VM 101 not running');
  });

  test('a hibernated VM can be removed, its memory with it', async () => {
    await start();
    await failure('POST', `${VM}/status/suspend`, { todisk: 1 });
    expect(await failure('DELETE', VM, { 'destroy-unreferenced-disks': 1 })).toBe('OK');
    expect(await client.get(`/nodes/pve/storage/${SHARED}/content`)).toEqual([]);
  });

  test('a pause is not simulated', async () => {
    await start();
    expect((await client.call('POST', `${VM}/status/suspend`)).status).toBe(501);
  });
});

describe('the lock of a storage', () => {
  const slow = (allocate: number): TaskDurations => ({ default: 0, byType: { allocate } });
  const clones = async (count: number) => {
    const upids = [];
    for (let n = 0; n < count; n++)
      upids.push(await client.begin('POST', '/nodes/pve/qemu/9000/clone', { newid: 200 + n, full: 1 }));
    return Promise.all(upids.map((upid) => client.ended(upid)));
  };
  const template = (storage: string) =>
    vmSeed(9000, { running: false, template: true, drives: { scsi0: { storage, size: 2 ** 30 } } });

  test.each([
    ['local-lvm', "clone failed: can't lock file '/var/lock/pve-manager/pve-storage-local-lvm' - got timeout"],
    [SHARED, "clone failed: cfs-lock 'storage-ceph' error: got lock request timeout"],
  ])('%s: who waits longer than ten seconds fails and leaves nothing', async (storage, message) => {
    await start({ vms: [template(storage)] }, { taskDurations: slow(4_000) });
    expect((await clones(4)).sort()).toEqual(['OK', 'OK', 'OK', message]);
    expect(client.simulator.host.vms.all()).toHaveLength(4);
  });

  test('a local storage has one for each host, a shared one has one', async () => {
    const nodes = ['pve', 'pve2'];
    const make = async (storage: string) => {
      const begun = client.clock.now();
      const form = { [`scsi0`]: `${storage}:1` };
      const upids = [];
      for (const [index, node] of nodes.entries())
        upids.push(await client.begin('POST', `/nodes/${node}/qemu`, { vmid: 300 + index, ...form }));
      await Promise.all(upids.map((upid) => client.ended(upid)));
      for (const [index, node] of nodes.entries()) await failure('DELETE', `/nodes/${node}/qemu/${300 + index}`);
      return client.clock.now() - begun;
    };
    await start({ vms: [] }, { taskDurations: slow(4_000) });
    const [local, shared] = [await make('local-lvm'), await make(SHARED)];
    expect(shared - local).toBeGreaterThanOrEqual(3_500);
  });

  test('is not held while a volume is copied', async () => {
    await start({ vms: [template('local-lvm')] }, { taskDurations: { default: 60_000, byType: { allocate: 1_000 } } });
    const begun = client.clock.now();
    expect(new Set(await clones(5))).toEqual(new Set(['OK']));
    expect(client.clock.now() - begun).toBeLessThan(70_000);
  });
});

describe('the file that locks a VM', () => {
  test('a new VM is locked while it is made', async () => {
    await start({ vms: [] }, { taskDurations: { default: 20_000 } });
    const upid = await client.begin('POST', '/nodes/pve/qemu', { vmid: 105, scsi0: 'ceph:1' });
    const other = client.begin('POST', '/nodes/pve/qemu/105/status/stop');
    // Stopping what does not run needs no more than the file.
    const stopped = await client.ended(await other);
    expect(stopped).toBe("can't lock file '/var/lock/qemu-server/lock-105.conf' - got timeout");
    expect(await client.ended(upid)).toBe('OK');
  });

  test('an import holds it for as long as it takes, and a second writer gives up', async () => {
    const image = { node: 'pve', storage: 'local', content: 'import', name: 'a.qcow2', size: 1 } as const;
    await start({ files: [{ ...image, virtualSize: 12 * 2 ** 30 }] }, { taskDurations: scaledDurations(1) });
    const first = client.call('PUT', `${VM}/config`, { scsi1: 'local-lvm:0,import-from=local:import/a.qcow2' });
    // Until the first one holds the lock.
    while ((client.simulator.log.entries().at(-1)?.user ?? null) === null)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await client.asked('PUT', `${VM}/config`, { name: 'x' });
    expect(second.reason).toBe("can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout");
    await client.pass(30_000);
    expect((await first).status).toBe(200);
  });

  test('volumes of a synchronous change wait for their storage as well', async () => {
    await start({}, { taskDurations: { default: 0, byType: { allocate: 12_000 } } });
    const created = await client.begin('POST', '/nodes/pve/qemu', { vmid: 105, scsi0: 'local-lvm:1' });
    const answer = await client.asked('PUT', `${VM}/config`, { scsi1: 'local-lvm:1' });
    expect(answer.reason).toBe("can't lock file '/var/lock/pve-manager/pve-storage-local-lvm' - got timeout");
    expect(await client.ended(created)).toBe('OK');
  });

  test.each([1, 1 / 20])('a wait loses against the same work at every pace: %f', async (factor) => {
    await start({}, { taskDurations: scaledDurations(factor) });
    // A reboot takes thirteen seconds, and who wants the lock meanwhile waits ten.
    const reboot = await client.begin('POST', `${VM}/status/reboot`);
    const resize = await client.begin('PUT', `${VM}/resize`, { disk: 'scsi0', size: '+1G' });
    expect(await client.ended(resize)).toBe("can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout");
    expect(await client.ended(reboot)).toBe('OK');
  });
});
