/** A VM that is not on the node it is looked for: gone, or moved. */

import { afterAll, describe, expect, test } from 'vitest';
import { NODE, pve, seed, type Form, type PveClient } from '../../../support/pve.ts';
import { closeStages, only, stage } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const NO_FILE = "Configuration file 'nodes/pve/qemu-server/500.conf' does not exist";
const NOT_FOUND = "unable to find configuration file for VM 500 on node 'pve'";

describe('refused at once', () => {
  test.each<[string, string, Form, string]>([
    ['GET', '/config', {}, NO_FILE],
    ['GET', '/pending', {}, NO_FILE],
    ['GET', '/cloudinit', {}, NO_FILE],
    ['GET', '/status/current', {}, NO_FILE],
    ['PUT', '/config', { cores: 2 }, NO_FILE],
    ['POST', '/config', { cores: 2 }, NO_FILE],
    ['PUT', '/unlink', { idlist: 'scsi1' }, NO_FILE],
    ['PUT', '/cloudinit', {}, NO_FILE],
    ['DELETE', '', {}, NO_FILE],
    ['POST', '/template', {}, NO_FILE],
    ['POST', '/move_disk', { disk: 'scsi0', storage: 'files' }, NO_FILE],
    ['POST', '/clone', { newid: 501 }, NOT_FOUND],
    ['POST', '/status/reset', {}, NOT_FOUND],
    ['POST', '/status/reboot', {}, NOT_FOUND],
  ])('%s %s', async (method, path, form, reason) => {
    client = await stage({});
    const answer = await client.call(method, `${NODE}/500${path}`, form);
    expect([answer.status, answer.reason]).toEqual([500, reason]);
  });
});

describe('found out in the task', () => {
  test.each<[string, string, Form, string]>([
    ['POST', 'status/start', {}, NO_FILE],
    ['PUT', 'resize', { disk: 'scsi0', size: '+1G' }, NO_FILE],
    ['POST', 'status/stop', {}, NOT_FOUND],
    ['POST', 'status/shutdown', {}, NOT_FOUND],
  ])('%s %s', async (method, path, form, status) => {
    client = await stage({});
    expect(await client.task(method, `${NODE}/500/${path}`, form)).toBe(status);
  });
});

test('who may not look is not told', async () => {
  client = await stage({}, only('/vms/101 VM.Audit'));
  expect(await client.call('GET', `${NODE}/500/config`)).toMatchObject({
    status: 403,
    reason: 'Permission check failed (/vms/500, VM.Audit)',
  });
});

test('a VM of another node is looked for in vain, and its id is taken', async () => {
  const nodes = ['pve', 'pve2'].map((name) => ({ name, bridges: ['vmbr0'] }));
  const two = await pve({ seed: seed({ nodes }) });
  await two.task('POST', '/nodes/pve2/qemu', { vmid: 500 });
  expect((await two.call('GET', `${NODE}/500/config`)).reason).toBe(NO_FILE);
  expect((await two.call('POST', NODE, { vmid: 500 })).reason).toBe(
    "unable to create VM 500 - VM 500 already exists on node 'pve2'",
  );
  // Noticed too late to be told at once.
  expect(await two.task('POST', `${NODE}/9000/clone`, { newid: 500, full: 1 })).toBe(
    "close (rename) atomic file '/etc/pve/nodes/pve/qemu-server/500.conf' failed: File exists",
  );
  expect(two.simulator.host.vms.find(500)?.node).toBe('pve2');
  expect(two.simulator.host.storages.allVolumes().filter(({ vmid }) => vmid === 500)).toEqual([]);
  await two.close();
});

test('an id of the same node is taken at once', async () => {
  client = await stage({});
  expect((await client.call('POST', `${NODE}/101/clone`, { newid: 9999 })).reason).toBe(
    'unable to create VM 9999: config file already exists',
  );
});
