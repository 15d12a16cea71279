/** What keeps a VM from being copied, and what does not. */

import { afterAll, describe, expect, test } from 'vitest';
import { NODE, pve, seed, type PveClient } from '../../../support/pve.ts';
import { closeStages, current, GIB, only, stage, type Grant, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const CLOUD_INIT = { ide2: { storage: 'files', size: 0, cloudInit: true } };

describe('onto another host', () => {
  const DISC = { ide0: 'local:iso/talos.iso,media=cdrom' };
  test.each<[string, Guest, string]>([
    ['with disks on shared storage', {}, 'OK'],
    ['with an empty drive', { config: { ide0: 'none,media=cdrom' } }, 'OK'],
    ['with a local disc', { config: DISC }, "can't clone VM to node 'pve2' (VM uses local storage)"],
    ['with a local cloud-init drive', { drives: CLOUD_INIT }, "can't clone VM to node 'pve2' (VM uses local storage)"],
    [
      'with a local disk',
      { drives: { scsi1: { storage: 'files', size: GIB } } },
      "can't clone VM to node 'pve2' (VM uses local storage)",
    ],
  ])('%s', async (_what, guest, reason) => {
    const { storages } = seed();
    client = await stage(guest, {
      seed: {
        nodes: ['pve', 'pve2'].map((name) => ({ name, bridges: ['vmbr0'] })),
        storages: storages.map((storage) => ({ ...storage, shared: storage.id === 'local-lvm' })),
      },
    });
    expect((await client.call('POST', `${NODE}/101/clone`, { newid: 102, target: 'pve2' })).reason).toBe(reason);
  });

  test.each([
    ['elsewhere', "storage 'elsewhere' is not available on node 'pve'"],
    ['here', "storage 'here' is not available on node 'pve2'"],
    ['files', "can't clone to non-shared storage 'files'"],
  ])('to %s', async (storage, reason) => {
    const two = await pve({
      seed: seed({
        nodes: ['pve', 'pve2'].map((name) => ({ name, bridges: ['vmbr0'] })),
        storages: [
          ...seed().storages,
          { id: 'elsewhere', type: 'dir', content: ['images'], nodes: ['pve2'] },
          { id: 'here', type: 'dir', content: ['images'], nodes: ['pve'] },
        ],
      }),
    });
    const form = { newid: 102, full: 1, target: 'pve2', storage };
    expect((await two.call('POST', `${NODE}/9000/clone`, form)).reason).toBe(reason);
    await two.close();
  });
});

describe('rights', () => {
  const BASE: Grant[] = ['/vms/101 VM.Clone', '/vms/102 VM.Allocate', '/nodes Sys.Audit'];
  const guest: Guest = { drives: CLOUD_INIT, config: { ide0: 'local:iso/talos.iso,media=cdrom' } };

  test('room is asked for disks, not for discs and cloud-init drives', async () => {
    client = await stage(guest, only(...BASE, '/storage/local-lvm Datastore.AllocateSpace'));
    expect(await client.task('POST', `${NODE}/101/clone`, { newid: 102 })).toBe('OK');
    expect(current(client, 102)).toMatchObject({
      ide0: 'local:iso/talos.iso,media=cdrom',
      ide2: 'files:102/vm-102-cloudinit.qcow2,media=cdrom,size=4M',
    });
    client = await stage(guest, only(...BASE, '/storage/files Datastore.AllocateSpace'));
    expect((await client.call('POST', `${NODE}/101/clone`, { newid: 102 })).reason).toBe(
      'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
    );
  });
});

test("the host's own drive is lent to whoever may use its console", async () => {
  const guest: Guest = { config: { ide0: 'cdrom,media=cdrom' } };
  const grants: Grant[] = ['/vms/101 VM.Clone', '/vms/102 VM.Allocate', '/storage/local-lvm Datastore.AllocateSpace'];
  client = await stage(guest, only(...grants));
  const clone = () => client.call('POST', `${NODE}/101/clone`, { newid: 102 });
  expect((await clone()).reason).toBe('Permission check failed (/, Sys.Console)');
  client = await stage(guest, only(...grants, '/ Sys.Console', '/vms VM.Audit'));
  expect((await clone()).reason).toBe('OK');
});

test('a linked clone has a TPM of its own, which need not be a base', async () => {
  const { storages } = seed();
  const tpm: Guest = { drives: { tpmstate0: { storage: 'thick', size: 4096 } } };
  client = await stage(tpm, {
    seed: { storages: [...storages, { id: 'thick', type: 'lvm', content: ['images'] }] },
  });
  await client.task('POST', `${NODE}/101/template`);
  expect(await client.task('POST', `${NODE}/101/clone`, { newid: 102, full: 0 })).toBe('OK');
  expect(current(client, 102)['tpmstate0']).toContain('thick:vm-102-disk-0,');
});

test('what waits in the source is left behind, and the log says so', async () => {
  client = await stage({ running: true, config: { cores: '2' } });
  await client.call('PUT', `${NODE}/101/config`, { cores: 4 });
  expect(await client.task('POST', `${NODE}/101/clone`, { newid: 102 })).toBe('OK');
  expect(current(client, 102)['cores']).toBe('2');
  expect(client.simulator.host.tasks.list()[0]?.lines).toContain(
    "found pending changes for 'cores', discarding for clone",
  );
});

test('the state of a TPM cannot be copied while its guest runs', async () => {
  const guest: Guest = { running: true, drives: { tpmstate0: { storage: 'local-lvm', size: 4096 } } };
  client = await stage(guest);
  expect((await client.call('POST', `${NODE}/101/clone`, { newid: 102 })).reason).toBe(
    'cannot clone TPM state while VM is running',
  );
  client = await stage({ ...guest, running: false });
  expect(await client.task('POST', `${NODE}/101/clone`, { newid: 102 })).toBe('OK');
});

test('a disk that is gone ends the task, and nothing is left of the copy', async () => {
  client = await stage({});
  client.simulator.host.storages.remove('pve', 'local-lvm:vm-101-disk-0');
  expect(await client.task('POST', `${NODE}/101/clone`, { newid: 102 })).toBe(
    "clone failed: volume 'local-lvm:vm-101-disk-0' does not exist",
  );
  expect(client.simulator.host.vms.find(102)).toBeUndefined();
});
