/** A disk goes to another storage, or to another VM. */

import { afterAll, describe, expect, test } from 'vitest';
import { NODE, type Form, type PveClient } from '../../../support/pve.ts';
import { closeStages, current, GIB, only, stage, volumes, type Grant, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const TWO: Guest = {
  drives: { scsi1: { storage: 'local-lvm', size: GIB, options: { ssd: '1' } } },
  config: { ide0: 'local:iso/talos.iso,media=cdrom', boot: 'order=scsi0;scsi1' },
};
const move = (form: Form) => client.call('POST', `${NODE}/101/move_disk`, form);
const done = (form: Form) => client.task('POST', `${NODE}/101/move_disk`, form);

/** With VM 102 beside, which is what `config` says. */
async function beside(config: Form = {}, guest: Guest = TWO): Promise<void> {
  client = await stage(guest);
  await client.task('POST', NODE, { vmid: 102, ...config });
}

describe('to another storage', () => {
  test('it takes its options along and leaves the old volume unused', async () => {
    client = await stage(TWO);
    expect(await done({ disk: 'scsi1', storage: 'files', format: 'qcow2' })).toBe('OK');
    expect(current(client)).toMatchObject({
      scsi1: 'files:101/vm-101-disk-0.qcow2,size=1G,ssd=1',
      unused0: 'local-lvm:vm-101-disk-1',
    });
  });

  test('the old volume goes where that is asked for', async () => {
    client = await stage(TWO);
    await done({ disk: 'scsi1', storage: 'files', delete: 1 });
    expect(current(client)).not.toHaveProperty('unused0');
    expect(volumes(client)).not.toContain('local-lvm:vm-101-disk-1');
  });

  test('a template has bases there too', async () => {
    client = await stage({ ...TWO, template: true });
    await done({ disk: 'scsi1', storage: 'files', delete: 1 });
    expect(current(client)['scsi1']).toBe('files:101/base-101-disk-0.raw,size=1G,ssd=1');
  });

  test.each<[string, Form, string]>([
    ['a disk that is not there', { disk: 'scsi9', storage: 'files' }, "disk 'scsi9' does not exist"],
    ['a disc', { disk: 'ide0', storage: 'files' }, "you can't move a cdrom"],
    ['to where it is', { disk: 'scsi1', storage: 'local-lvm' }, "you can't move to the same storage with same format"],
    [
      'to where it is, in its format',
      { disk: 'scsi1', storage: 'local-lvm', format: 'raw' },
      "you can't move to the same storage with same format",
    ],
  ])('%s', async (_what, form, reason) => {
    client = await stage(TWO);
    expect(await move(form)).toMatchObject({ status: 500, reason });
  });

  test('that takes no disks', async () => {
    client = await stage(TWO);
    expect(await move({ disk: 'scsi1', storage: 'local' })).toMatchObject({
      status: 400,
      errors: { storage: "storage 'local' does not support vm images" },
    });
  });

  test('a failing copy leaves everything as it was', async () => {
    client = await stage({ ...TWO, running: true, drives: { tpmstate0: { storage: 'local-lvm', size: 4096 } } });
    const before = volumes(client);
    expect(await done({ disk: 'tpmstate0', storage: 'files' })).toBe(
      'storage migration failed: cannot move TPM state while VM is running',
    );
    expect(volumes(client)).toEqual(before);
  });
});

describe('to another VM', () => {
  test('the volume gets its name, and the boot order is left', async () => {
    await beside();
    expect(await done({ disk: 'scsi1', 'target-vmid': 102, 'target-disk': 'scsi3' })).toBe('OK');
    expect(current(client)).toMatchObject({ boot: 'order=scsi0' });
    expect(current(client)).not.toHaveProperty('scsi1');
    expect(current(client, 102)['scsi3']).toBe('local-lvm:vm-102-disk-0,size=1G,ssd=1');
    expect(volumes(client)).not.toContain('local-lvm:vm-101-disk-1');
    expect(client.simulator.host.tasks.list()[0]).toMatchObject({ type: 'qmmove', id: '101-scsi1>102-scsi3' });
    expect(client.simulator.log.writes().at(-1)?.vmids).toEqual([101, 102]);
  });

  test('as unused, it has no options', async () => {
    await beside();
    expect(await done({ disk: 'scsi1', 'target-vmid': 102, 'target-disk': 'unused0' })).toBe('OK');
    expect(current(client, 102)['unused0']).toBe('local-lvm:vm-102-disk-0');
  });

  test('a running VM gets it plugged in, and gives only what is not attached', async () => {
    await beside({}, { ...TWO, running: true });
    expect((await move({ disk: 'scsi1', 'target-vmid': 102 })).reason).toBe(
      'Cannot move disk to another VM while the source VM is running - detach first',
    );
    await client.task('POST', `${NODE}/101/status/stop`);
    await client.task('POST', `${NODE}/102/status/start`);
    expect(await done({ disk: 'scsi1', 'target-vmid': 102 })).toBe('OK');
    expect(current(client, 102)).toHaveProperty('scsi1');
  });

  test.each<[string, Form, Form, string]>([
    ['a VM that is not there', {}, { 'target-vmid': 555 }, 'could not find target VM 555'],
    [
      'a slot that is taken',
      { scsi1: 'local-lvm:1' },
      { 'target-vmid': 102 },
      "Target disk key 'scsi1' is already in use for VM '102'",
    ],
    ['a template', { template: 1 }, { 'target-vmid': 102 }, "Can't move disks from or to template VMs"],
    [
      'another VM than is meant',
      {},
      { 'target-vmid': 102, 'target-digest': 'a'.repeat(40) },
      'VM 102: detected modified configuration - file changed by other user? Try again.',
    ],
    [
      'a slot for other options',
      {},
      { 'target-vmid': 102, 'target-disk': 'virtio0' },
      'failed to parse source disk for target disk format',
    ],
  ])('not to %s', async (_what, config, form, reason) => {
    await beside(config);
    expect(await move({ disk: 'scsi1', ...form })).toMatchObject({ status: 500, reason });
  });

  test.each<[string, Form, string]>([
    ['what is not there', { disk: 'scsi9' }, "Disk 'scsi9' for VM '101' does not exist"],
    ['a disc', { disk: 'ide0' }, "CD drive contents can't be moved to another VM"],
  ])('not %s', async (_what, form, reason) => {
    await beside();
    expect((await move({ 'target-vmid': 102, ...form })).reason).toBe(reason);
  });

  test('not while somebody works on one of them', async () => {
    for (const vmid of [101, 102]) {
      await beside();
      client.simulator.host.vms.get('pve', vmid).config.set('lock', 'backup');
      expect((await move({ disk: 'scsi1', 'target-vmid': 102 })).reason).toBe('VM is locked (backup)');
    }
  });

  test('not what linked clones stand on', async () => {
    await beside({}, { ...TWO, template: true });
    client.simulator.host.vms.get('pve', 101).config.delete('template');
    expect((await move({ disk: 'scsi1', 'target-vmid': 102 })).reason).toBe(
      'Storage does not support moving of this disk to another VM',
    );
  });

  test.each<[string, Form, Readonly<Record<string, string>>]>([
    ['itself', { 'target-vmid': 101 }, { 'target-vmid': 'must be different than source VMID to reassign disk' }],
    [
      'both',
      { 'target-vmid': 102, storage: 'files' },
      { storage: "either set 'storage' or 'target-vmid', but not both" },
    ],
    ['neither', {}, { storage: "both 'storage' and 'target-vmid' missing, either needs to be set" }],
  ])('%s is no target', async (_what, form, errors) => {
    await beside();
    expect(await move({ disk: 'scsi1', ...form })).toMatchObject({ status: 400, errors });
  });

  const DISKS: Grant = '/vms/101 VM.Config.Disk';
  const ROOM: Grant = '/storage/local-lvm Datastore.AllocateSpace';
  test.each<[string, readonly Grant[], string]>([
    ['both VMs and the storage', [DISKS, ROOM, '/vms/9999 VM.Config.Disk'], 'OK'],
    ['one VM', [DISKS, ROOM], 'Permission check failed (/vms/9999, VM.Config.Disk)'],
    [
      'no storage',
      [DISKS, '/vms/9999 VM.Config.Disk'],
      'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
    ],
  ])('rights on %s', async (_what, grants, reason) => {
    client = await stage(TWO, only(...grants));
    expect((await move({ disk: 'scsi1', 'target-vmid': 9999, 'target-disk': 'scsi7' })).reason).toBe(reason);
  });
});
