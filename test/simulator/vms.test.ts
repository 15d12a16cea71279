import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
beforeEach(async () => {
  client = await pve({ seed: seed() });
});
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const clone = (newid: number, form = {}) =>
  client.task('POST', `${NODE}/9000/clone`, { newid, name: `vm-${newid}`, full: 1, ...form });
const volumes = async (storage = 'local-lvm') =>
  (await client.get(`/nodes/pve/storage/${storage}/content`)).map(({ volid }: Json) => volid).sort();
const set = (vmid: number, form: Record<string, string | number>) => client.call('PUT', `${NODE}/${vmid}/config`, form);

describe('clone', () => {
  test('copies every option, and draws identities anew', async () => {
    expect(await clone(101)).toBe('OK');
    const [copy, source] = [await client.config(101), await client.config(9000)];
    for (const key of ['cores', 'cpu', 'memory', 'agent', 'ostype', 'scsihw', 'boot', 'serial0', 'tags'])
      expect(copy[key], key).toEqual(source[key]);
    expect(copy).not.toHaveProperty('template');
    expect(copy['net0']).toMatch(/^virtio=BC:24:11:(..:){2}..,bridge=vmbr0$/);
    for (const key of ['net0', 'smbios1', 'vmgenid']) expect(copy[key], key).not.toBe(source[key]);
    expect(copy['scsi0']).toBe('local-lvm:vm-101-disk-0,discard=on,iothread=1,size=10G,ssd=1');
    expect(copy['ide2']).toBe('local-lvm:vm-101-cloudinit,media=cdrom,size=4M');
  });

  test('keeps the other SMBIOS fields', async () => {
    await set(9000, { smbios1: 'uuid=6d6f0a0e-0000-4000-8000-000000000001,serial=aD0x,base64=1' });
    await clone(101);
    expect((await client.config(101))['smbios1']).toMatch(/^base64=1,serial=aD0x,uuid=(?!6d6f0a0e)/);
  });

  test('without a name it is called after its source', async () => {
    await client.task('POST', `${NODE}/9000/clone`, { newid: 101, full: 1 });
    expect((await client.config(101))['name']).toBe('Copy-of-VM-talos');
  });

  test.each([
    ['an id that is taken', { newid: 9000 }, 500, 'unable to create VM 9000: config file already exists'],
    ['a storage without images', { newid: 101, full: 1, storage: 'local' }, 400, 'Parameter verification failed.'],
    ['an unknown storage', { newid: 101, full: 1, storage: 'nope' }, 500, "storage 'nope' does not exist"],
    [
      'a storage for a linked clone',
      { newid: 101, full: 0, storage: 'files' },
      500,
      "parameter 'storage' not allowed for linked clones",
    ],
    [
      'a format for a linked clone',
      { newid: 101, full: 0, format: 'raw' },
      500,
      "parameter 'format' not allowed for linked clones",
    ],
    ['an unknown node', { newid: 101, target: 'pve9' }, 500, "no such cluster node 'pve9'"],
    ['an unknown pool', { newid: 101, pool: 'nope' }, 403, "Permission check failed (pool 'nope' does not exist)"],
  ])('refuses %s', async (_what, form, status, reason) => {
    const answer = await client.call('POST', `${NODE}/9000/clone`, form);
    expect([answer.status, answer.reason]).toEqual([status, reason]);
  });

  test('is full or linked; only a template can be linked to', async () => {
    expect(await client.task('POST', `${NODE}/9000/clone`, { newid: 101 })).toBe('OK');
    expect((await client.call('POST', `${NODE}/101/clone`, { newid: 102, full: 0 })).reason).toBe(
      "Linked clone feature is not supported for 'local-lvm:vm-101-disk-0' (scsi0)",
    );
  });

  test('a full clone can go to files, in their format', async () => {
    await clone(101, { storage: 'files', format: 'qcow2' });
    expect((await client.config(101))['scsi0']).toContain('files:101/vm-101-disk-0.qcow2,');
    expect(await volumes('files')).toEqual(['files:101/vm-101-cloudinit.qcow2', 'files:101/vm-101-disk-0.qcow2']);
  });
});

