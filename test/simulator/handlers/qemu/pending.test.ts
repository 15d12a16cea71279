/** What waits for the next start, and what becomes of it. */

import { afterAll, describe, expect, test } from 'vitest';
import { NODE, type Form, type Json, type PveClient } from '../../../support/pve.ts';
import { closeStages, current, GIB, only, pendingKeys, stage, volumes, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const put = (form: Form) => client.call('PUT', `${NODE}/101/config`, form);
const entry = async (key: string) =>
  (await client.get(`${NODE}/101/pending`)).find((candidate: Json) => candidate.key === key);
const RUNNING: Guest = {
  running: true,
  config: { cores: '2', boot: 'order=scsi0;scsi1;ide0', ide0: 'local:iso/talos.iso,media=cdrom' },
  drives: { scsi1: { storage: 'local-lvm', size: GIB } },
};
/** Disks wait too. */
const COLD: Guest = { ...RUNNING, config: { ...RUNNING.config, hotplug: '0' } };

describe('the list of what waits', () => {
  test('has what is, what will be, and what goes with or without its volume', async () => {
    client = await stage(COLD);
    await put({ cores: 4, delete: 'scsi1' });
    await put({ machine: 'q35' });
    expect(await entry('cores')).toEqual({ key: 'cores', value: 2, pending: 4 });
    expect(await entry('machine')).toEqual({ key: 'machine', pending: 'q35' });
    expect(await entry('scsi1')).toMatchObject({ delete: 1 });
    await put({ delete: 'scsi1', force: 1 });
    expect(await entry('scsi1')).toMatchObject({ delete: 2 });
  });

  test('never shows a password', async () => {
    client = await stage(RUNNING);
    await put({ cipassword: 'secret' });
    expect(await entry('cipassword')).toEqual({ key: 'cipassword', value: '**********' });
  });

  test('is as if in force for whoever does not ask for what is', async () => {
    client = await stage(COLD);
    await put({ cores: 4, delete: 'scsi1' });
    const merged = await client.config(101);
    expect(merged).toMatchObject({ cores: 4 });
    expect(merged).not.toHaveProperty('scsi1');
    expect(await client.get(`${NODE}/101/config`, { current: 1 })).toMatchObject({
      cores: 2,
      scsi1: expect.anything(),
    });
  });
});

test('a value that is there already is dropped', async () => {
  client = await stage(RUNNING);
  await put({ cores: 4 });
  await put({ cores: 2 });
  expect(pendingKeys(client)).toEqual([]);
});

test('a disk that another one replaces becomes unused, in a running guest too', async () => {
  client = await stage({ ...RUNNING, config: { boot: 'order=scsi0' } });
  await put({ scsi1: 'local-lvm:2' });
  expect(current(client)).toMatchObject({
    scsi1: 'local-lvm:vm-101-disk-2,size=2G',
    unused0: 'local-lvm:vm-101-disk-1',
  });
});

test('what a guest has nothing to do with is taken over by the next change, whatever that is', async () => {
  client = await stage(RUNNING);
  expect((await put({ name: 'new', scsi2: 'local-lvm:vm-101-disk-9' })).status).toBe(500);
  expect(pendingKeys(client)).toEqual(['name']);
  await put({ cores: 4 });
  expect(pendingKeys(client)).toEqual(['cores']);
  expect(current(client)['name']).toBe('new');
});

test.each<[string, Form]>([
  ['change', { net0: 'virtio,bridge=vmbr0' }],
  ['deletion', { delete: 'net0' }],
])('an older %s that waits is left alone', async (_what, form) => {
  client = await stage({ running: true, config: { hotplug: '0', net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' } });
  await put(form);
  client.simulator.host.vms.get('pve', 101).config.set('hotplug', 'network');
  await put({ name: 'new' });
  expect(pendingKeys(client)).toEqual(['net0']);
});

describe('to revert', () => {
  test('a change', async () => {
    client = await stage(RUNNING);
    await put({ cores: 4, machine: 'q35' });
    expect((await put({ revert: 'cores,machine' })).status).toBe(200);
    expect(pendingKeys(client)).toEqual([]);
    expect(current(client)['cores']).toBe('2');
  });

  test('a deletion', async () => {
    client = await stage(COLD);
    await put({ delete: 'scsi1' });
    await put({ revert: 'scsi1,boot' });
    expect(pendingKeys(client)).toEqual([]);
    expect(current(client)).not.toHaveProperty('unused0');
  });

  test('a new disk, which becomes unused', async () => {
    client = await stage(COLD);
    await put({ scsi2: 'local-lvm:1' });
    expect(pendingKeys(client)).toEqual(['scsi2']);
    await put({ revert: 'scsi2' });
    expect(pendingKeys(client)).toEqual([]);
    expect(current(client)['unused0']).toBe('local-lvm:vm-101-disk-2');
  });

  test.each<[string, Form, Readonly<Record<string, string>>]>([
    [
      'a key that is also set',
      { cores: 4, revert: 'cores' },
      { delete: "you can't use '-cores' and -revert cores' at the same time" },
    ],
    [
      'a key that is also deleted',
      { delete: 'cores', revert: 'cores' },
      { revert: "you can't use '-delete cores' and -revert cores' at the same time" },
    ],
    ['a key that nobody knows', { revert: 'colour' }, { revert: "unknown option 'colour'" }],
  ])('%s is refused', async (_what, form, errors) => {
    client = await stage(RUNNING);
    expect(await put(form)).toMatchObject({ status: 400, errors });
  });
});

test('a disk does not go for good by the hand of who may only stop the VM', async () => {
  client = await stage(COLD, only('/vms/101 VM.PowerMgmt,VM.Audit', '/storage Datastore.AllocateSpace'));
  const vm = client.simulator.host.vms.get('pve', 101);
  vm.pendingDeletes.set('scsi1', true);
  expect(await client.task('POST', `${NODE}/101/status/stop`)).toBe('OK');
  expect(client.simulator.host.tasks.list()[0]?.lines).toContain(
    'unable to apply pending change scsi1 : 403 Permission check failed (/vms/101, VM.Config.Disk)',
  );
  expect(pendingKeys(client)).toEqual(['scsi1']);
  expect(volumes(client)).toContain('local-lvm:vm-101-disk-1');
});

test('a new disk that another one replaces before it is attached becomes unused', async () => {
  client = await stage(COLD);
  await put({ scsi2: 'local-lvm:1' });
  await put({ scsi2: 'local-lvm:2' });
  expect(current(client)['unused0']).toBe('local-lvm:vm-101-disk-2');
  expect(await entry('scsi2')).toEqual({ key: 'scsi2', pending: 'local-lvm:vm-101-disk-3,size=2G' });
});

test('a new disk that waits, asked for once more, is the same', async () => {
  client = await stage(COLD);
  await put({ scsi2: 'local-lvm:1' });
  await put({ scsi2: 'local-lvm:vm-101-disk-2,size=1G' });
  expect(current(client)).not.toHaveProperty('unused0');
  expect(await entry('scsi2')).toEqual({ key: 'scsi2', pending: 'local-lvm:vm-101-disk-2,size=1G' });
});

test('an unused disk that is to be attached is unused no longer', async () => {
  client = await stage({ ...COLD, config: { ...COLD.config, unused0: 'local-lvm:vm-101-disk-2' } });
  const { storages } = client.simulator.host;
  storages.allocate({ node: 'pve', storage: 'local-lvm', vmid: 101, size: GIB });
  await put({ scsi2: 'local-lvm:vm-101-disk-2' });
  expect(pendingKeys(client)).toEqual(['scsi2']);
  expect(current(client)).not.toHaveProperty('unused0');
});

test('a disk that two drives name is unused once', async () => {
  client = await stage({ config: { scsi1: 'local-lvm:vm-101-disk-0,size=10G' } });
  await put({ delete: 'scsi0,scsi1' });
  expect(current(client)).toMatchObject({ unused0: 'local-lvm:vm-101-disk-0' });
  expect(current(client)).not.toHaveProperty('unused1');
});

test('the older option for the boot disk goes with a new order', async () => {
  client = await stage({ config: { boot: 'c', bootdisk: 'scsi0' } });
  await put({ boot: 'order=scsi0' });
  expect(current(client)).not.toHaveProperty('bootdisk');
});

describe('the boot order', () => {
  test('is left by what is deleted, from the next start on', async () => {
    client = await stage(RUNNING);
    await put({ delete: 'ide0' });
    expect(await entry('boot')).toEqual({ key: 'boot', value: 'order=scsi0;scsi1;ide0', pending: 'order=scsi0;scsi1' });
    await client.task('POST', `${NODE}/101/status/reboot`);
    expect(current(client)['boot']).toBe('order=scsi0;scsi1');
  });

  test('keeps a disk in its place until then', async () => {
    client = await stage(RUNNING);
    expect(await put({ boot: 'order=scsi0' })).toMatchObject({ status: 200 });
    expect(await put({ delete: 'scsi1' })).toMatchObject({
      status: 400,
      errors: { scsi1: "hotplug problem - can't unplug bootdisk 'scsi1'\n" },
    });
    expect(await entry('scsi1')).toMatchObject({ delete: 1 });
    await client.task('POST', `${NODE}/101/status/reboot`);
    expect(current(client)).toMatchObject({ unused0: 'local-lvm:vm-101-disk-1' });
    expect(await put({ scsi1: 'local-lvm:1' })).toMatchObject({ status: 200 });
    expect(await put({ delete: 'scsi1' })).toMatchObject({ status: 200 });
  });

  test('gets a new disc at its end, unless there is none', async () => {
    client = await stage({});
    await put({ ide1: 'none,media=cdrom' });
    expect(current(client)['boot']).toBe('order=scsi0;ide1');
    client = await stage({ config: { boot: 'cdn' } });
    await put({ ide1: 'none,media=cdrom' });
    expect(current(client)['boot']).toBe('cdn');
  });

  test('stays as it is when a cloud-init drive comes', async () => {
    client = await stage({});
    await put({ ide1: 'local-lvm:cloudinit' });
    expect(current(client)['boot']).toBe('order=scsi0');
  });

  test('names what is there or comes along', async () => {
    client = await stage(RUNNING);
    expect((await put({ boot: 'order=scsi3' })).reason).toBe("invalid bootorder: device 'scsi3' does not exist'");
    expect((await put({ boot: 'order=scsi3', scsi3: 'local-lvm:1' })).status).toBe(200);
    expect((await put({ boot: 'order=scsi0;ide0', delete: 'ide0' })).reason).toBe(
      "invalid bootorder: device 'ide0' does not exist'",
    );
  });
});

test('what comes before a refusal is written, and waits', async () => {
  client = await stage({});
  const before = volumes(client).length;
  expect((await put({ scsi1: 'local-lvm:1', scsi2: 'local-lvm:vm-101-disk-9' })).reason).toBe(
    "volume 'local-lvm:vm-101-disk-9' does not exist",
  );
  expect(pendingKeys(client)).toEqual(['scsi1']);
  expect(volumes(client)).toHaveLength(before + 1);
  await put({ name: 'new' });
  expect(current(client)).toMatchObject({ scsi1: 'local-lvm:vm-101-disk-1,size=1G', name: 'new' });
});

test('what fails in a task ends it', async () => {
  client = await stage(RUNNING);
  expect(await client.task('POST', `${NODE}/101/config`, { delete: 'scsi0' })).toBe(
    "400 Parameter verification failed. scsi0: hotplug problem - can't unplug bootdisk 'scsi0'",
  );
  expect(await entry('scsi0')).toMatchObject({ delete: 1 });
});

test('a disc of the older name is a disc', async () => {
  client = await stage({});
  await put({ cdrom: 'none' });
  expect(current(client)['ide2']).toBe('none,media=cdrom');
});
