/** Containers: in the lists, and on ids that VMs want. */

import { afterEach, describe, expect, test } from 'vitest';
import type { HostSeed } from '../../src/simulator/index.ts';
import { clusterSeed, pveCluster, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';

let client: ClusterClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const CONTAINERS = [
  { vmid: 200, node: 'pve2', name: 'dns', running: true, tags: 'infra', cores: 2, memory: 2 ** 30, disk: 2 ** 33 },
  { vmid: 100, node: 'pve', name: 'web' },
];
const start = async (more: Partial<HostSeed> = {}) =>
  (client = await pveCluster({ seed: clusterSeed({ containers: CONTAINERS, ...more }) }));

describe('containers', () => {
  test('are in the lists of the cluster and of their host', async () => {
    await start();
    expect(await client.resource(200)).toMatchObject({
      id: 'lxc/200',
      type: 'lxc',
      node: 'pve2',
      name: 'dns',
      status: 'running',
      tags: 'infra',
      maxcpu: 2,
      maxmem: 2 ** 30,
      maxdisk: 2 ** 33,
      template: 0,
    });
    expect(await client.get('/nodes/pve2/lxc')).toEqual([
      expect.objectContaining({ vmid: 200, name: 'dns', status: 'running', type: 'lxc', cpus: 2 }),
    ]);
    expect(await client.get('/nodes/pve3/lxc')).toEqual([]);
    expect(await client.get('/nodes/pve2/qemu')).toEqual([]);
  });

  test('are seen by whoever may see the guest; their ids are taken for everybody', async () => {
    await start({
      access: {
        users: [{ id: 'root@pam' }],
        tokens: [{ id: 'root@pam!rehearsal', secret: '5eed0000-0000-4000-8000-000000000001' }],
        acl: [{ path: '/vms/100', who: 'root@pam!rehearsal', role: 'PVEAuditor' }],
      },
    });
    expect(await client.resource(200)).toBeUndefined();
    expect(await client.resource(100)).toMatchObject({ type: 'lxc' });
    expect(await client.get('/nodes/pve2/lxc')).toEqual([]);
    expect((await client.call('GET', '/cluster/nextid', { vmid: 200 })).errors).toEqual({
      vmid: 'VM 200 already exists',
    });
    // 100 is a container, 101 a VM.
    expect(await client.get('/cluster/nextid')).toBe('102');
  });

  test('a VM cannot be made on their id, wherever they are', async () => {
    await start();
    expect((await client.call('POST', '/nodes/pve/qemu', { vmid: 200 })).reason).toBe(
      "unable to create VM 200 - CT 200 already exists on node 'pve2'",
    );
    expect((await client.call('GET', '/nodes/pve2/qemu/200/config')).reason).toBe(
      "Configuration file 'nodes/pve2/qemu-server/200.conf' does not exist",
    );
  });

  test('a clone onto their id begins, and its task fails', async () => {
    await start({ vms: [vmSeed(101, { running: false })] });
    const upid = await client.begin('POST', '/nodes/pve/qemu/101/clone', { newid: 200, full: 1 });
    expect(await client.ended(upid)).toBe(
      "close (rename) atomic file '/etc/pve/nodes/pve/qemu-server/200.conf' failed: File exists",
    );
    expect(client.simulator.host.vms.find(200)).toBeUndefined();
    expect(client.simulator.host.storages.volumes('pve', 'ceph')).toHaveLength(1);
  });

  test('a seed with an id twice is refused', async () => {
    await start();
    await expect(
      pveCluster({ seed: clusterSeed({ containers: [{ vmid: 101, node: 'pve', name: 'x' }] }) }),
    ).rejects.toThrow('VM 101 already exists');
    await expect(pveCluster({ seed: clusterSeed({ containers: [...CONTAINERS, ...CONTAINERS] }) })).rejects.toThrow(
      'CT 200 already exists',
    );
  });
});
