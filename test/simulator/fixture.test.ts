import { expect, test } from 'vitest';
import type { VmCluster } from '../../src/model/cluster.ts';
import { foreignVm, seedOf, tokenOf, type ClusterSeedOptions } from '../../src/simulator/index.ts';
import { seedFor } from '../../src/simulator/fixture.ts';
import { sampleCluster } from '../support/cluster.ts';
import { pve, type PveClient } from '../support/pve.ts';

async function on(
  cluster: VmCluster,
  options: ClusterSeedOptions,
  use: (client: PveClient) => Promise<void>,
): Promise<void> {
  const client = await pve({ seed: seedOf(cluster, options), token: tokenOf(cluster) });
  await use(client);
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
}

/** The first node is cloned from a template, on the other host if `far`. */
function cloned(far: boolean): VmCluster {
  const cluster = sampleCluster();
  const [first, ...rest] = cluster.nodes;
  if (first === undefined) throw new Error('no node');
  const pveNode = far ? 'pve2' : 'pve1';
  const template = {
    vmId: 9100,
    name: 'talos',
    pveNode: 'pve1',
    storage: 'local-lvm',
    bridge: 'vmbr0',
    imageKey: 'x',
    imageVolumeId: 'local:import/x.qcow2',
    secureBoot: false,
    bios: 'ovmf',
    machine: 'q35',
  } as const;
  const vm = {
    ...first.vm,
    pveNode,
    boot: { source: 'template' as const, templateId: 9100, templateNode: 'pve1', full: true },
  };
  return { ...cluster, proxmox: { ...cluster.proxmox, templates: [template] }, nodes: [{ ...first, vm }, ...rest] };
}

test('hosts, bridges, storages and downloads of a cluster are there, its VMs are not', async () => {
  const cluster = sampleCluster();
  await on(cluster, {}, async ({ get, task, simulator }) => {
    expect((await get('/nodes')).map(({ node }: { node: string }) => node)).toEqual(['pve1', 'pve2']);
    const bridges = await get('/nodes/pve2/network', { type: 'any_bridge' });
    expect(bridges.map(({ iface }: { iface: string }) => iface)).toEqual(['vmbr0', 'vmbr1']);
    const storages = await get('/storage');
    expect(storages.map(({ storage, type, content }: Record<string, string>) => [storage, type, content])).toEqual([
      ['local', 'dir', 'backup,import,iso,vztmpl'],
      ['local-lvm', 'lvmthin', 'images,rootdir'],
    ]);
    expect(simulator.host.vms.all()).toEqual([]);
    for (const image of cluster.proxmox.images) {
      for (const { pveNode, storage } of image.placements) {
        const form = { content: image.contentType, url: image.url, filename: image.fileName };
        expect(await task('POST', `/nodes/${pveNode}/storage/${storage}/download-url`, form)).toBe('OK');
      }
    }
  });
});

test('a host of an older installer takes images to import once its administrator allows it, and no snippets', async () => {
  const cluster = sampleCluster();
  const storages = (seed: ClusterSeedOptions): Record<string, readonly string[]> =>
    Object.fromEntries(seedOf(cluster, seed).storages.map(({ id, content }) => [id, content]));
  expect(storages({ version: '8.4' })['local']).toEqual(['backup', 'import', 'iso', 'vztmpl']);
  expect(storages({ version: '9.1' })['local']).not.toContain('snippets');
});

test('a storage is on the hosts whose VMs use it, and one that two clusters use on the hosts of both', () => {
  const cluster = sampleCluster();
  const [first, ...rest] = cluster.nodes;
  if (first === undefined) throw new Error('no node');
  const [disk, ...others] = first.vm.disks;
  const on = (pveNode: string): VmCluster => ({
    ...cluster,
    nodes: [{ ...first, vm: { ...first.vm, pveNode, disks: [{ ...disk, storage: 'tank' }, ...others] } }, ...rest],
  });
  // One that names no hosts is on all of them.
  const tank = ({ storages, nodes }: ReturnType<typeof seedOf>): unknown =>
    storages.filter(({ id }) => id === 'tank').flatMap((one) => one.nodes ?? nodes.map(({ name }) => name));
  expect(tank(seedOf(on('pve1')))).toEqual(['pve1']);
  expect(tank(seedFor([on('pve1'), on('pve2')]))).toEqual(['pve1', 'pve2']);
});

