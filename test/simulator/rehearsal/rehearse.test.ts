import { afterEach, describe, expect, it } from 'vitest';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { NO_DURATION, PVE_VERSIONS, type Simulator } from '../../../src/simulator/index.ts';
import { neighbourVms } from '../../../src/simulator/rehearsal/neighbours.ts';
import { rehearse, type RehearsalResult } from '../../../src/simulator/rehearsal/rehearse.ts';
import type { Step } from '../../../src/simulator/rehearsal/steps.ts';
import { markdownReport, stepLines, summaryLine } from '../../../src/simulator/rehearsal/report.ts';
import { startFor } from '../../../src/simulator/rehearsal/stage.ts';
import { sampleCluster, sampleWithVms } from '../../support/cluster.ts';
import { scriptedClient, type Mischief } from './scripted.ts';

const running: Simulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
});

async function rehearsal(
  mischief: Mischief = {},
  cluster: VmCluster = sampleCluster(),
  version = '9.1',
): Promise<RehearsalResult> {
  const simulator = await startFor([cluster], { version, taskDurations: NO_DURATION });
  running.push(simulator);
  let milliseconds = 0;
  return rehearse({
    cluster,
    host: simulator.host,
    client: scriptedClient(simulator, cluster, mischief),
    now: () => (milliseconds += 100),
    onStep: () => undefined,
  });
}

const verdicts = ({ steps }: RehearsalResult): string[] =>
  steps.map(({ name, ok }) => `${name} ${ok ? 'ok' : 'failed'}`);
const failed = ({ steps }: RehearsalResult): Step | undefined => steps.find(({ ok }) => !ok);
const LIFE = ['prepare ok', 'apply ok', 'compare ok', 'plan again ok', 'foreign disk ok', 'destroy ok', 'compare ok'];
const WELL = [...LIFE, 'foreign file ok', 'foreign VM ok'];

describe('a client that does it right', () => {
  it.each(PVE_VERSIONS)('passes every step on Proxmox VE %s', async (version) => {
    const result = await rehearsal({}, sampleCluster(), version);
    expect(result.steps.flatMap((step) => stepLines(step)).filter((line) => !line.startsWith('ok'))).toEqual([]);
    expect(verdicts(result)).toEqual(WELL);
    expect(result.ok).toBe(true);
  });

  it('may leave a protected VM where it is, and must', async () => {
    const cluster = sampleWithVms((vm) => ({ ...vm, protection: true }));
    // What stays keeps its id: nobody else can have it.
    expect(verdicts(await rehearsal({}, cluster))).toEqual(LIFE);
    const taken = await rehearsal(
      {
        instead: {
          destroy: async (pve, { nodes }) => {
            for (const { vm } of nodes) {
              const path = `/nodes/${vm.pveNode}/qemu/${vm.vmId}`;
              await pve.call('PUT', `${path}/config`, { protection: 0 });
              await pve.task('POST', `${path}/status/stop`);
              await pve.task('DELETE', path);
            }
            return { exitCode: 0, changes: false };
          },
        },
      },
      cluster,
    );
    expect(failed(taken)?.problems).toContain('VM 1011 is protected and was destroyed');
  });
});

