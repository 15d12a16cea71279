/**
 * Situations of real clusters in which somebody lost a machine, a disk, a file or an afternoon: each once, with the
 * backend's own tool. What still goes wrong is a known fault.
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import { foreignVm, QUICK_DURATIONS, type HostSeed } from '../../src/simulator/index.ts';
import { asRoot } from '../../src/simulator/handlers/console.ts';
import { lostVolumes, saveVms } from '../../src/simulator/rehearsal/foreign.ts';
import { putForeignFile } from '../../src/simulator/rehearsal/neighbours.ts';
import { build, change, openLab, type HostOptions, type Lab } from './changes/stage.ts';
import type { Inputs, RunnableBackend } from './changes/table.ts';
import { outcomeLines, wrongs } from './changes/verdict.ts';
import { knownFault } from './known-fault.ts';
import { needTools, toolEnvironment } from './tools/backends.ts';

type Skip = (note: string) => never;

function inputs(cluster: Record<string, unknown> = {}, nodes: Inputs['nodes'] = [CP_1]): Inputs {
  return {
    cluster: {
      cluster_name: 'lab',
      node_cidr: '10.20.30.0/24',
      cluster_api_addr: '10.20.30.5',
      talos_version: '1.13.9',
      kubernetes_version: '1.36.3',
      proxmox_api_url: 'https://pve.lab.example:8006',
      proxmox_api_token_id: 'auto@pve!talmox',
      proxmox_node: 'pve1',
      ...cluster,
    },
    nodes,
  };
}

const CP_1 = { name: 'cp-1', address: '10.20.30.11', controller: true };
const W_1 = { name: 'w-1', address: '10.20.30.21', controller: false };

/** A host on which nothing is built yet; `prepare` has run. */
async function lab(backend: RunnableBackend, given: Inputs, skip: Skip, host: HostOptions = {}): Promise<Lab> {
  needTools(backend, skip);
  const opened = await openLab(given, backend, toolEnvironment(), host);
  onTestFinished(() => opened.remove());
  expect((await opened.client.run('prepare')).exitCode).toBe(0);
  return opened;
}

async function running(backend: RunnableBackend, given: Inputs, skip: Skip, host: HostOptions = {}): Promise<Lab> {
  needTools(backend, skip);
  const built = await build(given, backend, toolEnvironment(), host);
  onTestFinished(() => built.remove());
  return built;
}

describe('a VM of another cluster has an id that this one wants', () => {
  const alpha = foreignVm(1011, 'pve1', 'local-lvm', 'cp-1');
  const beside = (seed: HostSeed): HostSeed => ({ ...seed, vms: [...(seed.vms ?? []), alpha] });

  async function keepsIt(backend: RunnableBackend, skip: Skip): Promise<void> {
    const { client, simulator } = await lab(backend, inputs(), skip, { seed: beside });
    const { host } = simulator;
    const before = saveVms(host, [1011]);
    const mark = host.log.mark();
    const { exitCode } = await client.run('apply');
    const writes = host.log.writes(mark).map(({ method, path }) => `${method} ${path}`);
    await client.run('destroy');
    expect([exitCode === 0 ? 'apply went through' : 'refused', ...writes], writes.join('\n')).toEqual(['refused']);
    expect(saveVms(host, [1011])).toEqual(before);
  }

  it('Ansible refuses, and leaves it as it is', ({ skip }) => keepsIt('ansible', skip));
  knownFault('OpenTofu writes beside a VM of another cluster that has an id it wants', /refused/, ({ skip }) =>
    keepsIt('tofu', skip),
  );
});

describe('a volume of a pod hangs in a VM', () => {
  async function keepsVolume(backend: RunnableBackend, skip: Skip): Promise<void> {
    const given = inputs({}, [{ ...CP_1, vm_disk_size: 64 }]);
    const built = await running(backend, given, skip);
    const larger = inputs({}, [{ ...CP_1, vm_disk_size: 80 }]);
    const row = { name: '', change: () => undefined, must: { kept: true }, meanwhile: 'pod volume' } as const;
    const made = await change(built, larger, row, backend);
    expect(wrongs(made, row.must).join('\n'), outcomeLines(made.steps).join('\n')).toBe('');
  }

  it('Ansible lets it be as the disk of the VM grows', ({ skip }) => keepsVolume('ansible', skip));
  knownFault('OpenTofu takes the volume of a pod off a VM whose disk grows', /vm-9999-pvc-\w+ of scsi1/, ({ skip }) =>
    keepsVolume('tofu', skip),
  );
});

describe('a boot file lies there already', () => {
  async function applied(backend: RunnableBackend, skip: Skip, host: HostOptions = {}) {
    const { client, simulator, cluster } = await lab(backend, inputs(), skip, host);
    const volumes = putForeignFile(simulator.host, cluster);
    const { exitCode, said = '' } = await client.run('apply');
    return { client, host: simulator.host, volumes, exitCode, said };
  }

  async function keepsFile(backend: RunnableBackend, skip: Skip): Promise<void> {
    const { client, host, volumes } = await applied(backend, skip);
    await client.run('destroy');
    const deletions = host.log.writes().filter(({ method, path }) => method === 'DELETE' && path.includes('/content/'));
    expect([...deletions.map(({ path }) => path), ...lostVolumes(host, { vms: new Map(), volumes })]).toEqual([]);
  }

  it('Ansible uses it, and leaves it there', ({ skip }) => keepsFile('ansible', skip));
  knownFault('OpenTofu deletes a boot file that somebody else has put there', /to deeply equal/, ({ skip }) =>
    keepsFile('tofu', skip),
  );
  knownFault(
    'OpenTofu does not get past a boot file whose deletion takes a second',
    /File already exists/,
    async ({ skip }) => {
      const slow = { taskDurations: { ...QUICK_DURATIONS, byType: { ...QUICK_DURATIONS.byType, imgdel: 1_000 } } };
      const { exitCode, said } = await applied('tofu', skip, slow);
      expect(exitCode, said.slice(-3000)).toBe(0);
    },
  );
});

