/** Drives that go, and volumes that belong to another VM than the one that names them. */

import { afterAll, describe, expect, test } from 'vitest';
import type { PveVersion } from '../../../../src/simulator/index.ts';
import { NODE, pve, seed, type Form, type PveClient } from '../../../support/pve.ts';
import { closeStages, current, GIB, only, pendingKeys, stage, volumes, type Grant, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const FOREIGN = 'local-lvm:vm-9999-disk-1';
/** VM 101 names a disk of VM 9999, which names it too. */
const THIEF: Guest = { config: { scsi1: `${FOREIGN},size=10G` } };

const put = (form: Form) => client.call('PUT', `${NODE}/101/config`, form);

/** VMs that the requests since `mark` have changed, by the log. */
const touched = (mark: number) => [...new Set(client.simulator.log.writes(mark).flatMap(({ vmids }) => vmids))].sort();

/** Runs `work`. @returns VMs that its requests have changed, by the log */
async function touching(work: () => Promise<unknown>): Promise<number[]> {
  const mark = client.simulator.log.mark();
  await work();
  return touched(mark);
}

const size = (volid: string) => client.simulator.host.storages.volume('pve', volid)?.size;

describe('a drive that is deleted', () => {
  const drives = {
    scsi1: { storage: 'local-lvm', size: GIB },
    ide2: { storage: 'local-lvm', size: 0, cloudInit: true },
  };
  const guest: Guest = { drives, config: { ide0: 'local:iso/talos.iso,media=cdrom', scsi5: `${FOREIGN},size=10G` } };

  test.each<[string, string, Form, string | undefined, boolean]>([
    ['leaves an own disk behind as unused', 'scsi1', {}, 'local-lvm:vm-101-disk-1', true],
    ['frees it with force', 'scsi1', { force: 1 }, undefined, false],
    ['frees a cloud-init drive', 'ide2', {}, undefined, false],
    ['frees a cloud-init drive with force too', 'ide2', { force: 1 }, undefined, false],
    ['leaves a disc where it is', 'ide0', { force: 1 }, undefined, true],
    ['leaves a disk of another VM where it is', 'scsi5', {}, undefined, true],
    ['leaves it even with force', 'scsi5', { force: 1 }, undefined, true],
  ])('%s', async (_what, key, form, unused, stays) => {
    client = await stage(guest);
    const volid = (current(client)[key] ?? '').split(',')[0] ?? '';
    expect(await put({ delete: key, ...form })).toMatchObject({ status: 200 });
    expect(current(client)).not.toHaveProperty(key);
    expect(current(client)['unused0']).toBe(unused);
    expect(size(volid) !== undefined).toBe(stays);
  });

  test('keeps its volume while another drive names it', async () => {
    client = await stage({ config: { scsi1: 'local-lvm:vm-101-disk-0,size=10G' } });
    expect(await put({ delete: 'scsi1', force: 1 })).toMatchObject({
      status: 400,
      errors: {
        scsi1:
          "unable to apply pending change scsi1 : unable to delete 'local-lvm:vm-101-disk-0' - volume is still in use (snapshot?)\n",
      },
    });
    expect(current(client)).toHaveProperty('scsi1');
    expect(size('local-lvm:vm-101-disk-0')).toBe(10 * GIB);
  });

  test('stays while the VM is protected, attached or not', async () => {
    client = await stage({ config: { protection: '1', unused0: 'local-lvm:vm-101-disk-7' } });
    expect((await put({ delete: 'scsi0' })).reason).toBe("can't remove drive 'scsi0' - protection mode enabled");
    expect((await put({ delete: 'unused0' })).reason).toBe(
      "can't remove unused disk 'local-lvm:vm-101-disk-7' - protection mode enabled",
    );
  });
});

describe('an unused disk', () => {
  const unused = (volid: string): Guest => ({
    config: { unused0: volid },
    drives: { scsi1: { storage: 'local-lvm', size: GIB } },
  });

  test('that is deleted is freed, if it is the own', async () => {
    client = await stage({ drives: { scsi1: { storage: 'local-lvm', size: GIB } } });
    await put({ delete: 'scsi1' });
    await put({ delete: 'unused0' });
    expect(current(client)).not.toHaveProperty('unused0');
    expect(volumes(client)).not.toContain('local-lvm:vm-101-disk-1');
  });

  test("of another VM's is only forgotten", async () => {
    client = await stage(unused(FOREIGN));
    expect((await put({ delete: 'unused0' })).status).toBe(200);
    expect(current(client)).not.toHaveProperty('unused0');
    expect(volumes(client)).toContain(FOREIGN);
  });

  test('that is attached again is no longer unused', async () => {
    client = await stage(unused('local-lvm:vm-101-disk-1'));
    await put({ scsi2: 'local-lvm:vm-101-disk-1' });
    expect(current(client)).not.toHaveProperty('unused0');
  });

  test('is listed once, and 256 are too many', async () => {
    const names = Array.from({ length: 255 }, (_, index) => [`unused${index}`, `local-lvm:vm-101-old-${index}`]);
    const drives = {
      scsi1: { storage: 'local-lvm', size: GIB },
      scsi2: { storage: 'local-lvm', size: GIB },
    };
    client = await stage({ config: Object.fromEntries(names) as Record<string, string>, drives });
    expect((await put({ delete: 'scsi1' })).status).toBe(200);
    expect(await put({ delete: 'scsi2' })).toMatchObject({
      status: 400,
      errors: {
        scsi2: 'unable to apply pending change scsi2 : Too many unused volumes - please delete them first.\n',
      },
    });
    expect(current(client)).toHaveProperty('scsi2');
  });
});

test('a disk of another VM can be attached: nobody looks who uses it, and the log tells', async () => {
  client = await stage({});
  const vms = await touching(() => put({ scsi1: FOREIGN }));
  expect(current(client)['scsi1']).toBe(`${FOREIGN},size=10G`);
  expect(current(client, 9999)['scsi1']).toBe(`${FOREIGN},size=10G`);
  expect(vms).toEqual([101, 9999]);
});

test('an own disk is nobody else', async () => {
  client = await stage({ drives: { scsi1: { storage: 'local-lvm', size: GIB } } });
  expect(await touching(() => put({ scsi1: 'local-lvm:vm-101-disk-1,ssd=1' }))).toEqual([101]);
});

const DISK = '/vms/101 VM.Config.Disk';

describe('to attach', () => {
  test.each<[string, readonly Grant[], string, string]>([
    ['a foreign disk with everything on the storage', [DISK, '/storage/local-lvm Datastore.Allocate'], FOREIGN, 'OK'],
    [
      'it with a look at the storage and the other VM',
      [DISK, '/storage/local-lvm Datastore.Audit', '/vms/9999 VM.Config.Disk'],
      FOREIGN,
      'OK',
    ],
    [
      'it with a look at the storage alone',
      [DISK, '/storage/local-lvm Datastore.Audit'],
      FOREIGN,
      'Permission check failed (/vms/9999, VM.Config.Disk)',
    ],
    [
      'it with the other VM alone',
      [DISK, '/vms/9999 VM.Config.Disk'],
      FOREIGN,
      'Permission check failed (/storage/local-lvm, Datastore.Audit)',
    ],
    [
      'it with room on the storage',
      [DISK, '/storage/local-lvm Datastore.AllocateSpace', '/vms/9999 VM.Config.Disk'],
      FOREIGN,
      'Permission check failed (/storage/local-lvm, Datastore.Audit)',
    ],
    ['an own disk with nothing on the storage', [DISK], 'local-lvm:vm-101-disk-0', 'OK'],
    [
      'a new disk with nothing on the storage',
      [DISK],
      'local-lvm:1',
      'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
    ],
    ['a snippet', [DISK], 'local:snippets/user.yaml', 'missing privileges to access local:snippets/user.yaml'],
    [
      'a disc with nothing on its storage',
      ['/vms/101 VM.Config.Disk,VM.Config.CDROM'],
      'local:iso/talos.iso,media=cdrom',
      'Permission check failed (/storage/local, Datastore.AllocateSpace|Datastore.Audit)',
    ],
    [
      'a disc with a look at its storage',
      ['/vms/101 VM.Config.Disk,VM.Config.CDROM', '/storage/local Datastore.Audit'],
      'local:iso/talos.iso,media=cdrom',
      'OK',
    ],
    ['a device of the host', [DISK], '/dev/sdb', 'Only root can pass arbitrary filesystem paths.'],
  ])('%s', async (_what, grants, value, reason) => {
    client = await stage({}, only(...grants));
    expect((await put({ scsi3: value })).reason).toBe(reason);
  });

  test.each(['local:snippets/user.yaml', 'local:import/talos.qcow2'])('%s is no drive, for nobody', async (volid) => {
    client = await stage({});
    expect(await put({ scsi3: volid })).toMatchObject({
      status: 400,
      errors: { scsi3: "content type needs to be 'images' or 'iso'" },
    });
  });
});

describe('of a drive, the rights are those of what it holds and of what it is to hold', () => {
  const guest: Guest = {
    config: { ide0: 'none,media=cdrom' },
    drives: {
      scsi1: { storage: 'local-lvm', size: GIB },
      ide2: { storage: 'local-lvm', size: 0, cloudInit: true },
    },
  };
  const rights = (...names: string[]): Grant[] => [
    `/vms/101 VM.Config.Options,${names.map((name) => `VM.Config.${name}`).join(',')}`,
  ];
  test.each<[string, Form, readonly Grant[], string]>([
    ['a disk goes', { delete: 'scsi1' }, rights('Disk'), 'OK'],
    ['it goes', { delete: 'scsi1' }, rights('CDROM'), 'Permission check failed (/vms/101, VM.Config.Disk)'],
    ['a disc goes', { delete: 'ide0' }, rights('CDROM'), 'OK'],
    ['it goes', { delete: 'ide0' }, rights('Disk'), 'Permission check failed (/vms/101, VM.Config.CDROM)'],
    ['a cloud-init drive goes', { delete: 'ide2' }, rights('Cloudinit', 'CDROM'), 'OK'],
    ['it goes', { delete: 'ide2' }, rights('Cloudinit'), 'Permission check failed (/vms/101, VM.Config.CDROM)'],
    ['it goes', { delete: 'ide2' }, rights('CDROM'), 'Permission check failed (/vms/101, VM.Config.Cloudinit)'],
    ['one comes', { ide0: 'none,media=cdrom' }, rights('CDROM'), 'OK'],
    [
      'a disk becomes a disc',
      { scsi1: 'none,media=cdrom' },
      rights('CDROM'),
      'Permission check failed (/vms/101, VM.Config.Disk)',
    ],
    [
      'a disc becomes a disk',
      { ide0: 'local-lvm:vm-101-disk-1' },
      rights('CDROM'),
      'Permission check failed (/vms/101, VM.Config.Disk)',
    ],
    ['tags come', { tags: 'a' }, rights('Disk'), 'OK'],
    ['tags come', { tags: 'a' }, ['/vms/101 VM.Config.Disk'], 'Permission check failed (/vms/101, VM.Config.Options)'],
  ])('%s: %o with %o', async (_what, form, grants, reason) => {
    client = await stage(guest, only(...grants));
    expect((await put(form)).reason).toBe(reason);
    expect(pendingKeys(client), 'a refusal changes nothing').toEqual([]);
  });

  test('a disk is freed by whoever may have room there', async () => {
    client = await stage(guest, only(...rights('Disk')));
    expect(await put({ delete: 'scsi1', force: 1 })).toMatchObject({
      status: 400,
      errors: {
        scsi1:
          'unable to apply pending change scsi1 : 403 Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)\n',
      },
    });
    expect(volumes(client)).toContain('local-lvm:vm-101-disk-1');
  });

  test('an unused disk is freed by whoever may have room there', async () => {
    const own: Guest = { config: { unused0: 'local-lvm:vm-101-disk-0' } };
    client = await stage(own, only(DISK));
    expect((await put({ delete: 'unused0' })).reason).toBe(
      'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
    );
    client = await stage({ config: { unused0: FOREIGN } }, only(DISK));
    expect((await put({ delete: 'unused0' })).reason).toBe('OK');
    expect(volumes(client)).toContain(FOREIGN);
  });

  test('a new VM needs no right for its drives and tags but that on the storages', async () => {
    const grants: Grant[] = [
      '/vms/102 VM.Allocate',
      '/storage/local-lvm Datastore.AllocateSpace',
      '/storage/local Datastore.Audit',
    ];
    client = await stage({}, only(...grants));
    const form = {
      vmid: 102,
      scsi0: 'local-lvm:1',
      ide0: 'local:iso/talos.iso,media=cdrom',
      ide2: 'local-lvm:cloudinit',
      tags: 'a',
    };
    expect(await client.task('POST', NODE, form)).toBe('OK');
    expect((await client.call('POST', NODE, { vmid: 102, cores: 2 })).reason).toBe(
      'Permission check failed (/vms/102, VM.Config.CPU)',
    );
  });
});

describe("another VM's disk, once it is attached", () => {
  const task = (method: string, path: string, form: Form = {}) =>
    client.task(method, path === '' ? `${NODE}/101` : `${NODE}/101/${path}`, form);

  test('is grown, and the log tells', async () => {
    client = await stage(THIEF);
    const vms = await touching(async () => {
      expect(await task('PUT', 'resize', { disk: 'scsi1', size: '20G' })).toBe('OK');
    });
    expect(size(FOREIGN)).toBe(20 * GIB);
    expect(vms).toEqual([101, 9999]);
  });

  test('is grown by whoever may have room there', async () => {
    const grants = only(DISK, '/storage/local-lvm Datastore.AllocateSpace', '/nodes Sys.Audit');
    client = await stage(THIEF, grants);
    expect(await task('PUT', 'resize', { disk: 'scsi1', size: '20G' })).toBe('OK');
    client = await stage(THIEF, only(DISK, '/nodes Sys.Audit'));
    expect(await task('PUT', 'resize', { disk: 'scsi1', size: '20G' })).toBe(
      '403 Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
    );
  });

  test('is copied elsewhere, and counts as unused', async () => {
    client = await stage(THIEF);
    await task('POST', 'move_disk', { disk: 'scsi1', storage: 'files' });
    expect(current(client)).toMatchObject({ scsi1: 'files:101/vm-101-disk-0.raw,size=10G', unused0: FOREIGN });
    expect(volumes(client)).toContain(FOREIGN);
  });

  test('is gone where the source is deleted, and the log tells', async () => {
    client = await stage(THIEF);
    const vms = await touching(async () => {
      expect(await task('POST', 'move_disk', { disk: 'scsi1', storage: 'files', delete: 1 })).toBe('OK');
    });
    expect(volumes(client)).not.toContain(FOREIGN);
    expect(current(client, 9999)['scsi1']).toBe(`${FOREIGN},size=10G`);
    expect(vms).toEqual([101, 9999]);
  });

  test('is renamed by a template, and the log tells', async () => {
    client = await stage(THIEF);
    const vms = await touching(() => task('POST', 'template'));
    expect(current(client)['scsi1']).toBe('local-lvm:base-9999-disk-1,size=10G');
    expect(volumes(client)).not.toContain(FOREIGN);
    expect(vms).toEqual([101, 9999]);
  });

  test('is renamed as it goes to a third VM, and the log tells', async () => {
    client = await stage(THIEF);
    await client.task('POST', NODE, { vmid: 102 });
    const vms = await touching(() => task('POST', 'move_disk', { disk: 'scsi1', 'target-vmid': 102 }));
    expect(current(client, 102)['scsi1']).toBe('local-lvm:vm-102-disk-0,size=10G');
    expect(volumes(client)).not.toContain(FOREIGN);
    expect(vms).toEqual([101, 102, 9999]);
  });

  test('outlives the VM that names it, but not the one it belongs to', async () => {
    client = await stage(THIEF);
    expect(await client.task('DELETE', `${NODE}/101`, { 'destroy-unreferenced-disks': 1 })).toBe('OK');
    expect(volumes(client)).toEqual(['local-lvm:vm-9999-disk-0', FOREIGN]);
    client = await stage(THIEF);
    expect(await client.task('DELETE', `${NODE}/9999`)).toBe('OK');
    expect(volumes(client)).toEqual(['local-lvm:vm-101-disk-0']);
    expect(current(client)['scsi1']).toBe(`${FOREIGN},size=10G`);
  });

  test('is copied by a full clone, and keeps a linked one from being made', async () => {
    client = await stage(THIEF);
    expect(await client.task('POST', `${NODE}/101/clone`, { newid: 102 })).toBe('OK');
    expect(current(client, 102)['scsi1']).toBe('local-lvm:vm-102-disk-1,size=10G');
    expect((await client.call('POST', `${NODE}/101/clone`, { newid: 103, full: 0 })).reason).toBe(
      "Linked clone feature is not supported for 'local-lvm:vm-101-disk-0' (scsi0)",
    );
  });
});

test('a new disk of a template is a base, where there are such', async () => {
  client = await stage({ template: true });
  await put({ scsi2: 'local-lvm:1' });
  expect(current(client)['scsi2']).toBe('local-lvm:base-101-disk-1,size=1G');
});

test.each<[PveVersion, string]>([
  ['8.4', "tpmstate0: volume format is 'qcow2', only 'raw' is supported!"],
  ['9.0', "tpmstate0: volume format is 'qcow2', only 'raw' is supported!"],
  ['9.1', 'OK'],
])('under Proxmox VE %s a TPM in a qcow2 file is attached: %s', async (version, reason) => {
  client = await stage({}, { version });
  const file = { node: 'pve', storage: 'files', vmid: 101, size: 4096, format: 'qcow2' };
  const { volid } = client.simulator.host.storages.allocate(file);
  expect((await put({ tpmstate0: `${volid},version=v2.0` })).reason).toBe(reason);
});

describe('an import', () => {
  const from = (source: string): Form => ({ scsi3: `local-lvm:0,import-from=${source}` });
  const ROOM: Grant = '/storage/local-lvm Datastore.AllocateSpace';

  test.each<[string, string, readonly Grant[], string]>([
    ['of a file with a look at its storage', 'local:import/talos.qcow2', ['/storage/local Datastore.Audit'], 'OK'],
    [
      'of a file with room on its storage',
      'local:import/talos.qcow2',
      ['/storage/local Datastore.AllocateSpace'],
      'OK',
    ],
    [
      'of a file without',
      'local:import/talos.qcow2',
      [],
      'Permission check failed (/storage/local, Datastore.AllocateSpace|Datastore.Audit)',
    ],
    ["of a VM's disk with the right to clone it", FOREIGN, ['/vms/9999 VM.Clone'], 'OK'],
    [
      "of a VM's disk with the right to its disks",
      FOREIGN,
      ['/vms/9999 VM.Config.Disk', '/storage/local-lvm Datastore.Audit,Datastore.AllocateSpace'],
      'Permission check failed (/vms/9999, VM.Clone)',
    ],
    ['of a path of the host', '/tmp/x.raw', [], 'Only root can pass arbitrary filesystem paths.'],
  ])('%s', async (_what, source, grants, reason) => {
    client = await stage({}, only(DISK, ROOM, ...grants));
    expect((await put(from(source))).reason).toBe(reason);
  });

  test.each<[string, Form, Readonly<Record<string, string>>]>([
    [
      'a disc as source',
      from('local:iso/talos.iso'),
      { scsi3: "local:iso/talos.iso has wrong type 'iso' - needs to be 'images' or 'import'" },
    ],
    [
      'a size',
      { scsi3: 'local-lvm:5,import-from=local:import/talos.qcow2' },
      { scsi3: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>" },
    ],
    [
      'a volume as target',
      { scsi3: 'local-lvm:vm-101-disk-0,import-from=local:import/talos.qcow2' },
      { scsi3: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>" },
    ],
    [
      'firmware without its kind',
      { efidisk0: 'local-lvm:0,import-from=local:import/talos.qcow2,pre-enrolled-keys=1' },
      { efidisk0: "need to specify 'efitype' when using 'import-from'" },
    ],
    [
      'firmware without its keys',
      { efidisk0: 'local-lvm:0,import-from=local:import/talos.qcow2,efitype=4m' },
      { efidisk0: "need to specify 'pre-enrolled-keys' when using 'import-from'" },
    ],
    [
      'a TPM without its version',
      { tpmstate0: 'local-lvm:0,import-from=local:import/talos.qcow2' },
      { tpmstate0: "need to specify 'version' when using 'import-from'" },
    ],
    [
      'an archive on a storage without disks',
      from('local:import/x.ova/disk.vmdk'),
      { scsi3: "import working storage 'local' does not support 'images' content type or is not file based." },
    ],
  ])('takes no %s', async (_what, form, errors) => {
    client = await stage({});
    expect(await put(form)).toMatchObject({ status: 400, errors });
  });

  test('takes no archive by way of a storage without files', async () => {
    client = await stage({});
    const form = { ...from('local:import/x.ova/disk.vmdk'), 'import-working-storage': 'local-lvm' };
    expect(await client.call('POST', `${NODE}/101/config`, form)).toMatchObject({
      status: 400,
      errors: {
        'import-working-storage':
          "import working storage 'local-lvm' does not support 'images' content type or is not file based.",
      },
    });
  });

  test('has the size of its source', async () => {
    client = await stage({});
    await put({
      scsi3: `local-lvm:0,import-from=${FOREIGN},size=99G`,
      scsi4: 'local-lvm:0,import-from=local:import/talos.qcow2',
    });
    expect(current(client)).toMatchObject({
      scsi3: 'local-lvm:vm-101-disk-1,size=10G',
      scsi4: 'local-lvm:vm-101-disk-2,size=10G',
    });
  });

  test('only reads its source', async () => {
    client = await stage({});
    expect(await touching(() => put(from(FOREIGN)))).toEqual([101]);
  });

  test.each(['pve', 'pve2'])('takes the disk of a VM of its own host alone: one on %s', async (node) => {
    const { storages, vms = [] } = seed();
    const two = await pve({
      seed: seed({
        nodes: ['pve', 'pve2'].map((name) => ({ name, bridges: ['vmbr0'] })),
        storages: storages.map((storage) => ({ ...storage, shared: true })),
        vms: vms.map((vm) => ({ ...vm, node })),
      }),
    });
    const source = 'local-lvm:base-9000-disk-0';
    expect(await two.task('POST', NODE, { vmid: 101, scsi0: `local-lvm:0,import-from=${source}` })).toBe(
      node === 'pve'
        ? 'OK'
        : `unable to create VM 101 - cannot import from '${source}' - owner VM 9000 not on local node`,
    );
    await two.close();
  });

  test('takes no cloud-init drive', async () => {
    client = await stage({ drives: { ide2: { storage: 'local-lvm', size: 0, cloudInit: true } } });
    const source = 'local-lvm:vm-101-cloudinit';
    expect((await put(from(source))).reason).toBe(`cannot import from '${source}' - cannot import from cloudinit disk`);
  });

  test('fails in the task where the source is gone', async () => {
    client = await stage({});
    expect((await put(from('local:import/nope.qcow2'))).reason).toBe(
      "cannot import from 'local:import/nope.qcow2' - volume 'local:import/nope.qcow2' does not exist",
    );
  });
});
