/** Guests that are stopped and started anew. */

import { afterAll, expect, test } from 'vitest';
import { NODE, type PveClient } from '../../../support/pve.ts';
import { closeStages, only, stage, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const act = (what: string, form = {}) => client.task('POST', `${NODE}/101/status/${what}`, form);
const isRunning = () => client.simulator.host.vms.get('pve', 101).pid !== null;
const LOCKED = { config: { lock: 'backup' } };

test.each<[string, Guest, string]>([
  ['stop', {}, 'OK'],
  ['shutdown', {}, 'OK'],
  ['stop', LOCKED, 'OK'],
  ['shutdown', LOCKED, 'OK'],
  ['stop', { running: true }, 'OK'],
  ['stop', { ...LOCKED, running: true }, 'VM is locked (backup)'],
  ['shutdown', { ...LOCKED, running: true }, 'VM is locked (backup)'],
  ['reset', { ...LOCKED, running: true }, 'VM is locked (backup)'],
  ['reboot', { ...LOCKED, running: true }, 'VM is locked (backup)'],
])('%s of %o: %s', async (what, guest, status) => {
  client = await stage(guest);
  expect(await act(what)).toBe(status);
  expect(isRunning()).toBe(status !== 'OK');
});

test.each(['reset', 'reboot'])('%s of a stopped VM is refused at once', async (what) => {
  client = await stage(LOCKED);
  expect((await client.call('POST', `${NODE}/101/status/${what}`)).reason).toBe('VM 101 not running');
});

test('a reset takes nothing that waits, a reboot does', async () => {
  client = await stage({ running: true, config: { cores: '2' } });
  await client.call('PUT', `${NODE}/101/config`, { cores: 4 });
  const cores = async () => (await client.get(`${NODE}/101/config`, { current: 1 })).cores;
  expect(await act('reset')).toBe('OK');
  expect(await cores()).toBe(2);
  expect(await act('reboot')).toBe('OK');
  expect(await cores()).toBe(4);
  expect(isRunning()).toBe(true);
});

test('power takes its own right', async () => {
  client = await stage({}, only('/vms/101 VM.Audit'));
  expect((await client.call('POST', `${NODE}/101/status/start`)).reason).toBe(
    'Permission check failed (/vms/101, VM.PowerMgmt)',
  );
});

test('one disk alone can become a base, and a template can be given another', async () => {
  client = await stage({ drives: { scsi1: { storage: 'local-lvm', size: 2 ** 30 } } });
  const convert = (form = {}) => client.task('POST', `${NODE}/101/template`, form);
  expect(await convert({ disk: 'scsi1' })).toBe('OK');
  expect(await client.config(101)).toMatchObject({
    template: 1,
    scsi0: 'local-lvm:vm-101-disk-0,size=10G',
    scsi1: 'local-lvm:base-101-disk-1,size=1G',
  });
  expect(await convert({ disk: 'scsi0' })).toBe('OK');
  expect(await client.config(101)).toMatchObject({ scsi0: 'local-lvm:base-101-disk-0,size=10G' });
});