describe('a client that does it wrong', () => {
  it('is told which field of which VM differs, and by which request', async () => {
    const result = await rehearsal({ create: (form, vm) => (vm.vmId === 1012 ? { ...form, cores: 2 } : form) });
    expect(verdicts(result)).toEqual(WELL.with(2, 'compare failed'));
    expect(failed(result)?.differences).toEqual([{ vmid: 1012, field: 'cores', expected: '4', actual: '2' }]);
    expect(failed(result)?.behind.map(({ endpoint }) => endpoint)).toContain('POST /nodes/{node}/qemu');
  });

  it.each<[string, Mischief, string, RegExp]>([
    [
      'its tool fails',
      { instead: { apply: () => Promise.resolve({ exitCode: 3, changes: false }) } },
      'apply',
      /apply ended with exit code 3/,
    ],
    [
      'a plan right after apply finds changes',
      { instead: { plan: () => Promise.resolve({ exitCode: 0, changes: true }) } },
      'plan again',
      /wants to change something/,
    ],
    [
      'a plan writes',
      { after: { plan: (pve) => pve.call('PUT', '/nodes/pve1/qemu/1011/config', { cores: 4 }) } },
      'plan again',
      /wrote to the host 1 times/,
    ],
    [
      'it asks what Proxmox refuses',
      { after: { apply: (pve) => pve.call('PUT', '/nodes/pve1/qemu/1011/config', { cores: 'many' }) } },
      'apply',
      /Proxmox VE would refuse/,
    ],
    [
      'it asks what nobody knows',
      { after: { apply: (pve) => pve.call('GET', '/nodes/pve1/ceph/status') } },
      'apply',
      /does not know/,
    ],
    [
      'it touches a VM of somebody else',
      { after: { apply: (pve) => pve.call('PUT', '/nodes/pve1/qemu/1010/config', { name: 'mine' }) } },
      'apply',
      /a VM of somebody else/,
    ],
    [
      'it leaves a VM behind',
      { instead: { destroy: () => Promise.resolve({ exitCode: 0, changes: false }) } },
      'compare',
      /VM 1011 was left behind/,
    ],
    [
      'it takes a VM of somebody else with it',
      {
        after: {
          destroy: async (pve) => {
            if (pve.simulator.host.vms.find(1010) === undefined) return;
            await pve.task('POST', '/nodes/pve1/qemu/1010/status/stop');
            await pve.task('DELETE', '/nodes/pve1/qemu/1010');
          },
        },
      },
      'destroy',
      /a VM of somebody else/,
    ],
  ])('is found out when %s', async (_, mischief, step, message) => {
    const result = await rehearsal(mischief);
    expect(result.ok).toBe(false);
    const faults = result.steps.filter(({ ok }) => !ok);
    expect(faults.map(({ name }) => name)).toContain(step);
    expect(faults.flatMap(({ problems }) => problems).join('\n')).toMatch(message);
  });

  it('destroys what it has built, whatever went wrong before', async () => {
    const result = await rehearsal({
      after: { apply: () => Promise.resolve() },
      create: (form) => ({ ...form, memory: 512 }),
    });
    expect(verdicts(result).slice(-4)).toEqual(['destroy ok', 'compare ok', ...WELL.slice(-2)]);
  });

  const FILE = 'local:import/talmox-v1.qcow2';
  const image = sampleCluster().proxmox.images[0]?.placements[0];
  it.each<[string, Mischief, string, RegExp]>([
    [
      'it fetches a boot file anew that somebody else has put there',
      {
        after: {
          apply: async (pve) => {
            const path = `/nodes/${image?.pveNode ?? ''}/storage/${image?.storage ?? ''}`;
            await pve.task('DELETE', `${path}/content/${encodeURIComponent(image?.volumeId ?? FILE)}`);
          },
        },
      },
      'foreign file',
      /of somebody else was deleted or replaced/,
    ],
    [
      'it deletes a boot file that was there before',
      {
        after: {
          destroy: (pve) =>
            pve.task(
              'DELETE',
              `/nodes/${image?.pveNode ?? ''}/storage/${image?.storage ?? ''}/content/${encodeURIComponent(image?.volumeId ?? FILE)}`,
            ),
        },
      },
      'foreign file',
      /of somebody else was deleted or replaced/,
    ],
    [
      'it takes the volume of a pod along when it destroys',
      {
        after: {
          destroy: (pve) => {
            const { host } = pve.simulator;
            const pods = host.storages.allVolumes().find(({ vmid }) => vmid === 9999);
            if (pods !== undefined) host.storages.remove('pve1', pods.volid);
            return Promise.resolve();
          },
        },
      },
      'compare',
      /vm-9999-pvc-\w+ on pve1 of somebody else is not there any more/,
    ],
    [
      'it sees a change in a disk that a storage driver has attached',
      {
        instead: {
          plan: async (pve) => {
            const { data } = await pve.call('GET', '/nodes/pve1/qemu/1011/config');
            return { exitCode: 0, changes: JSON.stringify(data).includes('9999') };
          },
        },
      },
      'foreign disk',
      /wants to change something/,
    ],
    [
      'it takes over a VM of somebody else that has an id of the cluster',
      { adopts: true },
      'foreign VM',
      /apply went through although VM 1011 is somebody else's/,
    ],
  ])('is found out when %s', async (_, mischief, step, message) => {
    const result = await rehearsal(mischief);
    const faults = result.steps.filter(({ ok }) => !ok);
    expect(faults.map(({ name }) => name)).toContain(step);
    expect(faults.flatMap(({ problems }) => problems).join('\n')).toMatch(message);
  });
});