describe('linked clones on files', () => {
  test('hold their base', async () => {
    await client.task('POST', NODE, { vmid: 300, scsi0: 'files:8,format=qcow2' });
    await client.task('POST', `${NODE}/300/template`);
    expect((await client.config(300))['scsi0']).toBe('files:300/base-300-disk-0.qcow2,size=8G');
    expect(await client.task('POST', `${NODE}/300/clone`, { newid: 301, full: 0 })).toBe('OK');
    expect((await client.config(301))['scsi0']).toBe('files:300/base-300-disk-0.qcow2/301/vm-301-disk-0.qcow2,size=8G');
    expect(await client.task('DELETE', `${NODE}/300`)).toBe(
      "base volume 'files:300/base-300-disk-0.qcow2' is still in use by linked cloned",
    );
    expect(await client.task('DELETE', `${NODE}/301`)).toBe('OK');
    expect(await client.task('DELETE', `${NODE}/300`)).toBe('OK');
  });
});

describe('create', () => {
  test('makes what is asked and adds what Proxmox adds', async () => {
    const status = await client.task('POST', NODE, {
      vmid: 101,
      name: 'cp-1',
      bios: 'ovmf',
      machine: 'q35',
      efidisk0: 'local-lvm:1,efitype=4m,pre-enrolled-keys=0',
      tpmstate0: 'local-lvm:1,version=v2.0',
      scsi0: 'local-lvm:0,import-from=local:import/talos.qcow2,size=1G,discard=on',
      scsi1: 'files:5',
      ide0: 'local-lvm:cloudinit',
      ide2: 'none,media=cdrom',
      net0: 'virtio,bridge=vmbr0',
      tags: 'Talos,b;a',
      description: 'x \n',
      memory: '4096',
    });
    expect(status).toBe('OK');
    const config = await client.config(101);
    expect(config).toMatchObject({
      efidisk0: 'local-lvm:vm-101-disk-0,efitype=4m,pre-enrolled-keys=0,size=4M',
      scsi0: 'local-lvm:vm-101-disk-1,discard=on,size=10G',
      scsi1: 'files:101/vm-101-disk-0.raw,size=5G',
      tpmstate0: 'local-lvm:vm-101-disk-2,size=4M,version=v2.0',
      ide0: 'local-lvm:vm-101-cloudinit,media=cdrom',
      ide2: 'none,media=cdrom',
      tags: 'a;b;talos',
      description: 'x',
      memory: '4096',
      boot: 'order=scsi0;ide0;net0',
    });
    expect(config['smbios1']).toMatch(/^uuid=/);
    expect(config['net0']).toMatch(/^virtio=BC:24:11:/);
  });

  test.each([
    ['a taken id', { vmid: 9000 }, 500, "unable to create VM 9000 - VM 9000 already exists on node 'pve'"],
    ['a storage without images', { vmid: 101, scsi0: 'local:10' }, 400, 'Parameter verification failed.'],
    [
      'an import with a size',
      { vmid: 101, scsi0: 'local-lvm:5,import-from=local:import/talos.qcow2' },
      400,
      'Parameter verification failed.',
    ],
    [
      'an import of an ISO',
      { vmid: 101, scsi0: 'local-lvm:0,import-from=local:iso/talos.img' },
      400,
      'Parameter verification failed.',
    ],
  ])('refuses %s', async (_what, form, status, reason) => {
    const answer = await client.call('POST', NODE, form);
    expect([answer.status, answer.reason]).toEqual([status, reason]);
  });

  test('a failed one leaves nothing', async () => {
    const before = await volumes();
    expect(
      await client.task('POST', NODE, {
        vmid: 101,
        scsi0: 'local-lvm:5',
        scsi1: 'local-lvm:0,import-from=local:import/nope.qcow2',
      }),
    ).toBe(
      "unable to create VM 101 - cannot import from 'local:import/nope.qcow2' - volume 'local:import/nope.qcow2' does not exist",
    );
    expect(await client.task('POST', NODE, { vmid: 101, boot: 'order=scsi3' })).toBe(
      "unable to create VM 101 - invalid bootorder: device 'scsi3' does not exist'",
    );
    expect(client.simulator.host.vms.find(101)).toBeUndefined();
    expect(await volumes()).toEqual(before);
  });

  test('a restore is not simulated, and says so', async () => {
    const answer = await client.call('POST', NODE, { vmid: 101, archive: 'local:backup/x.vma' });
    expect([answer.status, answer.reason]).toEqual([501, 'restoring a VM from an archive is not simulated']);
    expect(client.simulator.log.unimplemented()).toHaveLength(1);
  });
});

