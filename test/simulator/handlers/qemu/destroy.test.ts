/** What goes with a VM, and what stays. */

import { afterAll, expect, test } from 'vitest';
import { NODE, type PveClient } from '../../../support/pve.ts';
import { closeStages, GIB, stage, volumes } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const destroy = (form = {}) => client.task('DELETE', `${NODE}/101`, form);
const others = ['local-lvm:vm-9999-disk-0', 'local-lvm:vm-9999-disk-1'];

test('disks go, attached, unused, or waiting to be attached; discs stay', async () => {
  client = await stage({
    running: true,
    config: { hotplug: '0', ide0: 'local:iso/talos.iso,media=cdrom' },
    drives: { scsi1: { storage: 'files', size: GIB }, ide2: { storage: 'local-lvm', size: 0, cloudInit: true } },
  });
  await client.call('PUT', `${NODE}/101/config`, { scsi2: 'local-lvm:1' });
  const { host } = client.simulator;
  host.vms.get('pve', 101).pid = null;
  expect(await destroy()).toBe('OK');
  expect(volumes(client)).toEqual(others);
  expect(host.storages.volume('pve', 'local:iso/talos.iso')).toBeDefined();
});

test('volumes that no drive names go only where that is asked for, and only where disks may be', async () => {
  const left = 'local-lvm:vm-101-pvc-1';
  const beside = 'files:101/vm-101-disk-9.raw';
  for (const [form, stays] of [
    [{}, [beside, left]],
    [{ 'destroy-unreferenced-disks': 1 }, [beside]],
  ] as const) {
    client = await stage({}, { alone: true });
    const { storages } = client.simulator.host;
    const volume = storages.volume('pve', 'local-lvm:vm-101-disk-0');
    if (volume === undefined) throw new Error('the disk is not there');
    storages.put('pve', { ...volume, volid: left });
    storages.put('pve', { ...volume, volid: beside, storage: 'files' });
    storages.add({ id: 'files', type: 'dir', content: ['iso'], nodes: ['pve'] });
    expect(await destroy(form)).toBe('OK');
    expect(volumes(client)).toEqual([...stays, ...others].sort());
  }
});

test('a template whose disks are in use stays whole', async () => {
  client = await stage({ drives: { scsi0: { storage: 'files', size: GIB } } });
  await client.task('POST', `${NODE}/101/template`);
  await client.task('POST', `${NODE}/101/clone`, { newid: 102, full: 0 });
  const before = volumes(client);
  expect(await destroy()).toBe("base volume 'files:101/base-101-disk-0.raw' is still in use by linked cloned");
  expect(volumes(client)).toEqual(before);
});

test('a storage that does not know its linked clones lets their base go', async () => {
  client = await stage({ template: true });
  await client.task('POST', `${NODE}/101/clone`, { newid: 102, full: 0 });
  expect(await destroy()).toBe('OK');
  expect(volumes(client)).toEqual(['local-lvm:vm-102-disk-0', ...others]);
});

test('a disk that cannot be freed is left, and the VM goes', async () => {
  client = await stage({ drives: { scsi0: { storage: 'files', size: GIB } } });
  await client.task('POST', `${NODE}/101/template`);
  await client.task('POST', `${NODE}/101/clone`, { newid: 102, full: 0 });
  client.simulator.host.vms.get('pve', 101).config.delete('template');
  expect(await destroy()).toBe('OK');
  expect(client.simulator.host.tasks.list()[0]?.lines.join('\n')).toContain('Could not remove disk');
  expect(volumes(client)).toContain('files:101/base-101-disk-0.raw');
  expect(client.simulator.host.vms.find(101)).toBeUndefined();
});

test('a locked VM stays, a hibernated one goes', async () => {
  client = await stage({ config: { lock: 'backup' } });
  expect(await destroy()).toBe('VM is locked (backup)');
  client = await stage({ config: { lock: 'suspended' } });
  expect(await destroy()).toBe('OK');
});