test('a storage that one cluster has for disks and the next for boot files takes both', async () => {
  const cluster = sampleCluster();
  const [first, ...rest] = cluster.nodes;
  const [image] = cluster.proxmox.images;
  if (first === undefined || image === undefined) throw new Error('no node, or no image');
  const [disk, ...others] = first.vm.disks;
  const disks: VmCluster = {
    ...cluster,
    nodes: [{ ...first, vm: { ...first.vm, disks: [{ ...disk, storage: 'tank' }, ...others] } }, ...rest],
  };
  const placements = [{ pveNode: 'pve1', storage: 'tank', volumeId: `tank:import/${image.fileName}` }] as const;
  const files: VmCluster = { ...cluster, proxmox: { ...cluster.proxmox, images: [{ ...image, placements }] } };
  for (const clusters of [
    [disks, files],
    [files, disks],
  ]) {
    const client = await pve({ seed: seedFor(clusters), token: tokenOf(cluster) });
    const form = { content: 'import', url: image.url, filename: image.fileName };
    expect(await client.task('POST', '/nodes/pve1/storage/tank/download-url', form)).toBe('OK');
    const made = { vmid: 101, scsi0: `tank:0,import-from=tank:import/${image.fileName}` };
    expect(await client.task('POST', '/nodes/pve1/qemu', made)).toBe('OK');
    await client.close();
  }
});

test('a host, a token and a pool that one of two clusters knows are there for both', () => {
  const cluster = sampleCluster();
  const other: VmCluster = {
    ...cluster,
    proxmox: { ...cluster.proxmox, hosts: [], pool: 'talos', apiUser: 'other@pve', apiTokenName: 'second' },
  };
  const { nodes, access, pools } = seedFor([cluster, other]);
  expect(nodes.map(({ name }) => name)).toEqual(['pve1', 'pve2']);
  expect(access.users.map(({ id }) => id)).toEqual(['root@pam', 'automation@pve', 'other@pve']);
  expect(access.tokens.map(({ id }) => id)).toEqual(['automation@pve!talmox', 'other@pve!second']);
  expect(pools).toEqual(['talos']);
});

test('every VM of the sample can be made and started on it', async () => {
  const cluster = sampleCluster();
  await on(cluster, { images: true }, async ({ task }) => {
    for (const { vm } of cluster.nodes) {
      const volume = vm.boot.source === 'image' ? vm.boot.volumeId : '';
      const form = {
        vmid: vm.vmId,
        name: vm.name,
        scsi0: `${vm.disks[0].storage}:0,import-from=${volume}`,
        net0: `virtio=${vm.nics[0].macAddress},bridge=${vm.nics[0].bridge}`,
      };
      expect(await task('POST', `/nodes/${vm.pveNode}/qemu`, form)).toBe('OK');
      expect(
        await task('PUT', `/nodes/${vm.pveNode}/qemu/${vm.vmId}/resize`, {
          disk: 'scsi0',
          size: `${vm.disks[0].sizeGiB}G`,
        }),
      ).toBe('OK');
      expect(await task('POST', `/nodes/${vm.pveNode}/qemu/${vm.vmId}/status/start`)).toBe('OK');
    }
  });
});

test('templates are there, or not where the backend makes them', async () => {
  await on(cloned(false), {}, async ({ task, get }) => {
    expect(await get('/nodes/pve1/qemu/9100/config')).toMatchObject({
      name: 'talos',
      template: 1,
      scsi0: 'local-lvm:base-9100-disk-1,discard=on,size=4248M,ssd=1',
    });
    expect(await task('POST', '/nodes/pve1/qemu/9100/clone', { newid: 101, full: 1 })).toBe('OK');
  });
  await on(cloned(false), { templates: false }, async ({ simulator }) => {
    expect(simulator.host.vms.all()).toEqual([]);
  });
});

test('a clone onto another host finds shared storage', async () => {
  await on(cloned(true), {}, async ({ task }) => {
    expect(await task('POST', '/nodes/pve1/qemu/9100/clone', { newid: 101, full: 1, target: 'pve2' })).toBe('OK');
  });
});

test("somebody else's VM runs on it", async () => {
  await on(sampleCluster(), { foreign: [foreignVm(1011, 'pve1', 'local-lvm')] }, async ({ get }) => {
    expect(await get('/nodes/pve1/qemu/1011/status/current')).toMatchObject({
      name: 'foreign-1011',
      status: 'running',
    });
  });
});

test("a token other than root's has its rights from the seed", async () => {
  const cluster = sampleCluster();
  const named = {
    ...cluster,
    proxmox: { ...cluster.proxmox, apiUser: 'automation@pve', apiTokenName: 'talmox', pool: 'talos' },
  };
  await on(named, {}, async ({ get, simulator }) => {
    expect(simulator.token).toMatchObject({ user: 'automation@pve', name: 'talmox' });
    expect(await get('/pools')).toEqual([{ poolid: 'talos' }]);
  });
  const limited = {
    access: {
      roles: { Look: ['VM.Audit'] },
      acl: ['automation@pve', 'automation@pve!talmox'].map((who) => ({ path: '/vms', who, role: 'Look' })),
    },
  };
  await on(named, limited, async ({ call }) => {
    expect((await call('POST', '/nodes/pve1/qemu', { vmid: 101 })).status).toBe(403);
  });
});