describe('update', () => {
  beforeEach(() => clone(101));

  test('types of the answer are those of Perl', async () => {
    await set(101, { memory: 4096, balloon: 0, cores: 4, onboot: 1, cipassword: 'secret', cpulimit: '1.5' });
    expect(await client.config(101)).toMatchObject({
      memory: '4096',
      balloon: 0,
      cores: 4,
      onboot: 1,
      cipassword: '**********',
      cpulimit: '1.5',
    });
  });

  test.each<[string, Record<string, string | number>, number, string]>([
    ['nothing', {}, 500, 'no options specified'],
    ['a key both set and deleted', { cores: 2, delete: 'cores' }, 400, 'Parameter verification failed.'],
    ['an unknown key to delete', { delete: 'colour' }, 400, 'Parameter verification failed.'],
    ['a missing boot device', { boot: 'order=scsi5' }, 500, "invalid bootorder: device 'scsi5' does not exist'"],
    [
      'more balloon than memory',
      { balloon: 4096 },
      500,
      'balloon value too large (must be smaller than assigned memory)',
    ],
    ['an old digest', { cores: 2, digest: 'a'.repeat(40) }, 500, 'checksum mismatch (file change by other user?)'],
    [
      'a second cloud-init drive',
      { ide0: 'local-lvm:cloudinit' },
      500,
      "ide0 - cloud-init drive is already attached at 'ide2'",
    ],
    [
      'a volume that is not there',
      { scsi1: 'local-lvm:vm-101-disk-7' },
      500,
      "volume 'local-lvm:vm-101-disk-7' does not exist",
    ],
  ])('refuses %s', async (_what, form, status, reason) => {
    const before = await client.config(101);
    const answer = await set(101, form);
    expect([answer.status, answer.reason]).toEqual([status, reason]);
    expect(await client.config(101)).toEqual(before);
  });

  test('deleting what is not set is fine', async () => {
    expect((await set(101, { delete: 'net1,net2,rng0' })).status).toBe(200);
  });

  test('smbios1 is taken as it is: without uuid there is none', async () => {
    await set(101, { smbios1: 'serial=aD0x,base64=1' });
    expect((await client.config(101))['smbios1']).toBe('serial=aD0x,base64=1');
  });

  test('the digest changes with the configuration', async () => {
    const { digest } = await client.config(101);
    await set(101, { cores: 3, digest });
    expect((await client.config(101))['digest']).not.toBe(digest);
  });

  test('a running VM takes some changes at once and keeps the rest for the next start', async () => {
    await client.task('POST', `${NODE}/101/status/start`);
    await set(101, { cores: 8, memory: 4096, name: 'new', net1: 'virtio,bridge=vmbr0', agent: 'enabled=0' });
    await client.task('POST', `${NODE}/101/config`, { scsi1: 'local-lvm:5' });
    const current = await client.get(`${NODE}/101/config`, { current: 1 });
    expect(current).toMatchObject({
      cores: 2,
      memory: '2048',
      name: 'new',
      agent: 'enabled=1',
      scsi1: 'local-lvm:vm-101-disk-1,size=5G',
    });
    expect(current).toHaveProperty('net1');
    expect(await client.config(101)).toMatchObject({ cores: 8, memory: '4096', agent: 'enabled=0' });
    const pending = await client.get(`${NODE}/101/pending`);
    expect(pending).toContainEqual({ key: 'cores', value: 2, pending: 8 });
    await set(101, { revert: 'agent' });
    await client.task('POST', `${NODE}/101/status/reboot`);
    expect(await client.get(`${NODE}/101/config`, { current: 1 })).toMatchObject({
      cores: 8,
      memory: '4096',
      agent: 'enabled=1',
    });
  });

  test('a removed disk becomes unused and leaves the boot order', async () => {
    await client.task('POST', `${NODE}/101/config`, { scsi1: 'local-lvm:5' });
    await set(101, { boot: 'order=scsi0;scsi1;net0' });
    await client.call('PUT', `${NODE}/101/unlink`, { idlist: 'scsi1' });
    expect(await client.config(101)).toMatchObject({ unused0: 'local-lvm:vm-101-disk-1', boot: 'order=scsi0;net0' });
    await client.call('PUT', `${NODE}/101/unlink`, { idlist: 'unused0' });
    expect(await client.config(101)).not.toHaveProperty('unused0');
    expect(await volumes()).not.toContain('local-lvm:vm-101-disk-1');
  });

  test('with force its volume goes; a cloud-init drive always goes', async () => {
    await client.call('PUT', `${NODE}/101/unlink`, { idlist: 'scsi0,ide2', force: 1 });
    expect(await volumes()).toEqual(['local-lvm:base-9000-disk-0', 'local-lvm:vm-9000-cloudinit']);
  });

  test('a replaced disk becomes unused and can be attached again', async () => {
    await client.task('POST', `${NODE}/101/config`, { scsi0: 'local-lvm:7' });
    expect(await client.config(101)).toMatchObject({
      scsi0: 'local-lvm:vm-101-disk-1,size=7G',
      unused0: 'local-lvm:vm-101-disk-0',
    });
    expect(await client.task('POST', `${NODE}/101/config`, { scsi2: 'local-lvm:vm-101-disk-0,ssd=1' })).toBe('OK');
    expect((await client.config(101))['scsi2']).toBe('local-lvm:vm-101-disk-0,size=10G,ssd=1');
  });
});

