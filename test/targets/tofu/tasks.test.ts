import { describe, expect, it } from 'vitest';
import { tofu } from '../../../src/targets/tofu/index.ts';
import { tofuTasks } from '../../../src/targets/tofu/tasks.ts';
import { commandsOf, envNeededBy, taskOf } from '../../support/tasks.ts';
import { sampleCluster, sampleMetalCluster, sampleWith } from '../../support/cluster.ts';
import { shapes } from '../../support/vm-shapes.ts';

const tasks = tofuTasks(sampleCluster());
const withTofu = (changes: Partial<ReturnType<typeof sampleCluster>['tofu']>) =>
  tofuTasks(sampleWith({ tofu: { ...sampleCluster().tofu, ...changes } }));

describe('commands of OpenTofu', () => {
  it('plan saves the plan, waits for a lock, and says by its exit code that something changes', () => {
    expect(commandsOf(tasks, 'plan')).toEqual([
      'tofu plan -lock-timeout=60s -parallelism=3 -detailed-exitcode -out=tfplan (2: changes)',
    ]);
  });

  it('apply applies the plan that it has saved, not another one', () => {
    expect(commandsOf(tasks, 'provision')).toEqual([
      'tofu plan -lock-timeout=60s -parallelism=3 -detailed-exitcode -out=tfplan (2: changes)',
      'tofu apply -lock-timeout=60s -parallelism=3 tfplan',
    ]);
  });

  it('destroy applies a saved plan too', () => {
    expect(commandsOf(tasks, 'destroy')).toEqual([
      'tofu plan -destroy -lock-timeout=60s -parallelism=3 -out=tfdestroy',
      'tofu apply -lock-timeout=60s -parallelism=3 tfdestroy',
    ]);
    expect(taskOf(tasks, 'destroy').destructive).toBe(true);
  });

  it('the others read', () => {
    expect(commandsOf(tasks, 'init')).toEqual(['tofu init']);
    expect(commandsOf(tasks, 'validate')).toEqual(['tofu fmt -check -diff -recursive', 'tofu validate']);
    expect(commandsOf(tasks, 'status')).toEqual(['tofu state list', 'tofu show -no-color']);
    expect(commandsOf(tasks, 'output')).toEqual(['tofu output']);
    expect(commandsOf(tasks, 'verify-nodes')).toEqual(['sh verify-nodes.sh']);
  });

  it('run in the folder of the configuration and ask nobody', () => {
    const own = tasks.flatMap(({ commands }) => commands).filter(({ argv }) => argv[0] === 'tofu');
    for (const { cwd, env } of own)
      expect({ cwd, env }).toEqual({ cwd: 'tofu', env: { TF_IN_AUTOMATION: '1', TF_INPUT: '0' } });
    expect(own).toHaveLength(11);
  });

  it('as many resources at once as the cluster says', () => {
    expect(commandsOf(withTofu({ parallelism: 1 }), 'plan')[0]).toContain(' -parallelism=1 ');
  });

  it('have the words that the runner and people know them by', () => {
    expect(tasks.map(({ name, aliases, verb }) => [name, ...aliases, verb].join(' '))).toEqual([
      'init ',
      'validate ',
      'plan plan',
      'provision apply apply',
      'verify-nodes wait ',
      'status state:list status',
      'output ',
      'destroy destroy',
    ]);
  });

  it('exist for VMs alone', () => {
    expect(tofuTasks(sampleMetalCluster())).toEqual([]);
  });
});

describe('what has to be set', () => {
  const TOKEN = 'PROXMOX_VE_API_TOKEN';
  const PASSPHRASE = 'TF_VAR_state_passphrase';
  const HTTP = ['TF_HTTP_USERNAME', 'TF_HTTP_PASSWORD'];

  it.each([
    ['a state that is encrypted', { encryption: true }, [PASSPHRASE]],
    ['a state that is not', { encryption: false }, []],
    ['a state behind http', { encryption: false, backend: 'http' }, HTTP],
    ['both', { encryption: true, backend: 'http' }, [PASSPHRASE, ...HTTP]],
  ] as const)('for %s', (_what, settings, state) => {
    const given = withTofu(settings);
    for (const name of ['init', 'status', 'output']) expect(envNeededBy(given, name)).toEqual(state);
    for (const name of ['plan', 'provision', 'destroy']) expect(envNeededBy(given, name)).toEqual([TOKEN, ...state]);
    expect(envNeededBy(given, 'validate')).toEqual([]);
  });
});

describe('templates', () => {
  it('are made alone where nodes are cloned from them, by a plan that is saved', () => {
    const cloned = tofuTasks(shapes['full clone'] ?? sampleCluster());
    expect(commandsOf(cloned, 'template:create')).toEqual([
      'tofu plan -lock-timeout=60s -parallelism=3 -target=proxmox_virtual_environment_vm.talos_template -out=tfplan',
      'tofu apply -lock-timeout=60s -parallelism=3 tfplan',
    ]);
    expect(envNeededBy(cloned, 'template:create')).toEqual(['PROXMOX_VE_API_TOKEN', 'TF_VAR_state_passphrase']);
    expect(taskOf(cloned, 'template:create').destructive).toBe(false);
  });

  it('have no task elsewhere', () => {
    expect(tasks.map(({ name }) => name)).not.toContain('template:create');
  });
});

it('doctor asks OpenTofu for its version', () => {
  expect(tofu.tools.map(({ name, versionArgs, minimum }) => ({ name, versionArgs, minimum }))).toEqual([
    { name: 'tofu', versionArgs: ['version'], minimum: '1.10.0' },
  ]);
});
