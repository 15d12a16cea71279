/** Ansible's commands, run in the folder of `ansible.cfg`. */

import { vmCluster, type Cluster, type VmCluster } from '../../model/cluster.ts';
import { task, type Command, type Task } from '../../model/task.ts';

export function ansibleTasks(cluster: Cluster): Task[] {
  const vms = vmCluster(cluster);
  if (vms === null) return [];
  const requiredEnv = credentials(vms);
  return [
    task('init', 'Install the collection into .collections', [
      command('ansible-galaxy', [
        'collection',
        'install',
        '--requirements-file',
        'requirements.yaml',
        '--collections-path',
        '.collections',
      ]),
    ]),
    task('validate', 'Check the syntax of every playbook', [
      command('ansible-playbook', [
        '--syntax-check',
        ...['provision-vms', 'create-template', 'status-vms', 'destroy-vms', 'plan'].map(
          (name) => `playbooks/${name}.yaml`,
        ),
      ]),
    ]),
    task(
      'plan',
      'Show what would change, without changing anything',
      [
        playbook('plan'),
        // The playbook leaves this file when something would change: its exit code cannot say so.
        { ...command('test', ['!', '-e', '.run/changes']), exitCodes: { 1: 'changes' } },
      ],
      { requiredEnv, verb: 'plan' },
    ),
    task(
      'provision',
      'Create the VMs that are missing, and change the others to match the inventory',
      [playbook('provision-vms')],
      {
        aliases: ['apply'],
        requiredEnv,
        verb: 'apply',
      },
    ),
    task('status', 'Show the state of every VM', [playbook('status-vms')], { requiredEnv, verb: 'status' }),
    task(
      'verify-nodes',
      'Wait until every node answers on the Talos API port',
      [playbook('status-vms', ['-e', 'proxmox_vm_verify=true'])],
      {
        aliases: ['wait'],
        requiredEnv,
      },
    ),
    task('template:create', 'Build the template that VMs are cloned from', [playbook('create-template')], {
      requiredEnv,
    }),
    task(
      'destroy',
      'Stop and remove every VM of the cluster, disks included',
      [playbook('destroy-vms', ['-e', `proxmox_vm_destroy_confirm=${cluster.name}`])],
      { requiredEnv, verb: 'destroy', destructive: true },
    ),
  ];
}

function command(program: string, args: readonly string[]): Command {
  return { argv: [program, ...args], cwd: 'ansible', env: {}, exitCodes: {} };
}

function playbook(name: string, args: readonly string[] = []): Command {
  return command('ansible-playbook', [`playbooks/${name}.yaml`, ...args]);
}

/** What the inputs do not say comes from the environment, and the secret always does. */
function credentials({ proxmox }: VmCluster): string[] {
  return [
    'PROXMOX_TOKEN_SECRET',
    ...(proxmox.apiUser === null ? ['PROXMOX_USER'] : []),
    ...(proxmox.apiTokenName === null ? ['PROXMOX_TOKEN_ID'] : []),
  ];
}
