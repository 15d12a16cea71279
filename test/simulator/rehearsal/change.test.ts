import { afterEach, describe, expect, it } from 'vitest';
import type { Vm, VmCluster } from '../../../src/model/cluster.ts';
import { NO_DURATION, powerCycle, type Simulator } from '../../../src/simulator/index.ts';
import { rehearseChange } from '../../../src/simulator/rehearsal/change.ts';
import type { RehearsalResult } from '../../../src/simulator/rehearsal/rehearse.ts';
import { markdownReport, stepLines } from '../../../src/simulator/rehearsal/report.ts';
import { startFor } from '../../../src/simulator/rehearsal/stage.ts';
import { sampleCluster, sampleWithVms } from '../../support/cluster.ts';
import type { PveClient } from '../../support/pve.ts';
import { scriptedClient } from './scripted.ts';

const running: Simulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
});

type Act = (pve: PveClient, to: VmCluster, simulator: Simulator) => Promise<unknown>;

/** Builds the sample, or `from`, then lets `act` make the change to `to`. */
async function rehearsal(
  to: VmCluster,
  act: Act,
  confirmed: readonly string[] = [],
  from = sampleCluster(),
): Promise<RehearsalResult> {
  const simulator = await startFor([from, to], { taskDurations: NO_DURATION });
  running.push(simulator);
  const { host } = simulator;
  let milliseconds = 0;
  const apply = async (pve: PveClient, cluster: VmCluster) => {
    await act(pve, cluster, simulator);
    return { exitCode: 0, changes: false };
  };
  return rehearseChange({
    label: 'HEAD~1',
    from: { cluster: from, client: () => scriptedClient(simulator, from) },
    to: { cluster: to, client: () => scriptedClient(simulator, to, { instead: { apply } }) },
    host,
    confirmed: new Set(confirmed),
    powerCycle: (vmid) => powerCycle(host, vmid),
    now: () => (milliseconds += 100),
    onStep: () => undefined,
  });
}