describe('the report', () => {
  const described = async (mischief: Mischief) => ({
    ...(await rehearsal(mischief)),
    target: 'tofu',
    pve: '9.1',
    cluster: 'home',
  });

  it('is one line per step and one at the end', async () => {
    const result = await described({});
    expect(summaryLine(result)).toBe('rehearsal of home with tofu on Proxmox VE 9.1: all well, 0.9 s');
    expect(result.steps.flatMap((step) => stepLines(step))[0]).toMatch(/^ok {6}prepare {9}0\.1 s {5}0 requests$/);
  });

  it('has its columns below each other, also where an earlier revision has a long name', async () => {
    const { steps } = await described({});
    const [longest] = steps.map((step) => ({ ...step, name: 'apply v1.2.3-rc.1' }));
    if (longest === undefined) throw new Error('no step');
    const columns = (all: readonly Step[], revision?: string): Set<number> =>
      new Set(all.map((step) => (stepLines(step, revision)[0] ?? '').indexOf(' s ')));
    expect(steps.map(({ name }) => name)).toContain('foreign disk');
    expect(columns([...steps, { ...longest, name: 'apply HEAD~1' }]).size).toBe(1);
    expect(columns([...steps, longest], 'v1.2.3-rc.1').size).toBe(1);
  });

  it('is a table for a pull request, with what went wrong below', async () => {
    const result = await described({ create: (form, vm) => (vm.vmId === 1012 ? { ...form, cores: 2 } : form) });
    const report = markdownReport(result);
    expect(report).toContain('## rehearsal of home with tofu on Proxmox VE 9.1: failed at compare, 0.9 s');
    expect(report).toContain('| ❌ | compare | 0.1 s | 0 |');
    expect(report).toContain('VM 1012 cores: the model wants "4", the host has "2"');
    expect(report).toMatch(/ {2}POST \/nodes\/pve2\/qemu vmid=1012 name=cp-2 .*cores=2/);
    expect(report.match(/```/g)).toHaveLength(2);
  });

  it('never quotes the secret of the token', async () => {
    let attempts = 0;
    const result = await described({
      after: {
        // One attempt: a login that fails is kept waiting for three seconds.
        apply: async (pve) => {
          attempts += 1;
          if (attempts === 1) await pve.call('POST', '/access/ticket', { username: 'root@pam', password: 'hunter2' });
        },
      },
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

describe('who else lives on the host', () => {
  it.each([
    [100, [101]],
    [101, [100, 102]],
    [999_999_998, [999_999_997, 999_999_999]],
    [999_999_999, [999_999_998]],
  ])('has the ids beside %i, as far as Proxmox VE gives them', (vmId, ids) => {
    const sample = sampleWithVms((vm) => ({ ...vm, vmId }));
    const cluster = { ...sample, nodes: sample.nodes.slice(0, 1), proxmox: { ...sample.proxmox, templates: [] } };
    expect(neighbourVms([cluster]).map(({ vmid }) => vmid)).toEqual(ids);
  });
});
