/** What go-task is told of the tasks of a target. `npm run proof:tasks` runs them. */

import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import type { Target } from '../../../src/model/target.ts';
import { task, type Command, type Task } from '../../../src/model/task.ts';
import type { Tool } from '../../../src/model/tool.ts';
import { rootTaskfile, targetTaskfile } from '../../../src/targets/tasks/taskfile.ts';
import { sampleCluster, sampleMetalCluster } from '../../support/cluster.ts';

const tool = (name: string): Tool => ({ name, purpose: 'x', versionArgs: [], minimum: null, install: `get ${name}` });
const run = (...argv: [string, ...string[]]): Command => ({ argv, cwd: 'demo', env: {}, exitCodes: {} });

function target(tasks: readonly Task[], name = 'demo'): Target {
  return {
    name,
    summary: 'x',
    rules: [],
    tools: [tool('alpha'), tool('beta')],
    includes: () => true,
    view: () => ({}),
    nodeView: () => ({}),
    tasks: () => tasks,
  };
}

const cluster = sampleCluster();
const written = (one: Task): unknown =>
  (targetTaskfile(target([one]), cluster) as { tasks: Record<string, unknown> }).tasks[one.name];

describe('a task', () => {
  it('is its words, its folder and its commands', () => {
    expect(targetTaskfile(target([task('plan', 'Show it', [run('echo', 'a b')])]), cluster)).toEqual({
      version: '3',
      tasks: { plan: { desc: 'Show it', dir: '{{.TASKFILE_DIR}}', cmds: ["echo 'a b'"] } },
    });
  });

  it('has other names where it has some', () => {
    expect(written(task('plan', 'Show it', [run('x')], { aliases: ['p'] }))).toMatchObject({ aliases: ['p'] });
  });

  it('runs in the folder of another target, wherever it is called from', () => {
    expect(written(task('wait', 'Wait', [{ ...run('sh', 'x.sh'), cwd: 'talos' }]))).toMatchObject({
      dir: '{{.TASKFILE_DIR}}/../talos',
    });
  });

  it('checks for every program by itself, for further ones too, and for the environment', () => {
    const options = { programs: [tool('gamma')], requiredEnv: ['TOKEN'] };
    const tools = target([task('plan', 'Show it', [run('alpha'), run('alpha', 'again'), run('sh')], options)]);
    expect(targetTaskfile(tools, cluster)).toMatchObject({
      tasks: {
        plan: {
          preconditions: [
            { sh: 'command -v alpha', msg: 'alpha is not installed: get alpha' },
            { sh: 'command -v gamma', msg: 'gamma is not installed: get gamma' },
            { sh: 'test -n "$TOKEN"', msg: 'set TOKEN in the environment first' },
          ],
        },
      },
    });
  });

  it('checks once for a program that it starts and names', () => {
    const { tools, ...rest } = target([]);
    const [alpha] = tools;
    if (alpha === undefined) throw new Error('it is there');
    const one = task('plan', 'Show it', [run('alpha')], { programs: [alpha] });
    const file = targetTaskfile({ ...rest, tools, tasks: () => [one] }, cluster) as {
      tasks: { plan: { preconditions: unknown[] } };
    };
    expect(file.tasks.plan.preconditions).toHaveLength(1);
  });

  it('asks for the name of the cluster before it deletes something', () => {
    expect(written(task('destroy', 'Delete it', [run('x')], { destructive: true }))).toEqual({
      desc: 'Delete it',
      dir: '{{.TASKFILE_DIR}}',
      requires: { vars: [{ name: 'CONFIRM', enum: ['home'] }] },
      prompt: 'Delete it. Continue?',
      cmds: ['x'],
    });
  });

  it('does not fail by an exit code that means changes', () => {
    const plan = task('plan', 'Show it', [{ ...run('tofu', 'plan'), exitCodes: { 2: 'changes' } }]);
    expect(written(plan)).toMatchObject({ cmds: ['tofu plan || test $? -eq 2'] });
  });

  it('hands on what the caller may give', () => {
    expect(written(task('apply', 'Send it', [run('x')], { parameter: 'NODES' }))).toMatchObject({
      cmds: ['x{{if .NODES}} {{.NODES | q}}{{end}}'],
    });
  });

  it('holds no text that go-task would take for a template', () => {
    const gamma = { ...tool('gamma'), install: 'get {{gamma}}' };
    const odd = task('odd', 'Show {{it}}', [run('echo', '{{x}}')], { destructive: true, programs: [gamma] });
    expect(written(odd)).toMatchObject({
      desc: 'Show {{`{{`}}it}}',
      prompt: 'Show {{`{{`}}it}}. Continue?',
      cmds: [expect.stringContaining('{{`{{`}}x}}')],
      preconditions: [{ msg: 'gamma is not installed: get {{`{{`}}gamma}}' }],
    });
  });
});

describe('the Taskfile of all targets', () => {
  const two = [
    target([task('a', 'A', [run('x')])], 'tofu'),
    target([], 'nocloud'),
    target([task('b', 'B', [run('x')])], 'talos'),
  ];
  const included = (given: Cluster): unknown => rootTaskfile(two, given);

  it('includes every target that has tasks', () => {
    expect(included(cluster)).toEqual({
      version: '3',
      includes: { tofu: { taskfile: './tofu/Taskfile.yaml' }, talos: { taskfile: './talos/Taskfile.yaml' } },
    });
    expect(included(sampleMetalCluster())).toEqual(included(cluster));
  });

  it('calls the chosen backend infra', () => {
    expect(included({ ...cluster, proxmox: { ...cluster.proxmox, defaultTarget: 'tofu' } })).toMatchObject({
      includes: { tofu: { aliases: ['infra'] }, talos: { taskfile: './talos/Taskfile.yaml' } },
    });
  });
});