describe('resize', () => {
  beforeEach(() => clone(101));
  const resize = (disk: string, size: string) => client.task('PUT', `${NODE}/101/resize`, { disk, size });

  test.each([
    ['scsi0', '20G', 'OK', '20G'],
    ['scsi0', '+512M', 'OK', '10752M'],
    ['scsi0', '21474836480', 'OK', '20G'],
    ['scsi0', '10G', 'OK', '10G'],
    ['scsi0', '5G', 'shrinking disks is not supported', '10G'],
    ['scsi5', '5G', "disk 'scsi5' does not exist", '10G'],
    ['ide2', '5G', "you can't resize a cdrom", '10G'],
  ])('%s to %s: %s', async (disk, size, status, after) => {
    expect(await resize(disk, size)).toBe(status);
    expect((await client.config(101))['scsi0']).toContain(`,size=${after},`);
  });
});

describe('lifecycle', () => {
  beforeEach(() => clone(101));
  const act = (what: string, form = {}, vmid = 101) => client.task('POST', `${NODE}/${vmid}/status/${what}`, form);

  test('start and stop', async () => {
    expect(await act('start')).toBe('OK');
    expect(await client.get(`${NODE}/101/status/current`)).toMatchObject({
      status: 'running',
      qmpstatus: 'running',
      agent: 1,
    });
    expect(await act('start')).toBe('VM 101 already running');
    expect((await client.call('DELETE', `${NODE}/101`)).reason).toBe('VM 101 is running - destroy failed');
    expect(await act('shutdown')).toBe('OK');
    expect(await act('stop')).toBe('OK');
    expect((await client.call('POST', `${NODE}/101/status/reboot`)).reason).toBe('VM 101 not running');
  });

  test('a template does not start, and is made of a stopped VM once', async () => {
    expect(await act('start', {}, 9000)).toBe("you can't start a vm if it's a template");
    await act('start');
    expect((await client.call('POST', `${NODE}/101/template`)).reason).toBe(
      "you can't convert a VM to template if VM is running",
    );
    await act('stop');
    expect(await client.task('POST', `${NODE}/101/template`)).toBe('OK');
    expect(await client.config(101)).toMatchObject({ template: 1, scsi0: expect.stringContaining('base-101-disk-0') });
    expect((await client.call('POST', `${NODE}/101/template`)).reason).toBe(
      "you can't convert a template to a template",
    );
  });

  test('a guest that does not listen is stopped only with force', async () => {
    await act('start');
    client.simulator.host.guests = { powersDown: false, agentRuns: false };
    expect(await act('shutdown', { timeout: 1 })).toBe('VM quit/powerdown failed - got timeout');
    expect((await client.call('GET', `${NODE}/101/agent/network-get-interfaces`)).reason).toBe(
      'QEMU guest agent is not running',
    );
    expect(await act('shutdown', { forceStop: 1 })).toBe('OK');
  });

  test('the agent tells the addresses that cloud-init gave', async () => {
    await set(101, { ipconfig0: 'ip=10.0.0.11/24,gw=10.0.0.1' });
    await act('start');
    const { result } = await client.get(`${NODE}/101/agent/network-get-interfaces`);
    expect(result[1]['ip-addresses'][0]).toEqual({ 'ip-address': '10.0.0.11', 'ip-address-type': 'ipv4', prefix: 24 });
  });

  test('a bridge that is not there keeps a VM from starting', async () => {
    await set(101, { net0: 'virtio,bridge=vmbr7' });
    expect(await act('start')).toBe("bridge 'vmbr7' does not exist");
  });

  test('destroy takes disks, pool membership and permissions along', async () => {
    const { host } = client.simulator;
    await client.call('POST', '/pools', { poolid: 'talos' });
    await client.call('PUT', '/pools', { poolid: 'talos', vms: '101' });
    host.storages.allocate({ node: 'pve', storage: 'local-lvm', vmid: 101, size: 2 ** 30 });
    expect(await client.task('DELETE', `${NODE}/101/`, { purge: 1, 'destroy-unreferenced-disks': 1 })).toBe('OK');
    expect(await volumes()).toEqual(['local-lvm:base-9000-disk-0', 'local-lvm:vm-9000-cloudinit']);
    expect((await client.get('/pools', { poolid: 'talos' }))[0].members).toEqual([]);
    expect((await client.call('GET', `${NODE}/101/status/current`)).reason).toBe(
      "Configuration file 'nodes/pve/qemu-server/101.conf' does not exist",
    );
  });

  test('protection keeps a VM and its disks', async () => {
    await set(101, { protection: 1 });
    expect((await client.call('DELETE', `${NODE}/101`)).reason).toBe("can't remove VM 101 - protection mode enabled");
    expect((await client.call('PUT', `${NODE}/101/unlink`, { idlist: 'scsi0' })).reason).toBe(
      "can't remove drive 'scsi0' - protection mode enabled",
    );
  });

  test('a disk moves to another storage', async () => {
    expect(
      await client.task('POST', `${NODE}/101/move_disk`, {
        disk: 'scsi0',
        storage: 'files',
        format: 'qcow2',
        delete: 1,
      }),
    ).toBe('OK');
    expect((await client.config(101))['scsi0']).toContain('files:101/vm-101-disk-0.qcow2,');
    expect((await client.call('POST', `${NODE}/101/move_disk`, { disk: 'scsi0', storage: 'files' })).reason).toBe(
      "you can't move to the same storage with same format",
    );
  });
});

