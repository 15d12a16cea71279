/** Options that root@pam alone may give. A token of root is not root. */

import { afterAll, describe, expect, test } from 'vitest';
import { endpointsOf } from '../../../../src/simulator/schema/facts.ts';
import { NODE, type Form, type PveClient } from '../../../support/pve.ts';
import { asRoot, closeStages, stage, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const VM = `${NODE}/101`;
const PREFIX = '/nodes/{node}/qemu/{vmid}';
const LOCKED: Guest = { config: { lock: 'backup' } };
const RUNNING: Guest = { ...LOCKED, running: true };

/** What a call needs besides, and the VM on which it does something. */
const CALLS: Readonly<Record<string, { readonly form?: Form; readonly guest: Guest }>> = {
  'DELETE ': { guest: LOCKED },
  'PUT /config': { form: { cores: 2 }, guest: LOCKED },
  'POST /config': { form: { cores: 2 }, guest: LOCKED },
  'PUT /resize': { form: { disk: 'scsi0', size: '+1G' }, guest: LOCKED },
  'POST /status/start': { guest: LOCKED },
  'POST /status/stop': { guest: RUNNING },
  'POST /status/shutdown': { guest: RUNNING },
  'POST /status/reset': { guest: RUNNING },
  'POST /status/suspend': { form: { todisk: 1 }, guest: { config: { lock: 'migrate' }, running: true } },
  'POST /status/resume': { guest: RUNNING },
};

const callOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path.slice(PREFIX.length)}`;

test('every call that can skip the lock is tried', () => {
  const asked = endpointsOf('9.1').filter(({ parameters }) => parameters.has('skiplock'));
  expect(asked.map(callOf).sort()).toEqual(Object.keys(CALLS).sort());
});

describe.each(Object.entries(CALLS))('%s with skiplock', (name, { form = {}, guest }) => {
  const [method = '', path = ''] = name.split(' ');
  const send = (more: Form, headers = {}) => client.call(method, `${VM}${path}`, { ...form, ...more }, headers);

  test('is refused to a token of root, and changes nothing', async () => {
    client = await stage(guest);
    const before = structuredClone(client.simulator.host.vms.get('pve', 101));
    const { status, reason, errors } = await send({ skiplock: 1 });
    await client.simulator.host.tasks.settled();
    expect([status, reason]).toEqual([400, 'Parameter verification failed.']);
    expect(errors).toEqual({ skiplock: 'Only root may use this option.' });
    expect(client.simulator.host.vms.get('pve', 101)).toEqual(before);
  });

  test('does its work for root', async () => {
    client = await stage(guest);
    const { status, data: upid } = await send({ skiplock: 1 }, await asRoot(client));
    expect(status).toBe(200);
    if (typeof upid !== 'string') return;
    await client.simulator.host.tasks.settled();
    const task = await client.get(`/nodes/pve/tasks/${encodeURIComponent(upid)}/status`);
    expect(task.exitstatus).toBe('OK');
  });

  test('switched off may be said by anybody', async () => {
    client = await stage(guest);
    expect((await send({ skiplock: 0 })).reason).not.toBe('Parameter verification failed.');
  });
});

test.each<[string, Form]>([
  ['start', { stateuri: 'unix' }],
  ['start', { migratedfrom: 'pve' }],
  ['start', { migration_type: 'insecure' }],
  ['start', { migration_network: '10.0.0.0/24' }],
  ['start', { targetstorage: '1' }],
  ['start', { 'force-cpu': 'host' }],
  ['start', { 'with-conntrack-state': 1 }],
  ['start', { 'nets-host-mtu': 'net0=1500' }],
  ['stop', { keepActive: 1 }],
  ['stop', { migratedfrom: 'pve' }],
  ['shutdown', { keepActive: 1 }],
  ['resume', { nocheck: 1 }],
])('%s with %o is refused to a token of root', async (what, form) => {
  client = await stage({});
  const { status, errors } = await client.call('POST', `${VM}/status/${what}`, form);
  expect(status).toBe(400);
  expect(errors).toEqual({ [Object.keys(form)[0] ?? '']: 'Only root may use this option.' });
});