describe('high availability manages a VM', () => {
  async function removesIt(backend: RunnableBackend, skip: Skip): Promise<void> {
    const { client, simulator } = await running(backend, inputs(), skip);
    await asRoot(simulator.host, 'POST /cluster/ha/resources', { sid: 'vm:1011' });
    await simulator.host.clock.sleep(6_000);
    const { exitCode, said = '' } = await client.run('destroy');
    const left = simulator.host.vms.find(1011) !== undefined;
    expect(`exit code ${exitCode === 0 ? 0 : 1}, VM 1011 ${left ? 'is there' : 'is gone'}`, said.slice(-1500)).not.toBe(
      'exit code 0, VM 1011 is there',
    );
  }

  it('OpenTofu does not say that a VM is gone which is there', ({ skip }) =>
    process.env['TALMOX_CASES'] === 'all'
      ? removesIt('tofu', skip)
      : skip('the provider waits three minutes before it says so; TALMOX_CASES=all has the time'));
  knownFault('Ansible says that a VM under high availability is destroyed, and it is there', /is there/, ({ skip }) =>
    removesIt('ansible', skip),
  );
});

describe('a VM was moved to another host', () => {
  const two = inputs({ proxmox: { hosts: { pve1: {}, pve2: {} } } }, [CP_1, { ...W_1, proxmox_node: 'pve2' }]);

  async function followsIt(backend: RunnableBackend, skip: Skip): Promise<void> {
    const { client, simulator } = await running(backend, two, skip);
    await asRoot(simulator.host, 'POST /nodes/{node}/qemu/{vmid}/migrate', {
      node: 'pve1',
      vmid: '1011',
      target: 'pve2',
      online: '1',
      'with-local-disks': '1',
    });
    await simulator.host.tasks.settled();
    expect(simulator.host.vms.find(1011)?.node).toBe('pve2');
    const { exitCode, changes, said = '' } = await client.run('plan');
    expect(exitCode === 0 && !changes ? 'nothing to do' : 'work', said).toBe('nothing to do');
  }

  knownFault('Ansible refuses every VM where one was moved to another host', /belongs on pve1/, ({ skip }) =>
    followsIt('ansible', skip),
  );
  knownFault('OpenTofu migrates a VM back that was moved to another host', /pve2.*->.*pve1/, ({ skip }) =>
    followsIt('tofu', skip),
  );
});

describe('the bridge is a VNet', () => {
  const vnet = inputs({ proxmox_vm_advanced: { network_bridge: 'vnet002' } });
  const withZone = (seed: HostSeed): HostSeed => ({
    ...seed,
    nodes: seed.nodes.map((node) => ({ ...node, bridges: ['vmbr0'] })),
    sdn: {
      zones: [{ id: 'zone1', type: 'vlan', bridge: 'vmbr0' }],
      vnets: [{ id: 'vnet002', zone: 'zone1', tag: 200 }],
    },
  });
  for (const backend of ['ansible', 'tofu'] as const)
    knownFault(
      `${backend}: the recipe of the token knows no zone, and a VNet is refused`,
      /sdn\/zones\/zone1\/vnet002/,
      async ({ skip }) => {
        const { client } = await lab(backend, vnet, skip, { seed: withZone, recipe: backend });
        const { exitCode, said = '' } = await client.run('apply');
        expect(exitCode, said.slice(-3000)).toBe(0);
      },
    );
});

describe('a host is down', () => {
  const three = inputs({ proxmox: { hosts: { pve1: {}, pve2: {}, pve3: {} } } }, [
    CP_1,
    { ...W_1, proxmox_node: 'pve2' },
  ]);

  async function planned(backend: RunnableBackend, skip: Skip): Promise<string> {
    const { client, simulator } = await running(backend, three, skip);
    simulator.host.nodeStates.set('pve2', 'offline');
    return (await client.run('plan')).said ?? '';
  }

  knownFault('Ansible has no line for a VM whose host is down', /unreachable/, async ({ skip }) => {
    expect(await planned('ansible', skip)).toMatch(/1021 +w-1 +pve2 +unreachable/);
  });
  knownFault('OpenTofu makes no plan where a host is down', /No changes/, async ({ skip }) => {
    expect(await planned('tofu', skip)).toMatch(/No changes/);
  });
});

describe('a VM is hibernated', () => {
  knownFault('Ansible waits for a task on a VM that is hibernated', /hibernated/, async ({ skip }) => {
    const { client, simulator } = await running('ansible', inputs(), skip);
    simulator.host.vms.find(1011)?.config.set('lock', 'suspended');
    expect((await client.run('plan')).said ?? '').toMatch(/hibernated/);
  });
});

describe('nobody has copied the snippets', () => {
  const given = inputs({ nocloud: { method: 'cicustom' } });
  const without = (seed: HostSeed): HostSeed => ({
    ...seed,
    files: (seed.files ?? []).filter(({ content }) => content !== 'snippets'),
  });
  for (const backend of ['ansible', 'tofu'] as const)
    knownFault(
      `${backend}: a snippet that is not there shows when the VM is made already`,
      /no VM/,
      async ({ skip }) => {
        const { client, simulator } = await lab(backend, given, skip, { seed: without });
        const { exitCode } = await client.run('apply');
        expect(exitCode).not.toBe(0);
        expect(simulator.host.vms.find(1011) === undefined ? 'no VM' : 'VM 1011 was made').toBe('no VM');
      },
    );
});