const path = (vm: Vm): string => `/nodes/${vm.pveNode}/qemu/${vm.vmId}`;
const vmOf = ({ nodes }: VmCluster, name: string): Vm => {
  const found = nodes.find((node) => node.name === name)?.vm;
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const verdicts = ({ steps }: RehearsalResult): string[] =>
  steps.map(({ name, ok }) => `${name} ${ok ? 'ok' : 'failed'}`);
const outcomesOf = ({ steps }: RehearsalResult): string[] =>
  steps.flatMap(({ outcomes }) => outcomes.map(({ name, vmid, outcome }) => `${name} ${vmid} ${outcome}`));
const lines = ({ steps }: RehearsalResult): string => steps.flatMap((step) => stepLines(step)).join('\n');
const only = (name: string, change: (vm: Vm) => Vm): VmCluster =>
  sampleWithVms((vm) => (vm.name === name ? change(vm) : vm));

async function destroyVm(pve: PveClient, vm: Vm): Promise<void> {
  await pve.task('POST', `${path(vm)}/status/stop`);
  await pve.task('DELETE', path(vm));
}

/** Makes a VM as `scriptedClient` makes it, whatever else the model holds. */
async function createVm(simulator: Simulator, to: VmCluster, name: string): Promise<void> {
  const nodes = to.nodes.filter((node) => node.name === name);
  await scriptedClient(simulator, { ...to, nodes, proxmox: { ...to.proxmox, images: [] } }).run('apply');
}

const WELL = [
  'prepare ok',
  'apply HEAD~1 ok',
  'prepare ok',
  'plan ok',
  'apply ok',
  'compare ok',
  'plan again ok',
  'destroy ok',
  'compare ok',
];

describe('what a change does to a machine', () => {
  it('is none, where nothing is done', async () => {
    const result = await rehearsal(sampleCluster(), () => Promise.resolve());
    expect(verdicts(result)).toEqual(WELL);
    expect(new Set(outcomesOf(result).map((line) => line.replace(/.* \d+ /, '')))).toEqual(new Set(['none']));
    expect(lines(result)).toContain('none: cp-1, cp-2');
  });

  it('is a change in place', async () => {
    const result = await rehearsal(
      only('cp-2', (vm) => ({ ...vm, tags: [...vm.tags, 'zone-b'].sort() })),
      (pve, to) => pve.call('PUT', `${path(vmOf(to, 'cp-2'))}/config`, { tags: vmOf(to, 'cp-2').tags.join(';') }),
    );
    expect(verdicts(result)).toEqual(WELL);
    expect(lines(result)).toMatch(/cp-2 {2}VM 1012 {2}changed in place {2}tags changed/);
  });

  it('waits for a restart: then somebody power-cycles the VM, and it is what the model says', async () => {
    const result = await rehearsal(
      only('cp-2', (vm) => ({ ...vm, memoryMiB: 4096 })),
      (pve, to) => pve.call('PUT', `${path(vmOf(to, 'cp-2'))}/config`, { memory: 4096 }),
    );
    expect(verdicts(result)).toEqual(WELL.toSpliced(5, 0, 'power cycle ok'));
    expect(lines(result)).toMatch(/cp-2 {2}VM 1012 {2}waits for a restart {2}memory after its next power cycle/);
  });

  it('is a restart', async () => {
    const result = await rehearsal(sampleCluster(), async (pve, to) => {
      await pve.task('POST', `${path(vmOf(to, 'cp-1'))}/status/stop`);
      await pve.task('POST', `${path(vmOf(to, 'cp-1'))}/status/start`);
    });
    expect(outcomesOf(result)).toContain('cp-1 1011 restarted');
  });

  it('is a stop', async () => {
    const result = await rehearsal(sampleCluster(), (pve, to) =>
      pve.task('POST', `${path(vmOf(to, 'cp-1'))}/status/stop`),
    );
    expect(outcomesOf(result)).toContain('cp-1 1011 stopped');
    expect(verdicts(result)).toContain('compare failed');
  });

  it('is a move to another host', async () => {
    const [from, other] = [vmOf(sampleCluster(), 'cp-1').pveNode, vmOf(sampleCluster(), 'cp-2').pveNode];
    const result = await rehearsal(sampleCluster(), (_, to, { host }) => {
      const vm = host.vms.find(vmOf(to, 'cp-1').vmId);
      if (vm !== undefined) vm.node = other;
      return Promise.resolve();
    });
    expect(lines(result)).toContain(`cp-1  VM 1011  migrated  from ${from} to ${other}`);
  });

  it('is a restart, where a VM is stopped to be moved, and a move where it runs on all the way', async () => {
    const other = vmOf(sampleCluster(), 'cp-2').pveNode;
    const moved = (isStopped: boolean) =>
      rehearsal(sampleCluster(), async (pve, to) => {
        const vm = vmOf(to, 'cp-1');
        if (isStopped) await pve.task('POST', `${path(vm)}/status/stop`);
        await pve.task('POST', `${path(vm)}/migrate`, { target: other, online: 1, 'with-local-disks': 1 });
        if (isStopped) await pve.task('POST', `${path({ ...vm, pveNode: other })}/status/start`);
      });
    expect(lines(await moved(true))).toContain(`cp-1  VM 1011  restarted  from pve1 to ${other}`);
    expect(lines(await moved(false))).toContain(`cp-1  VM 1011  migrated  from pve1 to ${other}`);
  });

  it('that takes a disk off a VM fails the rehearsal, unless somebody named the VM', async () => {
    const cluster = only('cp-1', (vm) => ({ ...vm, disks: [vm.disks[0], { ...vm.disks[0], slot: 'scsi1' }] }));
    const act: Act = async (pve, to) => {
      await pve.call('PUT', `${path(vmOf(to, 'cp-1'))}/config`, { delete: 'scsi1' });
    };
    const result = await rehearsal(cluster, act, [], cluster);
    expect(outcomesOf(result)).toContain('cp-1 1011 changed in place');
    expect(lines(result)).toMatch(
      /VM 1011 \(cp-1\): local-lvm:vm-1011-disk-\d+ of scsi1 was taken off; --confirm cp-1 allows it/,
    );
    expect(lines(await rehearsal(cluster, act, ['cp-1'], cluster))).not.toMatch(/--confirm/);
  });

  it('that puts a disk in and takes it off again is none', async () => {
    const result = await rehearsal(sampleCluster(), async (pve, to) => {
      const vm = vmOf(to, 'cp-1');
      await pve.call('POST', `${path(vm)}/config`, { scsi5: 'local-lvm:1' });
      await pve.simulator.host.tasks.settled();
      await pve.call('PUT', `${path(vm)}/config`, { delete: 'scsi5' });
      await pve.call('PUT', `${path(vm)}/config`, { delete: 'unused0' });
    });
    expect(outcomesOf(result)).toContain('cp-1 1011 none');
  });
});

describe('a machine that goes', () => {
  it('is replaced where its id holds another one afterwards, and fails the rehearsal', async () => {
    const act: Act = async (pve, to, simulator) => {
      await destroyVm(pve, vmOf(to, 'cp-1'));
      await createVm(simulator, to, 'cp-1');
    };
    const result = await rehearsal(sampleCluster(), act);
    expect(outcomesOf(result)).toContain('cp-1 1011 replaced');
    expect(verdicts(result)).toContain('apply failed');
    expect(lines(result)).toContain('VM 1011 (cp-1) was replaced, its disks are lost; --confirm cp-1 allows it');
    expect(verdicts(await rehearsal(sampleCluster(), act, ['cp-1']))).toEqual(WELL);
  });

  it('has the name that it had: whoever swaps two names may lose the one that was named, and no other', async () => {
    const cluster = sampleCluster();
    const swapped = (name: string): string => ({ 'cp-1': 'cp-2', 'cp-2': 'cp-1' })[name] ?? name;
    const to: VmCluster = {
      ...cluster,
      nodes: cluster.nodes.map((node) => ({
        ...node,
        name: swapped(node.name),
        vm: { ...node.vm, name: swapped(node.vm.name) },
      })),
    };
    const act: Act = async (pve, wanted, simulator) => {
      for (const name of ['cp-1', 'cp-2']) await destroyVm(pve, vmOf(wanted, name));
      for (const name of ['cp-1', 'cp-2']) await createVm(simulator, wanted, name);
    };
    const result = await rehearsal(to, act, ['cp-1']);
    expect(outcomesOf(result)).toEqual(expect.arrayContaining(['cp-1 1011 replaced', 'cp-2 1012 replaced']));
    expect(lines(result)).toContain('its id is that of cp-2 now');
    expect(lines(result)).toContain('VM 1012 (cp-2) was replaced, its disks are lost; --confirm cp-2 allows it');
    expect(lines(result)).not.toContain('--confirm cp-1');
  });

  it('is replaced where another id bears its name afterwards', async () => {
    const to = only('cp-1', (vm) => ({ ...vm, vmId: 1031 }));
    const act: Act = async (pve, _, simulator) => {
      await destroyVm(pve, vmOf(sampleCluster(), 'cp-1'));
      await createVm(simulator, to, 'cp-1');
    };
    const result = await rehearsal(to, act, ['cp-1']);
    expect(outcomesOf(result)).toEqual(expect.arrayContaining(['cp-1 1011 replaced', 'cp-1 1031 created']));
    expect(lines(result)).toContain('VM 1011 was deleted, VM 1031 was made');
    expect(verdicts(result)).toEqual(WELL);
  });

  it('is left where a second one is made beside it, and the end finds it', async () => {
    const to = only('cp-1', (vm) => ({ ...vm, vmId: 1031 }));
    const result = await rehearsal(to, (_, __, simulator) => createVm(simulator, to, 'cp-1'));
    expect(outcomesOf(result)).toEqual(expect.arrayContaining(['cp-1 1011 left', 'cp-1 1031 created']));
    expect(lines(result)).toMatch(/VM 1031 was made beside it under the same name/);
    expect(lines(result)).toContain('VM 1011 was left behind');
  });

  it('is deleted where the model has it no more, and has to be named', async () => {
    const sample = sampleCluster();
    const to: VmCluster = { ...sample, nodes: sample.nodes.filter(({ name }) => name !== 'cp-2') };
    const act: Act = (pve) => destroyVm(pve, vmOf(sample, 'cp-2'));
    expect(lines(await rehearsal(to, act))).toContain('VM 1012 (cp-2) was deleted, its disks are lost');
    expect(verdicts(await rehearsal(to, act, ['cp-2']))).toEqual(WELL);
  });

  it('is told in the report for a pull request', async () => {
    const sample = sampleCluster();
    const to: VmCluster = { ...sample, nodes: sample.nodes.filter(({ name }) => name !== 'cp-2') };
    const result = await rehearsal(to, (pve) => destroyVm(pve, vmOf(sample, 'cp-2')));
    const report = markdownReport({ ...result, target: 'tofu', pve: '9.1', cluster: 'home' });
    expect(report).toContain('| cp-2 | 1012 | deleted |  |');
  });
});

it('a plan that writes, and a VM of somebody else that is touched, are found out in a change too', async () => {
  const result = await rehearsal(sampleCluster(), (pve) =>
    pve.call('PUT', '/nodes/pve1/qemu/1010/config', { name: 'mine' }),
  );
  expect(lines(result)).toContain('a write to a VM of somebody else');
  expect(lines(result)).toContain('VM 1010 of somebody else is not as it was');
});
