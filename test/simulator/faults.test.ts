import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault, FaultEffect, FaultTarget } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
beforeEach(async () => {
  client = await pve({ seed: seed(), lockTimeoutMilliseconds: 60 });
});
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const CLONE = '/nodes/{node}/qemu/{vmid}/clone';
const clone = (newid = 101) => client.call('POST', `${NODE}/9000/clone`, { newid, full: 1, name: 'a' });
const plan = (...faults: Fault[]) => {
  client.simulator.setFaults(faults);
};
const atClone = (effect: FaultEffect): Fault => ({ at: { endpoint: `POST ${CLONE}` }, effect });
const exists = (vmid: number) => client.simulator.host.vms.find(vmid) !== undefined;
async function ended(upid: string): Promise<string | null> {
  await client.simulator.host.tasks.settled();
  return client.simulator.host.tasks.get(upid).exitStatus;
}

test('before the effect the connection breaks and nothing has happened', async () => {
  plan(atClone({ kind: 'drop-before' }));
  await expect(clone()).rejects.toThrow(/hang up|ECONNRESET/);
  expect(exists(101)).toBe(false);
  expect(client.simulator.log.writes()[0]).toMatchObject({
    status: null,
    faults: [{ kind: 'drop-before' }],
    upid: null,
  });
  expect((await clone()).status).toBe(200);
});

test('after the effect the client never hears of it', async () => {
  plan(atClone({ kind: 'drop-after' }));
  await expect(clone()).rejects.toThrow(/hang up|ECONNRESET/);
  await client.simulator.host.tasks.settled();
  expect(exists(101)).toBe(true);
  expect((await clone()).reason).toBe('unable to create VM 101: config file already exists');
});

test.each([
  [500, 'got timeout'],
  [595, 'Connection refused'],
  [596, 'Broken pipe'],
])('%d %s', async (status, reason) => {
  plan(atClone({ kind: 'status', status, reason }));
  expect(await clone()).toMatchObject({ status, reason });
  expect(exists(101)).toBe(false);
});

test('the task fails and leaves nothing', async () => {
  plan(atClone({ kind: 'task-error', message: 'clone failed: no luck' }));
  expect(await ended((await clone()).data)).toBe('clone failed: no luck');
  expect(exists(101)).toBe(false);
});

test('the task warns and does its work', async () => {
  plan(atClone({ kind: 'task-warning', message: 'thin pool over-provisioned' }));
  const { data: upid } = await clone();
  expect(await ended(upid)).toBe('WARNINGS: 1');
  expect(exists(101)).toBe(true);
  expect(
    (await client.get(`/nodes/pve/tasks/${encodeURIComponent(upid)}/log`)).map(({ t }: Json) => t).slice(-2),
  ).toEqual(['WARN: thin pool over-provisioned', 'TASK WARNINGS: 1']);
});

test('the answer comes late', async () => {
  plan({ at: { method: 'GET', endpoint: 'GET /version' }, effect: { kind: 'slow', milliseconds: 120 } });
  const before = performance.now();
  await client.get('/version');
  expect(performance.now() - before).toBeGreaterThan(110);
});

test('somebody holds the lock: for a while, or for too long', async () => {
  plan(atClone({ kind: 'lock-held', milliseconds: 30 }));
  expect(await ended((await clone()).data)).toBe('OK');
  plan({ at: { method: 'PUT', vmid: 101 }, effect: { kind: 'lock-held', milliseconds: 200 } });
  expect((await client.call('PUT', `${NODE}/101/config`, { cores: 3 })).reason).toBe(
    "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout",
  );
});

test('the token is revoked in mid-run, until the plan is set anew', async () => {
  plan({ at: { write: 2 }, effect: { kind: 'token-revoked' } });
  expect((await clone(101)).status).toBe(200);
  expect(await clone(102)).toMatchObject({ status: 401, reason: 'Authentication failed!' });
  expect((await client.call('GET', '/version')).status).toBe(401);
  plan();
  expect((await client.call('GET', '/version')).status).toBe(200);
});

test.each<[string, string, RegExp, string]>([
  ['local-lvm', 'local-lvm:5', /free space in thin pool pve\/data reached threshold/, ''],
  ['files', 'files:5', /No space left on device/, ''],
])('%s is full', async (storage, disk, message) => {
  plan({ at: { write: 1 }, effect: { kind: 'storage-full', storage } });
  const { data } = await client.call('POST', NODE, { vmid: 101, scsi0: disk });
  expect(await ended(data)).toMatch(message);
  expect(exists(101)).toBe(false);
  plan();
  expect(await client.task('POST', NODE, { vmid: 101, scsi0: disk })).toBe('OK');
});

