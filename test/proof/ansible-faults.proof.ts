/**
 * A run that breaks off anywhere is completed by the next. A fixed few of the faults here; all of them, for the
 * cases that TALMOX_FAULTS names, by `node test/proof/faults-ansible.mjs`.
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import type { FaultEffect } from '../../src/simulator/index.ts';
import { leftovers } from '../../src/simulator/rehearsal/foreign.ts';
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

/** Modules wait for a task that has failed until their time is up: little of it here, and more than any task takes. */
const SHORT = [
  '-e',
  'proxmox_vm_task_timeout=60',
  '-e',
  'proxmox_vm_start_timeout=60',
  '-e',
  'proxmox_vm_shutdown_timeout=60',
];

/** One VM at a time, so that the n-th write is always the same. */
const IN_TURN = ['--forks', '1', ...SHORT];

type Chapter = 'create-template' | 'provision-vms' | 'destroy-vms';

const WITH_TEMPLATES = ['-e', 'proxmox_vm_destroy_templates=true'];

async function stageOf(bin: string, name: string): Promise<AnsibleStage> {
  const stage = await ansibleStage({
    bin,
    name,
    seed: { templates: false },
    simulator: { staleMilliseconds: 0 },
  });
  onTestFinished(() => stage.stop());
  return stage;
}

function chaptersOf({ cluster }: AnsibleStage): Chapter[] {
  return [
    ...(cluster.proxmox.templates.length > 0 ? ['create-template' as const] : []),
    'provision-vms',
    'destroy-vms',
  ];
}

/** Breaks one write of a chapter, then lets clean runs follow to the end. @returns what was found wrong */
async function broken(stage: AnsibleStage, chapter: Chapter, write: number, effect: FaultEffect): Promise<string[]> {
  const { simulator, cluster } = stage;
  const problems: string[] = [];
  const play = async (playbook: Chapter, ...args: readonly string[]): Promise<void> => {
    const { exitCode, said } = await stage.play(playbook, ...IN_TURN, ...args);
    if (exitCode !== 0) problems.push(`${playbook} failed: ${/fatal.*\n.*\n.*/.exec(said)?.[0] ?? ''}`);
  };
  const chapters = chaptersOf(stage);
  for (const earlier of chapters.slice(0, chapters.indexOf(chapter))) await play(earlier);
  simulator.setFaults([{ at: { write }, effect }]);
  const mark = simulator.log.mark();
  await stage.play(chapter, ...IN_TURN);
  if (simulator.log.entries(mark).every(({ faults }) => faults.length === 0)) problems.push('nothing was struck');
  simulator.setFaults([]);
  await simulator.host.tasks.settled();
  for (const playbook of chapters.slice(chapters.indexOf(chapter))) {
    if (playbook === 'destroy-vms' && chapter !== playbook) {
      problems.push(
        ...stage
          .differences()
          .map(({ vmid, field }) => `VM ${vmid} ${field}`)
          .slice(0, 5),
      );
    }
    await play(playbook, ...(playbook === 'destroy-vms' ? WITH_TEMPLATES : []));
  }
  const templates = simulator.host.vms.all().map(({ vmid }) => `VM ${vmid} is left`);
  forgetImages(stage);
  return [...problems, ...leftovers(simulator.host, cluster), ...templates];
}

/** The first write of a first run is a download. */
function forgetImages({ simulator: { host } }: AnsibleStage): void {
  for (const { name } of host.nodes) {
    for (const { id } of host.storages.list()) {
      for (const { volid, content } of host.storages.volumes(name, id))
        if (content === 'import') host.storages.remove(name, volid);
    }
  }
}

/** Runs every chapter undisturbed. @returns what each writes */
async function healthyWrites(stage: AnsibleStage): Promise<[Chapter, string[]][]> {
  const found: [Chapter, string[]][] = [];
  for (const chapter of chaptersOf(stage)) {
    const mark = stage.simulator.log.mark();
    const { exitCode, said } = await stage.play(chapter, ...IN_TURN);
    expect(exitCode, said).toBe(0);
    found.push([chapter, stage.simulator.log.writes(mark).map(({ endpoint }) => endpoint ?? '')]);
  }
  const { exitCode, said } = await stage.play('destroy-vms', ...IN_TURN, ...WITH_TEMPLATES);
  expect(exitCode, said).toBe(0);
  forgetImages(stage);
  return found;
}

/** `minimal`, or `minimal:1+6` for some of its writes, counted through the chapters. */
const asked = (process.env['TALMOX_FAULTS'] ?? '').split(',').filter((name) => name !== '');

describe.skipIf(asked.length > 0)('a write', () => {
  // Of an image: download, create, import, grow, options, start; then shutdown, removal.
  it.for([
    ['provision-vms', 2, 'dropped after'],
    ['provision-vms', 3, 'failing as a task'],
    ['provision-vms', 4, 'answered with 500'],
    ['provision-vms', 6, 'dropped before'],
    ['destroy-vms', 2, 'failing as a task'],
  ] as const)(
    'of %s, number %i, %s: the next run completes it, and destroy leaves nothing',
    async ([chapter, write, effect], { skip }) => {
      const stage = await stageOf(need(newest, skip), 'minimal');
      expect(await broken(stage, chapter, write, EFFECTS[effect] ?? { kind: 'drop-before' })).toEqual([]);
    },
  );
});

describe.skipIf(asked.length === 0)('every write, every fault', () => {
  it.for(asked)('%s', { timeout: 120 * 60_000 }, async (text, { skip }) => {
    const [name = '', only = ''] = text.split(':');
    const stage = await stageOf(need(newest, skip), name);
    const wrong: string[] = [];
    let count = 0;
    for (const [chapter, writes] of await healthyWrites(stage)) {
      for (const [index, endpoint] of writes.entries()) {
        count += 1;
        if (only !== '' && !only.split('+').includes(String(count))) continue;
        const words: string[] = [];
        for (const [what, effect] of Object.entries(EFFECTS)) {
          if (effect.kind === 'task-error' && endpoint.startsWith('PUT') && endpoint.endsWith('/config')) continue;
          const problems = await broken(stage, chapter, index + 1, effect);
          words.push(`${what}: ${problems.length === 0 ? 'completed' : problems.join('; ')}`);
          if (problems.length > 0)
            wrong.push(`${name} ${chapter} ${index + 1} ${endpoint} ${what}: ${problems.join('; ')}`);
        }
        process.stdout.write(`${name} | ${chapter} | ${count} | ${endpoint} | ${words.join(' | ')}\n`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
