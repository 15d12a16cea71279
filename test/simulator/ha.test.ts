/** High availability: resources, what is asked of managed guests, and when it happens. */

import { afterEach, describe, expect, test } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/index.ts';
import { clusterSeed, pveCluster, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';
import type { Json } from '../support/pve.ts';

let client: ClusterClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const RESOURCES = '/cluster/ha/resources';
const VM = '/nodes/pve/qemu/101';
const ROUND = 10_000;

const start = async (options: SimulatorOptions = {}) => (client = await pveCluster(options));
/** VM 101 runs and is managed. */
const managed = (options: SimulatorOptions = {}, settings = {}) =>
  start({ seed: clusterSeed({ ha: { resources: [{ sid: 'vm:101', state: 'started', ...settings }] } }), ...options });
const reason = async (method: string, path: string, form = {}) => {
  const { status, reason: text } = await client.call(method, path, form);
  return `${status} ${text}`;
};
const status = (): Promise<Json> => client.get(`${VM}/status/current`);
const tasks = () =>
  client.simulator.host.tasks
    .list()
    .map(({ type, user, node }) => `${type} ${user} ${node}`)
    .reverse();

describe('resources', () => {
  test('are made, read, changed and removed', async () => {
    await start();
    expect((await client.call('POST', RESOURCES, { sid: 'vm:101', comment: 'x', max_restart: 2 })).data).toBeNull();
    expect(await client.get(`${RESOURCES}/vm:101`)).toEqual({
      sid: 'vm:101',
      type: 'vm',
      comment: 'x',
      max_restart: 2,
      digest: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    await client.call('PUT', `${RESOURCES}/101`, { state: 'stopped', delete: 'comment' });
    expect(await client.get(`${RESOURCES}/vm:101`)).toMatchObject({ state: 'stopped', max_restart: 2 });
    expect(await client.get(`${RESOURCES}/vm:101`)).not.toHaveProperty('comment');
    expect((await client.get(RESOURCES)).map(({ sid }: Json) => sid)).toEqual(['vm:101']);
    expect(await client.get(RESOURCES, { type: 'ct' })).toEqual([]);
    expect((await client.call('DELETE', `${RESOURCES}/vm:101`)).status).toBe(200);
    expect(await client.get(RESOURCES)).toEqual([]);
  });

  test.each(['8.4', '9.0', '9.1'])('%s: the words of every refusal', async (version) => {
    await managed({ version });
    // The bpg provider reads "no such resource" as "not managed".
    expect(await reason('GET', `${RESOURCES}/vm:102`)).toBe("500 no such resource 'vm:102'");
    expect(await reason('GET', `${RESOURCES}/102`)).toBe(
      '500 unable do detect SID from VMID - VM/CT 102 does not exist',
    );
    expect(await reason('DELETE', `${RESOURCES}/vm:102`)).toBe("500 cannot delete service 'vm:102', not HA managed!");
    expect(await reason('POST', RESOURCES, { sid: 'vm:102' })).toBe("500 resource 'vm:102' does not exist in cluster");
    expect(await reason('POST', RESOURCES, { sid: 'vm:101' })).toBe(
      "500 create resource failed: resource ID 'vm:101' already defined",
    );
    expect(await reason('POST', RESOURCES, { sid: 'vm:101', type: 'ct' })).toBe('500 types does not match');
    expect(await reason('PUT', `${RESOURCES}/vm:102`, { state: 'started' })).toBe(
      "500 update resources config failed: no such resource 'vm:102'",
    );
    expect(await reason('PUT', `${RESOURCES}/vm:101`, { digest: 'a' })).toBe(
      '500 update resources config failed: detected modified configuration - file changed by other user? Try again.',
    );
    expect(await reason('POST', `${RESOURCES}/vm:102/migrate`, { node: 'pve2' })).toBe(
      "500 resource 'vm:102' is not HA managed",
    );
    expect((await client.call('GET', `${RESOURCES}/vm_101`)).errors).toEqual({
      sid: 'invalid format - value does not look like a valid ha resource id\n',
    });
  });

  test.each<[string, string, Record<string, string | number>]>([
    ['GET', RESOURCES, {}],
    ['GET', `${RESOURCES}/vm:101`, {}],
    ['GET', '/cluster/ha/status/current', {}],
    ['POST', RESOURCES, { sid: 'vm:101' }],
    ['PUT', `${RESOURCES}/vm:101`, { state: 'stopped' }],
    ['DELETE', `${RESOURCES}/vm:101`, {}],
    ['POST', `${RESOURCES}/vm:101/migrate`, { node: 'pve2' }],
  ])('%s %s needs a privilege on the cluster', async (method, path, form) => {
    await managed({ seed: { ...clusterSeed(), access: LIMITED, ha: { resources: [{ sid: 'vm:101' }] } } });
    const privilege = method === 'GET' ? 'Sys.Audit' : 'Sys.Console';
    expect(await reason(method, path, form)).toBe(`403 Permission check failed (/, ${privilege})`);
    // The state of a guest is for whoever may see the guest.
    expect(await client.resource(101)).toMatchObject({ hastate: 'started' });
  });

  test('only 9.x has failback, only 9.1 takes a resource out of its rules', async () => {
    const errors = async (version: string, method: string, path: string, form: Record<string, string | number>) => {
      await managed({ version });
      const answer = await client.call(method, path, form);
      await client.close();
      return Object.keys(answer.errors ?? {});
    };
    expect(await errors('8.4', 'PUT', `${RESOURCES}/vm:101`, { failback: 0 })).toEqual(['failback']);
    expect(await errors('9.0', 'PUT', `${RESOURCES}/vm:101`, { failback: 0 })).toEqual([]);
    expect(await errors('9.0', 'DELETE', `${RESOURCES}/vm:101`, { purge: 1 })).toEqual(['purge']);
    expect(await errors('9.1', 'DELETE', `${RESOURCES}/vm:101`, { purge: 1 })).toEqual([]);
    await managed();
  });
});

const LIMITED = {
  users: [{ id: 'root@pam' }],
  tokens: [{ id: 'root@pam!rehearsal', secret: '5eed0000-0000-4000-8000-000000000001' }],
  acl: [{ path: '/vms', who: 'root@pam!rehearsal', role: 'PVEVMAdmin' }],
};

describe('a managed VM', () => {
  test.each([
    ['stop', {}, 'qmstop'],
    ['shutdown', {}, 'qmshutdown'],
  ])('%s is a request: its task is done while the guest runs', async (verb, form, real) => {
    await managed();
    const upid = await client.begin('POST', `${VM}/status/${verb}`, form);
    expect(upid).toContain(':hastop:101:');
    expect(await client.ended(upid)).toBe('OK');
    expect(await status()).toMatchObject({ status: 'running', ha: { managed: 1, state: 'started' } });
    expect((await client.get(`${RESOURCES}/vm:101`)).state).toBe('started');
    await client.pass(ROUND);
    expect(await status()).toMatchObject({ status: 'running', ha: { state: 'request_stop' } });
    // What was asked for is now the resource's own state: it stays down.
    expect((await client.get(`${RESOURCES}/vm:101`)).state).toBe('stopped');
    await client.pass(ROUND / 2);
    expect((await status()).status).toBe('stopped');
    expect(tasks()).toEqual(['hastop root@pam!rehearsal pve', `${real} root@pam pve`]);
    await client.pass(2 * ROUND);
    expect(await status()).toMatchObject({ status: 'stopped', ha: { managed: 1, state: 'stopped' } });
  });

  test('start is a request as well', async () => {
    await managed({
      seed: clusterSeed({
        vms: [vmSeed(101, { running: false })],
        ha: { resources: [{ sid: 'vm:101', state: 'stopped' }] },
      }),
    });
    expect(await client.ended(await client.begin('POST', `${VM}/status/start`))).toBe('OK');
    expect(await status()).toMatchObject({ status: 'stopped', ha: { state: 'stopped' } });
    expect((await client.get(`${RESOURCES}/vm:101`)).state).toBe('started');
    await client.pass(1.5 * ROUND);
    expect((await status()).status).toBe('running');
    expect(tasks()).toEqual(['hastart root@pam!rehearsal pve', 'qmstart root@pam pve']);
  });

  test('a guest that goes down by itself is started again, and so is one that is stopped behind its back', async () => {
    await managed();
    client.vm(101).pid = null;
    client.simulator.host.vms.announce(client.vm(101));
    expect((await status()).status).toBe('stopped');
    await client.pass(1.5 * ROUND);
    expect((await status()).status).toBe('running');
  });

  test.each([
    ['stop', { 'overrule-shutdown': 1 }, { 'overrule-shutdown': 'Not applicable for HA resources.' }],
    ['stop', { skiplock: 1 }, { skiplock: 'Only root may use this option.' }],
  ])('%s with %o is refused', async (verb, form, errors) => {
    await managed();
    expect((await client.call('POST', `${VM}/status/${verb}`, form)).errors).toEqual(errors);
  });

  test('is not removed without purge, and with it only when it is down', async () => {
    await managed();
    expect(await reason('DELETE', VM)).toBe(
      '500 unable to remove VM 101 - used in HA resources and purge parameter not set.',
    );
    await client.begin('POST', `${VM}/status/shutdown`);
    // Right after the request it still runs.
    expect(await reason('DELETE', VM, { purge: 1 })).toBe('500 VM 101 is running - destroy failed');
    await client.pass(2 * ROUND);
    expect(await reason('DELETE', VM)).toBe(
      '500 unable to remove VM 101 - used in HA resources and purge parameter not set.',
    );
    const upid = await client.begin('DELETE', VM, { purge: 1 });
    expect(await client.ended(upid)).toBe('OK');
    expect(client.lines(upid)).toContain('NOTE: removed VM 101 from HA resource configuration.');
    expect(await client.get(RESOURCES)).toEqual([]);
    expect(client.simulator.host.vms.find(101)).toBeUndefined();
  });

  test('is protected before it is managed', async () => {
    await managed({
      seed: clusterSeed({
        vms: [vmSeed(101, { config: { protection: '1' } })],
        ha: { resources: [{ sid: 'vm:101' }] },
      }),
    });
    expect(await reason('DELETE', VM)).toBe("500 can't remove VM 101 - protection mode enabled");
  });

  test('that is ignored is like any other, but for its removal', async () => {
    await managed({}, { state: 'ignored' });
    expect(await status()).toMatchObject({ ha: { managed: 0 } });
    expect(await client.begin('POST', `${VM}/status/stop`)).toContain(':qmstop:');
    expect((await status()).status).toBe('stopped');
    await client.pass(3 * ROUND);
    expect((await status()).status).toBe('stopped');
    expect(await reason('DELETE', VM)).toMatch(/purge parameter not set/);
  });

  test('configuration, resize and clone are as of any other', async () => {
    await managed();
    expect((await client.call('PUT', `${VM}/config`, { description: 'x' })).status).toBe(200);
    expect(await client.ended(await client.begin('PUT', `${VM}/resize`, { disk: 'scsi0', size: '+1G' }))).toBe('OK');
    expect(await client.ended(await client.begin('POST', `${VM}/clone`, { newid: 102, full: 1 }))).toBe('OK');
    expect((await client.get('/nodes/pve/qemu/102/status/current')).ha).toEqual({ managed: 0 });
  });

  test('new with ha-managed: 9.1 only', async () => {
    await start();
    const form = { vmid: 105, 'ha-managed': 1, start: 1, scsi0: 'ceph:1' };
    const upid = await client.begin('POST', '/nodes/pve/qemu', form);
    expect(await client.ended(upid)).toBe('OK');
    expect(client.lines(upid)).toContain('Add as HA resource');
    expect(client.vm(105).pid).toBeNull();
    expect((await client.get(`${RESOURCES}/vm:105`)).state).toBe('started');
    await client.pass(2 * ROUND);
    expect(client.vm(105).pid).not.toBeNull();
    await client.close();
    await start({ version: '9.0' });
    expect(Object.keys((await client.call('POST', '/nodes/pve/qemu', form)).errors ?? {})).toEqual(['ha-managed']);
  });

  test('cannot be hibernated', async () => {
    await managed();
    expect(await reason('POST', `${VM}/status/suspend`, { todisk: 1 })).toBe(
      '500 Cannot suspend HA managed VM to disk',
    );
  });
});

describe('a resource', () => {
  test('that is new starts its guest, and its state is empty until the manager has seen it', async () => {
    await start({ seed: clusterSeed({ vms: [vmSeed(101, { running: false })] }) });
    await client.call('POST', RESOURCES, { sid: 'vm:101' });
    expect(await status()).toMatchObject({ status: 'stopped', ha: { managed: 1, state: null } });
    expect(await client.resource(101)).not.toHaveProperty('hastate');
    await client.pass(2 * ROUND);
    expect(await status()).toMatchObject({ status: 'running', ha: { managed: 1, state: 'started' } });
    expect(await client.resource(101)).toMatchObject({ hastate: 'started' });
  });

  test('is left alone once the simulator has stopped', async () => {
    await managed();
    await client.call('PUT', `${RESOURCES}/vm:101`, { state: 'stopped' });
    await client.close();
    await client.pass(4 * ROUND);
    expect(client.vm(101).pid).not.toBeNull();
    await managed();
  });

  test('that is removed leaves its guest as it is', async () => {
    await managed();
    await client.call('DELETE', `${RESOURCES}/vm:101`);
    await client.pass(3 * ROUND);
    expect(await status()).toMatchObject({ status: 'running', ha: { managed: 0 } });
    expect(await client.begin('POST', `${VM}/status/stop`)).toContain(':qmstop:');
  });

  test('that does not start is tried again, elsewhere, and then in error until it has been disabled', async () => {
    // No host has this bridge.
    const config = { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr9' };
    await start({
      seed: clusterSeed({
        vms: [vmSeed(101, { running: false, config })],
        ha: { resources: [{ sid: 'vm:101', state: 'stopped', max_restart: 1, max_relocate: 2 }] },
      }),
    });
    await client.call('PUT', `${RESOURCES}/vm:101`, { state: 'started' });
    await client.pass(25 * ROUND);
    expect(client.simulator.host.ha.stateOf('vm:101')).toBe('error');
    // Each host once, and there as often as max_restart says.
    const starts = (node: string) => [`qmstart root@pam ${node}`, `qmstart root@pam ${node}`];
    expect(tasks()).toEqual([
      ...starts('pve'),
      'qmigrate root@pam pve',
      ...starts('pve2'),
      'qmigrate root@pam pve2',
      ...starts('pve3'),
    ]);
    const { node } = client.vm(101);
    expect(node).not.toBe('pve');
    const path = `/nodes/${node}/qemu/101`;
    const upid = await client.begin('POST', `${path}/status/start`);
    expect(await client.ended(upid)).toBe("command 'ha-manager set vm:101 --state started' failed: exit code 255");
    expect(client.lines(upid)).toContain("service 'vm:101' in error state, must be disabled and fixed first");
    expect(await reason('PUT', `${RESOURCES}/vm:101`, { state: 'started' })).toBe(
      "500 service 'vm:101' in error state, must be disabled and fixed first",
    );
    expect(await reason('PUT', `${RESOURCES}/vm:101`, { state: 'disabled' })).toBe('200 OK');
    await client.pass(2 * ROUND);
    expect(client.simulator.host.ha.stateOf('vm:101')).toBe('stopped');
  });

  test('that is to stop while it is being started is stopped afterwards', async () => {
    await managed({ taskDurations: { default: 0, byType: { qmstart: 40_000 } } });
    client.vm(101).pid = null;
    client.simulator.host.vms.announce(client.vm(101));
    await client.pass(1.5 * ROUND);
    await client.call('PUT', `${RESOURCES}/vm:101`, { state: 'stopped' });
    await client.pass(42_000);
    // The start has ended well, and is not taken for the end of the stop.
    expect(await status()).toMatchObject({ status: 'running', ha: { state: 'request_stop' } });
    await client.pass(ROUND / 2);
    expect(await status()).toMatchObject({ status: 'stopped' });
  });

  test('a container', async () => {
    await start({
      seed: clusterSeed({
        containers: [{ vmid: 200, node: 'pve', name: 'ct' }],
        ha: { resources: [{ sid: 'ct:200' }] },
      }),
    });
    expect(await client.get(`${RESOURCES}/200`)).toMatchObject({ sid: 'ct:200', type: 'ct' });
    await client.pass(2 * ROUND);
    expect(client.simulator.host.containers.find(200)?.running).toBe(true);
  });
});

describe('moves', () => {
  test('a migration of a managed VM is a request', async () => {
    await managed();
    const upid = await client.begin('POST', `${VM}/migrate`, { target: 'pve2', online: 1 });
    expect(upid).toContain(':hamigrate:101:');
    expect(await client.ended(upid)).toBe('OK');
    expect(client.vm(101).node).toBe('pve');
    await client.pass(ROUND);
    expect(await client.resource(101)).toMatchObject({ node: 'pve', hastate: 'migrate' });
    await client.pass(2 * ROUND);
    expect(await client.resource(101)).toMatchObject({ node: 'pve2', hastate: 'started', status: 'running' });
    expect(tasks()).toEqual(['hamigrate root@pam!rehearsal pve', 'qmigrate root@pam pve']);
  });

  test.each([
    ['8.4', null],
    ['9.0', { sid: 'vm:101', 'requested-node': 'pve2' }],
    ['9.1', { sid: 'vm:101', 'requested-node': 'pve2' }],
  ])('%s: POST .../migrate of a resource', async (version, data) => {
    await managed({ version });
    expect((await client.call('POST', `${RESOURCES}/vm:101/migrate`, { node: 'pve2' })).data).toEqual(data);
    await client.pass(3 * ROUND);
    expect(client.vm(101)).toMatchObject({ node: 'pve2', pid: expect.any(Number) });
  });

  test('a relocation stops the guest and starts it there', async () => {
    await managed();
    await client.call('POST', `${RESOURCES}/vm:101/relocate`, { node: 'pve3' });
    await client.pass(4 * ROUND);
    expect(client.vm(101)).toMatchObject({ node: 'pve3', pid: expect.any(Number) });
    expect(tasks()).toEqual(['qmshutdown root@pam pve', 'qmigrate root@pam pve', 'qmstart root@pam pve3']);
  });

  test('to a host that is not there nothing moves', async () => {
    await managed();
    client.simulator.host.nodeStates.set('pve2', 'offline');
    await client.call('POST', `${RESOURCES}/vm:101/migrate`, { node: 'pve2' });
    await client.pass(3 * ROUND);
    expect(client.vm(101).node).toBe('pve');
  });

  test('it takes local disks along', async () => {
    const drives = { scsi0: { storage: 'local-lvm', size: 2 ** 30 } };
    await managed({ seed: clusterSeed({ vms: [vmSeed(101, { drives })], ha: { resources: [{ sid: 'vm:101' }] } }) });
    await client.begin('POST', `${VM}/migrate`, { target: 'pve2', online: 1 });
    await client.pass(3 * ROUND);
    expect(client.vm(101).node).toBe('pve2');
    expect(await client.get('/nodes/pve/storage/local-lvm/content')).toEqual([]);
  });

  test('from a host that has died: after its fencing, and its local disks stay behind', async () => {
    await managed();
    const { nodeStates } = client.simulator.host;
    nodeStates.set('pve', 'online');
    await client.call('POST', `${RESOURCES}/vm:101/migrate`, { node: 'pve2' });
    await client.pass(3 * ROUND);
    client.vm(101).config.set('lock', 'backup');
    nodeStates.set('pve2', 'offline');
    await client.pass(7 * ROUND);
    expect(await client.resource(101)).toMatchObject({ node: 'pve2', hastate: 'fence' });
    await client.pass(9 * ROUND);
    expect(await client.resource(101)).toMatchObject({ status: 'running', hastate: 'started' });
    expect(client.vm(101).node).not.toBe('pve2');
    // What the dead host's work had locked is free again.
    expect(client.vm(101).config.has('lock')).toBe(false);
  });
});

describe('status', () => {
  const entries = async () => (await client.get('/cluster/ha/status/current')) as Json[];

  test('names quorum, master, local managers and resources', async () => {
    await managed();
    const found = await entries();
    expect(found.map(({ id }) => id)).toEqual([
      'quorum',
      'master',
      'lrm:pve',
      'lrm:pve2',
      'lrm:pve3',
      'service:vm:101',
    ]);
    expect(found[0]).toMatchObject({ status: 'OK', quorate: 1 });
    expect(found[2].status).toMatch(/^pve \(active, /);
    expect(found[3].status).toMatch(/^pve2 \(idle, /);
    expect(found[5]).toMatchObject({
      type: 'service',
      sid: 'vm:101',
      node: 'pve',
      state: 'started',
      crm_state: 'started',
      request_state: 'started',
      status: 'vm:101 (pve, started)',
      max_restart: 1,
      max_relocate: 1,
      failback: 1,
    });
  });

  test('8.4 knows no failback, and a cluster without resources no master', async () => {
    await managed({ version: '8.4' });
    expect((await entries()).at(-1)).not.toHaveProperty('failback');
    await client.close();
    await start();
    expect((await entries()).map(({ id }) => id)).toEqual(['quorum']);
  });

  test('says what is going on before the manager has begun', async () => {
    await managed();
    const state = async () => (await entries()).at(-1).state;
    await client.call('PUT', `${RESOURCES}/vm:101`, { state: 'stopped' });
    expect(await state()).toBe('stopping');
    await client.pass(4 * ROUND);
    expect(await state()).toBe('stopped');
    await client.call('PUT', `${RESOURCES}/vm:101`, { state: 'started' });
    expect(await state()).toBe('starting');
    await client.pass(ROUND);
    expect((await entries()).at(-1)).toMatchObject({ crm_state: 'started', state: 'starting' });
    await client.call('PUT', `${RESOURCES}/vm:101`, { state: 'ignored' });
    expect(await state()).toBe('ignored');
    await client.call('DELETE', `${RESOURCES}/vm:101`);
    expect(await state()).toBe('deleting');
  });
});
