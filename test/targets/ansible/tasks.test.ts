import { describe, expect, it } from 'vitest';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { ansible } from '../../../src/targets/ansible/index.ts';
import { ansibleTasks } from '../../../src/targets/ansible/tasks.ts';
import { sampleCluster, sampleMetalCluster } from '../../support/cluster.ts';
import { commandsOf, envNeededBy, taskOf } from '../../support/tasks.ts';

const tasks = ansibleTasks(sampleCluster());

function withProxmox(changes: Partial<VmCluster['proxmox']>): VmCluster {
  const cluster = sampleCluster();
  return { ...cluster, proxmox: { ...cluster.proxmox, ...changes } };
}

describe('commands of Ansible', () => {
  it.each([
    [
      'init',
      ['ansible-galaxy collection install --requirements-file requirements.yaml --collections-path .collections'],
    ],
    [
      'validate',
      [
        'ansible-playbook --syntax-check playbooks/provision-vms.yaml playbooks/create-template.yaml playbooks/status-vms.yaml playbooks/destroy-vms.yaml playbooks/plan.yaml',
      ],
    ],
    // The playbook leaves a file where something would change.
    ['plan', ['ansible-playbook playbooks/plan.yaml', 'test ! -e .run/changes (1: changes)']],
    ['provision', ['ansible-playbook playbooks/provision-vms.yaml']],
    ['status', ['ansible-playbook playbooks/status-vms.yaml']],
    ['verify-nodes', ['ansible-playbook playbooks/status-vms.yaml -e proxmox_vm_verify=true']],
    ['template:create', ['ansible-playbook playbooks/create-template.yaml']],
    ['destroy', ['ansible-playbook playbooks/destroy-vms.yaml -e proxmox_vm_destroy_confirm=home']],
  ])('%s', (name, commands) => {
    expect(commandsOf(tasks, name)).toEqual(commands);
  });

  it('run where ansible.cfg is, and set nothing', () => {
    for (const { cwd, env } of tasks.flatMap(({ commands }) => commands))
      expect({ cwd, env }).toEqual({ cwd: 'ansible', env: {} });
  });

  it('have the words that the runner and people know them by', () => {
    expect(tasks.map(({ name, aliases, verb }) => [name, ...aliases, verb].join(' '))).toEqual([
      'init ',
      'validate ',
      'plan plan',
      'provision apply apply',
      'status status',
      'verify-nodes wait ',
      'template:create ',
      'destroy destroy',
    ]);
    expect(taskOf(tasks, 'destroy').destructive).toBe(true);
  });

  it('exist for VMs alone', () => {
    expect(ansibleTasks(sampleMetalCluster())).toEqual([]);
  });
});

describe('what has to be set', () => {
  it.each([
    ['the secret', {}, []],
    ['the user too, where the cluster has none', { apiUser: null }, ['PROXMOX_USER']],
    ['the name of the token too, where the cluster has none', { apiTokenName: null }, ['PROXMOX_TOKEN_ID']],
  ])('is %s', (_what, proxmox, more) => {
    const given = ansibleTasks(withProxmox(proxmox));
    const asking = ['plan', 'provision', 'status', 'verify-nodes', 'template:create', 'destroy'];
    for (const name of asking) expect(envNeededBy(given, name), name).toEqual(['PROXMOX_TOKEN_SECRET', ...more]);
    for (const name of ['init', 'validate']) expect(envNeededBy(given, name)).toEqual([]);
  });
});

it('doctor asks Ansible for the version of its core, and says how to install both', () => {
  const install = 'python3 -m pip install "ansible>=14" proxmoxer requests';
  const asked = { versionArgs: ['--version'], minimum: '2.17.0', install };
  expect(ansible.tools.map(({ purpose: _, ...tool }) => tool)).toEqual([
    { name: 'ansible-playbook', ...asked },
    { name: 'ansible-galaxy', ...asked },
  ]);
});