describe('time', () => {
  test('a task takes its time, and the VM is locked meanwhile', async () => {
    const clock = manualClock();
    const slow = await pve({ seed: seed(), clock, taskDurations: { default: 5_000 } });
    const { data: upid } = await slow.call('POST', `${NODE}/9000/clone`, { newid: 101, full: 1, name: 'a' });
    expect(upid).toMatch(/^UPID:pve:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmclone:9000:root@pam!rehearsal:$/);
    const status = () => slow.get(`/nodes/pve/tasks/${encodeURIComponent(upid)}/status`);
    expect(await status()).toMatchObject({
      status: 'running',
      type: 'qmclone',
      id: '9000',
      user: 'root@pam',
      tokenid: 'rehearsal',
    });
    expect(await status()).not.toHaveProperty('exitstatus');
    expect(await slow.config(101)).toMatchObject({ lock: 'clone', description: 'qmclone temporary file' });
    expect((await slow.call('PUT', `${NODE}/101/config`, { cores: 4 })).reason).toBe('VM is locked (clone)');
    clock.advance(5_000);
    await slow.simulator.host.tasks.settled();
    expect(await status()).toMatchObject({ status: 'stopped', exitstatus: 'OK' });
    const log = await slow.get(`/nodes/pve/tasks/${encodeURIComponent(upid)}/log`);
    expect(log.at(-1)).toEqual({ n: log.length, t: 'TASK OK' });
    await slow.close();
  });

  test('two clones of a stopped source run side by side; of a running one the second gives up', async () => {
    const clock = manualClock();
    const slow = await pve({ seed: seed(), clock, taskDurations: { default: 5_000 } });
    const start = async (vmid: number, newid: number) =>
      (await slow.call('POST', `${NODE}/${vmid}/clone`, { newid, full: 1 })).data;
    const ends = async (upids: readonly string[]) => {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(5_000);
      await slow.simulator.host.tasks.settled();
      return upids.map((upid) => slow.simulator.host.tasks.get(upid).exitStatus);
    };
    expect(await ends([await start(9000, 101), await start(9000, 102)])).toEqual(['OK', 'OK']);
    const vm = slow.simulator.host.vms.get('pve', 101);
    vm.pid = 1;
    expect(await ends([await start(101, 103), await start(101, 104)])).toEqual([
      'OK',
      "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout",
    ]);
    await slow.close();
  });

  test('a new VM waits a second for the lock of its id, and leaves nothing where it does not get it', async () => {
    const clock = manualClock();
    const slow = await pve({ seed: seed(), clock });
    const { host } = slow.simulator;
    host.locks.seize(101, 60_000);
    const { data: upid } = await slow.call('POST', NODE, { vmid: 101 });
    clock.advance(999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(host.tasks.get(upid).exitStatus).toBeNull();
    clock.advance(1);
    await host.tasks.settled();
    expect(host.tasks.get(upid).exitStatus).toBe("can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout");
    expect(host.vms.find(101)).toBeUndefined();
    await slow.close();
  });

  test('a pool that goes while a VM is made for it is passed over', async () => {
    const clock = manualClock();
    const slow = await pve({ seed: seed({ pools: ['talos'] }), clock, taskDurations: { default: 5_000 } });
    const { host } = slow.simulator;
    const upids = [
      (await slow.call('POST', NODE, { vmid: 101, pool: 'talos' })).data,
      (await slow.call('POST', `${NODE}/9000/clone`, { newid: 102, pool: 'talos' })).data,
    ];
    host.pools.delete('talos', { vm: () => false, storage: () => false });
    clock.advance(5_000);
    await host.tasks.settled();
    expect(upids.map((upid) => host.tasks.get(upid).exitStatus)).toEqual(['OK', 'OK']);
    await slow.close();
  });

  test('an unknown task is a bad parameter', async () => {
    const path = '/nodes/pve/tasks/UPID:pve:00000001:00000001:00000001:qmclone:9000:root@pam:/status';
    expect(await client.call('GET', path)).toMatchObject({ status: 400, errors: { upid: 'no such task' } });
    expect(await client.call('GET', '/nodes/pve/tasks/nonsense/status')).toMatchObject({
      status: 400,
      errors: { upid: 'unable to parse worker upid' },
    });
  });
});

test.each([
  ['POST', 'status/start', {}],
  ['POST', 'status/stop', {}],
  ['POST', 'template', {}],
  ['PUT', 'resize', { disk: 'scsi0', size: '20G' }],
  ['DELETE', '', {}],
])('%s %s waits for the lock of the VM, and not for ever', async (method, path, form) => {
  const hurried = await pve({ seed: seed(), lockTimeoutMilliseconds: 20 });
  await hurried.task('POST', `${NODE}/9000/clone`, { newid: 101, full: 1 });
  hurried.simulator.host.locks.seize(101, 5_000);
  expect(await hurried.task(method, `${NODE}/101${path === '' ? '' : `/${path}`}`, form)).toBe(
    "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout",
  );
  await hurried.close();
});