test('a plan about a storage that is not there is refused', () => {
  expect(() => {
    plan({ at: {}, effect: { kind: 'storage-full', storage: 'nope' } });
  }).toThrow("the fault plan fills storage 'nope'; there are local, local-lvm, files");
});

describe('targets', () => {
  test('the n-th write, whatever it is', async () => {
    plan({ at: { write: 2 }, effect: { kind: 'status', status: 500, reason: 'x' } });
    await client.get('/version');
    const answers = [await clone(101), await clone(102), await clone(103)];
    expect(answers.map(({ status }) => status)).toEqual([200, 500, 200]);
  });

  test('some pass, some are struck', async () => {
    plan({ ...atClone({ kind: 'status', status: 500, reason: 'x' }), skip: 1, times: 2 });
    const answers = [];
    for (const newid of [101, 102, 103, 104]) answers.push((await clone(newid)).status);
    expect(answers).toEqual([200, 500, 500, 200]);
  });

  test.each<[string, FaultTarget, readonly number[]]>([
    ['an endpoint with its method', { endpoint: 'PUT /nodes/{node}/qemu/{vmid}/config' }, [200, 500, 200]],
    ['all methods of a path', { endpoint: '/nodes/{node}/qemu/{vmid}/config' }, [500, 500, 200]],
    ['one of them', { endpoint: '/nodes/{node}/qemu/{vmid}/config', method: 'GET' }, [500, 200, 200]],
    ['no endpoint without its placeholders', { endpoint: '/nodes/pve/qemu/9000/config' }, [200, 200, 200]],
    ['no endpoint with another method', { endpoint: 'POST /nodes/{node}/qemu/{vmid}/config' }, [200, 200, 200]],
  ])('%s', async (_what, at, statuses) => {
    plan({ at, effect: { kind: 'status', status: 500, reason: 'x' }, times: 9 });
    const config = `${NODE}/9000/config`;
    const answers = [
      await client.call('GET', config),
      await client.call('PUT', config, { description: 'a' }),
      await client.call('GET', `${NODE}/9000/pending`),
    ];
    expect(answers.map(({ status }) => status)).toEqual(statuses);
  });

  test('a VM, be it source or copy', async () => {
    plan({ at: { vmid: 102 }, effect: { kind: 'status', status: 500, reason: 'x' } });
    expect([(await clone(101)).status, (await clone(102)).status]).toEqual([200, 500]);
  });
});

describe('the log', () => {
  test('tells what happened since a mark, and to whom', async () => {
    const { log } = client.simulator;
    await clone(101);
    const mark = log.mark();
    await client.call('PUT', `${NODE}/101/config`, { cores: 'x' });
    await client.call('GET', `${NODE}/9000/config`);
    await client.call('POST', '/pools', { poolid: 'a' });
    await client.call('PUT', '/pools', { poolid: 'a', vms: '101,9000' });
    await client.call('DELETE', '/nodes/pve/storage/local-lvm/content/local-lvm:vm-101-disk-0');
    await client.call('GET', '/nodes/pve/ceph');
    expect(log.entries(mark)).toHaveLength(6);
    expect(log.writes(mark).map(({ endpoint }) => endpoint)).toEqual([
      'PUT /nodes/{node}/qemu/{vmid}/config',
      'POST /pools',
      'PUT /pools',
      'DELETE /nodes/{node}/storage/{storage}/content/{volume}',
    ]);
    expect(log.writesTo([101]).map(({ method }) => method)).toEqual(['POST', 'PUT', 'PUT', 'DELETE']);
    expect(log.writesTo([9000], mark).map(({ path }) => path)).toEqual(['/pools']);
    expect(log.outsideSchema().map(({ schemaErrors }) => schemaErrors)).toEqual([
      { cores: "type check ('integer') failed - got 'x'" },
    ]);
    expect(log.unimplemented().map(({ path, status, reason }) => [path, status, reason])).toEqual([
      ['/nodes/pve/ceph', 501, "Method 'GET /nodes/pve/ceph' not implemented"],
    ]);
  });
});
