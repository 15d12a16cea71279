/**
 * A run that breaks off anywhere is completed by the next. A fixed few of the faults here; all of them, for the
 * cases that TALMOX_FAULTS names, by `node test/proof/faults-ansible.mjs`.
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import type { FaultEffect } from '../../src/simulator/index.ts';
import { leftovers } from '../../src/simulator/rehearsal/strangers.ts';
import { ansibleStage, type AnsibleStage } from './ansible-stage.ts';
import { need } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);

const EFFECTS: Readonly<Record<string, FaultEffect>> = {
  'dropped before': { kind: 'drop-before' },
  'dropped after': { kind: 'drop-after' },
  'answered with 500': { kind: 'status', status: 500, reason: 'got timeout' },
  'failing as a task': { kind: 'task-error', message: 'unexpected status' },
};

/** Modules wait for a task that has failed until their time is up: little of it here. */
const SHORT = ['-e', 'proxmox_vm_task_timeout=5', '-e', 'proxmox_vm_start_timeout=5', '-e', 'proxmox_vm_shutdown_timeout=5'];

/** One VM at a time, so that the n-th write is always the same. */
const IN_TURN = ['--forks', '1', ...SHORT];

async function stageOf(bin: string, name: string): Promise<AnsibleStage> {
  const stage = await ansibleStage({ bin, name, simulator: { staleMilliseconds: 0 }, pace: 0.02 });
  onTestFinished(() => stage.stop());
  return stage;
}

/** Breaks one write of `provision`, then lets a clean run and `destroy` follow. @returns what was found wrong */
async function broken(stage: AnsibleStage, write: number, effect: FaultEffect): Promise<string[]> {
  const { simulator } = stage;
  const problems: string[] = [];
  forgetImages(stage);
  simulator.setFaults([{ at: { write }, effect }]);
  const struck = await stage.play('provision-vms', ...IN_TURN);
  if (struck.exitCode === 0) problems.push('nothing broke');
  simulator.setFaults([]);
  await simulator.host.tasks.settled();
  const completed = await stage.play('provision-vms', ...IN_TURN);
  if (completed.exitCode !== 0) problems.push(`the clean run failed: ${/fatal.*\n.*\n.*/.exec(completed.said)?.[0] ?? ''}`);
  const differing = stage.differences().map(({ vmid, field }) => `VM ${vmid} ${field}`);
  problems.push(...differing.slice(0, 5));
  const destroyed = await stage.play('destroy-vms', ...IN_TURN);
  if (destroyed.exitCode !== 0) problems.push('destroy failed');
  return [...problems, ...leftovers(simulator.host, stage.cluster)];
}

/** The first write of a first run is a download. */
function forgetImages({ simulator: { host } }: AnsibleStage): void {
  for (const { name } of host.nodes) {
    for (const { id } of host.storages.list()) {
      for (const { volid, content } of host.storages.volumes(name, id)) if (content === 'import') host.storages.remove(name, volid);
    }
  }
}

/** `minimal`, or `minimal:1+6` for some of its writes. */
const asked = (process.env['TALMOX_FAULTS'] ?? '').split(',').filter((name) => name !== '');

describe.skipIf(asked.length > 0)('a write of the first run', () => {
  // Of an image: download, create, import, grow, options, start.
  it.for([[2, 'dropped after'], [3, 'failing as a task'], [4, 'answered with 500'], [6, 'dropped before']] as const)(
    'number %i, %s: the next run completes the VM, and destroy leaves nothing',
    async ([write, effect], { skip }) => {
      const stage = await stageOf(need(newest, skip), 'minimal');
      expect(await broken(stage, write, EFFECTS[effect] ?? { kind: 'drop-before' })).toEqual([]);
    },
  );
});

describe.skipIf(asked.length === 0)('every write, every fault', () => {
  it.for(asked)('%s', { timeout: 120 * 60_000 }, async (text, { skip }) => {
    const [name = '', only = ''] = text.split(':');
    const stage = await stageOf(need(newest, skip), name);
    const mark = stage.simulator.log.mark();
    const healthy = await stage.play('provision-vms', ...IN_TURN);
    expect(healthy.exitCode, healthy.said).toBe(0);
    const writes = stage.simulator.log.writes(mark).map(({ endpoint }) => endpoint ?? '');
    expect((await stage.play('destroy-vms', ...IN_TURN)).exitCode).toBe(0);
    const wrong: string[] = [];
    for (const [index, endpoint] of writes.entries()) {
      if (only !== '' && !only.split('+').includes(String(index + 1))) continue;
      const words: string[] = [];
      for (const [what, effect] of Object.entries(EFFECTS)) {
        if (effect.kind === 'task-error' && endpoint.startsWith('PUT') && endpoint.endsWith('/config')) continue;
        const problems = await broken(stage, index + 1, effect);
        words.push(`${what}: ${problems.length === 0 ? 'completed' : problems.join('; ')}`);
        if (problems.length > 0) wrong.push(`${name} ${index + 1} ${endpoint} ${what}: ${problems.join('; ')}`);
      }
      process.stdout.write(`${name} | ${index + 1} | ${endpoint} | ${words.join(' | ')}\n`);
    }
    expect(wrong).toEqual([]);
  });
});
