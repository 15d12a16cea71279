/** Migration: what it asks, what it moves, what it refuses. */

import { afterEach, describe, expect, test } from 'vitest';
import type { HostSeed, SimulatorOptions, VmSeed } from '../../src/simulator/index.ts';
import { clusterSeed, pveCluster, SHARED, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';
import type { Json } from '../support/pve.ts';

let client: ClusterClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const GIB = 2 ** 30;
const MIGRATE = '/nodes/pve/qemu/101/migrate';
const LOCAL = { scsi0: { storage: 'local-lvm', size: 10 * GIB } };

/** A cluster with a VM 101. */
const start = async (vm: Partial<VmSeed> = {}, more: Partial<HostSeed> = {}, options: SimulatorOptions = {}) =>
  (client = await pveCluster({ seed: clusterSeed({ vms: [vmSeed(101, vm)], ...more }), ...options }));
const migrate = async (form: Record<string, string | number> = {}) =>
  client.begin('POST', MIGRATE, { target: 'pve2', ...form });
const refusal = async (form: Record<string, string | number>) => {
  const { status, reason, errors } = await client.call('POST', MIGRATE, { target: 'pve2', ...form });
  return errors ?? `${status} ${reason}`;
};
const volumes = async (node: string, storage = 'local-lvm') =>
  (await client.get(`/nodes/${node}/storage/${storage}/content`)).map(({ volid }: Json) => volid).sort();

describe('GET migrate', () => {
  test('tells where a VM may go, and what of it is local', async () => {
    await start(
      { drives: { ...LOCAL, scsi1: { storage: SHARED, size: GIB } }, config: { ide2: 'none,media=cdrom' } },
      {
        storages: [
          ...clusterSeed().storages.filter(({ id }) => id !== 'local-lvm'),
          { id: 'local-lvm', type: 'lvmthin', content: ['images'], nodes: ['pve', 'pve2'] },
        ],
      },
    );
    expect(await client.get(MIGRATE)).toEqual({
      running: 1,
      allowed_nodes: ['pve2'],
      not_allowed_nodes: { pve3: { unavailable_storages: ['local-lvm'] } },
      local_disks: [{ volid: 'local-lvm:vm-101-disk-0', drivename: 'scsi0', cdrom: 0, is_unused: 0, size: 10 * GIB }],
      local_resources: [],
      'mapped-resources': [],
      'mapped-resource-info': {},
      'has-dbus-vmstate': 1,
    });
  });

  test('8.4 says nothing of what came with 9.0', async () => {
    await start({ config: { hostpci0: '0000:01:00' } }, {}, { version: '8.4' });
    const found = await client.get(MIGRATE);
    expect(found).not.toHaveProperty('has-dbus-vmstate');
    expect(found.local_resources).toEqual(['hostpci0']);
  });
});

describe('what is refused at once', () => {
  test.each<[string, Record<string, string | number>, unknown]>([
    ['the host itself', { target: 'pve', online: 1 }, { target: 'target is local node.' }],
    ['a host that is none', { target: 'pve9', online: 1 }, "500 no such cluster node 'pve9'"],
    ['a running guest without online', {}, "500 can't migrate running VM without --online"],
    ['force, for a token', { online: 1, force: 1 }, { force: 'Only root may use this option.' }],
    [
      'a storage that takes no disks',
      { online: 1, targetstorage: 'local', 'with-local-disks': 1 },
      "500 storage 'local' does not support vm images",
    ],
    ['a storage that is none', { online: 1, targetstorage: 'nope' }, "500 storage 'nope' does not exist"],
  ])('%s', async (_what, form, expected) => {
    await start();
    expect(await refusal(form)).toEqual(expected);
    expect(client.vm(101).node).toBe('pve');
  });

  test('a storage that the other host does not have', async () => {
    await start(
      {},
      { storages: clusterSeed().storages.map((it) => (it.id === SHARED ? { ...it, nodes: ['pve', 'pve3'] } : it)) },
    );
    expect(await refusal({ online: 1 })).toBe("500 storage 'ceph' is not available on node 'pve2'");
  });

  test('a VM that is locked, and one that is not there', async () => {
    await start({ config: { lock: 'backup' } });
    expect(await refusal({ online: 1 })).toBe('500 VM is locked (backup)');
    expect((await client.call('GET', MIGRATE)).reason).toBe('VM is locked (backup)');
    expect((await client.call('POST', '/nodes/pve2/qemu/101/migrate', { target: 'pve' })).reason).toBe(
      "Configuration file 'nodes/pve2/qemu-server/101.conf' does not exist",
    );
  });

  test('without the privilege, and a map of storages without its own', async () => {
    const access = (role: string, more: readonly { path: string; who: string; role: string }[] = []) => ({
      users: [{ id: 'root@pam' }],
      tokens: [{ id: 'root@pam!rehearsal', secret: '5eed0000-0000-4000-8000-000000000001' }],
      roles: { Mover: ['VM.Audit', 'VM.Migrate'] },
      acl: [{ path: '/vms', who: 'root@pam!rehearsal', role }, ...more],
    });
    await start({}, { access: access('PVEAuditor') });
    expect(await refusal({ online: 1 })).toBe('403 Permission check failed (/vms/101, VM.Migrate)');
    await client.close();
    await start({}, { access: access('Mover') });
    expect(await refusal({ online: 1, targetstorage: SHARED })).toBe(
      '403 Permission check failed (/vms/101, VM.Config.Disk)',
    );
    expect(await client.ended(await migrate({ online: 1 }))).toBe('OK');
  });
});

describe('on shared storage', () => {
  test.each([
    ['online', true],
    ['offline', false],
  ])('%s: nothing is copied, and the VM is on the other host', async (_how, running) => {
    await start({ running });
    const upid = await migrate({ online: 1 });
    expect(upid).toContain(':qmigrate:101:');
    expect(await client.ended(upid)).toBe('OK');
    expect(client.lines(upid).at(-2)).toMatch(/migration finished successfully \(duration 00:00:00\)$/);
    expect(client.vm(101)).toMatchObject({ node: 'pve2' });
    expect(client.vm(101).pid !== null).toBe(running);
    expect(await client.get('/nodes/pve2/qemu/101/config')).toMatchObject({ scsi0: 'ceph:vm-101-disk-0,size=10G' });
    expect(await volumes('pve', SHARED)).toEqual(['ceph:vm-101-disk-0']);
    expect((await client.call('GET', '/nodes/pve/qemu/101/config')).reason).toMatch(/does not exist$/);
    expect(await client.resource(101)).toMatchObject({ node: 'pve2' });
  });

  test('the configuration is locked while it runs, and changes that wait go along', async () => {
    await start({}, {}, { taskDurations: { default: 20_000 } });
    await client.call('PUT', '/nodes/pve/qemu/101/config', { cores: 4 });
    const upid = await migrate({ online: 1 });
    await client.pass(1_000);
    expect(await client.resource(101)).toMatchObject({ node: 'pve', lock: 'migrate' });
    expect((await client.call('PUT', '/nodes/pve/qemu/101/config', { name: 'x' })).reason).toBe(
      'VM is locked (migrate)',
    );
    expect(await refusal({ online: 1 })).toBe('500 VM is locked (migrate)');
    expect(await client.ended(upid)).toBe('OK');
    expect(client.vm(101).config.has('lock')).toBe(false);
    expect(client.vm(101).config.has('cores')).toBe(false);
    expect(client.vm(101).pending.get('cores')).toBe('4');
  });

  test('a bridge that is missing there: the guest goes on where it was', async () => {
    await start({}, { nodes: [...clusterSeed().nodes.slice(0, 1), { name: 'pve2', bridges: [] }] });
    const upid = await migrate({ online: 1 });
    expect(await client.ended(upid)).toBe('migration problems');
    expect(client.lines(upid).join('\n')).toMatch(/\[pve2\] bridge 'vmbr0' does not exist/);
    expect(client.vm(101)).toMatchObject({ node: 'pve', pid: expect.any(Number) });
    expect(client.vm(101).config.has('lock')).toBe(false);
  });

  test('a host that is not there: the task finds out', async () => {
    await start();
    client.simulator.host.nodeStates.set('pve2', 'offline');
    const upid = await migrate({ online: 1 });
    expect(await client.ended(upid)).toBe('migration aborted');
    expect(client.lines(upid).join('\n')).toContain("Can't connect to destination address using public key");
  });
});

describe('local disks', () => {
  test('offline they are copied, and go from where they were', async () => {
    await start({ running: false, drives: { ...LOCAL, ide2: { storage: 'local-lvm', size: 0, cloudInit: true } } });
    expect(await client.ended(await migrate())).toBe('OK');
    expect(await volumes('pve')).toEqual([]);
    expect(await volumes('pve2')).toEqual(['local-lvm:vm-101-cloudinit', 'local-lvm:vm-101-disk-0']);
    expect(client.vm(101).config.get('scsi0')).toBe('local-lvm:vm-101-disk-0,size=10G');
  });

  test('online only when asked for', async () => {
    await start({ drives: LOCAL });
    const upid = await migrate({ online: 1 });
    expect(await client.ended(upid)).toBe('migration aborted');
    const log = client.lines(upid).join('\n');
    expect(log).toContain("can't live migrate attached local disks without with-local-disks option");
    expect(log).toContain("Problem found while scanning volumes - can't migrate VM - check log");
    expect(client.vm(101)).toMatchObject({ node: 'pve', pid: expect.any(Number) });
    expect(client.vm(101).config.has('lock')).toBe(false);
    expect(await client.ended(await migrate({ online: 1, 'with-local-disks': 1 }))).toBe('OK');
    expect(await volumes('pve2')).toEqual(['local-lvm:vm-101-disk-0']);
    expect(await volumes('pve')).toEqual([]);
  });

  test('to another storage, all or by name; names that are taken there are not', async () => {
    await start(
      { running: false, drives: { ...LOCAL, scsi1: { storage: 'files', size: GIB } } },
      { vms: [vmSeed(101, { running: false, drives: { ...LOCAL, scsi1: { storage: 'files', size: GIB } } })] },
    );
    client.simulator.host.storages.allocate({ node: 'pve2', storage: 'files', vmid: 101, size: 1 });
    expect(await client.ended(await migrate({ targetstorage: 'local-lvm:files' }))).toBe('OK');
    const config = client.vm(101).config;
    expect(config.get('scsi0')).toBe('files:101/vm-101-disk-1.raw,size=10G');
    expect(config.get('scsi1')).toBe('files:101/vm-101-disk-2.raw,size=1G');
    expect(await volumes('pve', 'files')).toEqual([]);
    expect(await volumes('pve2', 'files')).toHaveLength(3);
  });

  test('a file in a format of its own does not become a block', async () => {
    await start({ running: false, drives: { ide2: { storage: 'files', size: 0, cloudInit: true } } });
    const upid = await migrate({ targetstorage: 'local-lvm' });
    expect(await client.ended(upid)).toBe('migration aborted');
    expect(client.lines(upid).join('\n')).toContain("cannot migrate from storage type 'dir' to 'lvmthin'");
    expect(await volumes('pve2')).toEqual([]);
    expect(await volumes('pve', 'files')).toHaveLength(1);
  });

  test.each<[string, Partial<VmSeed>, (c: ClusterClient) => void, string]>([
    [
      'a local ISO',
      {},
      ({ simulator, vm }) => {
        simulator.host.storages.putFile('pve', 'local', { content: 'iso', name: 'a.iso', size: 1 });
        vm(101).config.set('ide3', 'local:iso/a.iso,media=cdrom,size=1');
      },
      "can't migrate local disk 'local:iso/a.iso': local cdrom image",
    ],
    [
      'a drive of the host',
      {},
      ({ vm }) => {
        vm(101).config.set('ide3', 'cdrom,media=cdrom');
      },
      "can't migrate local cdrom drive",
    ],
    [
      "another VM's disk",
      {},
      ({ simulator, vm }) => {
        simulator.host.storages.allocate({ node: 'pve', storage: 'local-lvm', vmid: 999, size: GIB });
        vm(101).config.set('scsi3', 'local-lvm:vm-999-disk-0,size=1G');
      },
      "can't migrate local disk 'local-lvm:vm-999-disk-0': owned by other VM (owner = VM 999)",
    ],
  ])('%s keeps a VM where it is', async (_what, vm, change, line) => {
    await start({ running: false, ...vm });
    change(client);
    const upid = await migrate();
    expect(await client.ended(upid)).toBe('migration aborted');
    expect(client.lines(upid).join('\n')).toContain(line);
    expect(client.vm(101).node).toBe('pve');
  });

  test('a linked clone on files stays too, and so does its base', async () => {
    await start(
      {},
      { vms: [vmSeed(9000, { running: false, template: true, drives: { scsi0: { storage: 'files', size: GIB } } })] },
    );
    await client.ended(await client.begin('POST', '/nodes/pve/qemu/9000/clone', { newid: 101, full: 0 }));
    const upid = await migrate();
    expect(await client.ended(upid)).toBe('migration aborted');
    expect(client.lines(upid).join('\n')).toContain("as it's a clone of 'base-9000-disk-0.raw'");
    const base = await client.begin('POST', '/nodes/pve/qemu/9000/migrate', { target: 'pve2' });
    expect(await client.ended(base)).toBe('migration aborted');
    expect(client.lines(base).join('\n')).toContain('referenced by linked clone(s)');
  });

  test('a template goes along as one', async () => {
    await start({}, { vms: [vmSeed(101, { running: false, template: true, drives: LOCAL })] });
    expect(await client.ended(await migrate())).toBe('OK');
    expect(await volumes('pve2')).toEqual(['local-lvm:base-101-disk-0']);
    const clone = await client.begin('POST', '/nodes/pve2/qemu/101/clone', { newid: 102, full: 0 });
    expect(await client.ended(clone)).toBe('OK');
  });

  test('devices of the host: only root can, and only of a VM that is down', async () => {
    await start({ running: false, config: { hostpci0: '0000:01:00' } });
    const upid = await migrate();
    expect(await client.ended(upid)).toBe('migration aborted');
    expect(client.lines(upid).join('\n')).toContain("can't migrate VM which uses local devices: hostpci0");
    await client.close();
    await start({ running: false, config: { serial0: 'socket' } });
    expect(await client.ended(await migrate())).toBe('OK');
  });

  test('snippets are not looked at', async () => {
    await start({ running: false, config: { cicustom: 'user=local:snippets/nowhere.yaml' } });
    expect(await client.ended(await migrate())).toBe('OK');
  });

  test('no room there: nothing is left of the copies', async () => {
    await start({ running: false, drives: { ...LOCAL, scsi1: { storage: 'files', size: GIB } } });
    const { storages } = client.simulator.host;
    storages.get('files').full = true;
    expect(await client.ended(await migrate())).toBe('migration aborted');
    expect(await volumes('pve2')).toEqual([]);
    expect(await volumes('pve')).toEqual(['local-lvm:vm-101-disk-0']);
    expect(client.vm(101).node).toBe('pve');
  });
});
