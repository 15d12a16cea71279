/** OpenTofu's commands. A plan is saved, and what is applied is that plan. */

import { vmCluster, type Cluster } from '../../model/cluster.ts';
import { task, type Command, type Task } from '../../model/task.ts';
import { verifyNodes } from '../verify-nodes.ts';

/** Without questions and hints for people: the runner asks for the confirmation. */
const ENV = { TF_IN_AUTOMATION: '1', TF_INPUT: '0' } as const;

export function tofuTasks(cluster: Cluster): Task[] {
  if (vmCluster(cluster) === null) return [];
  const secrets = requiredEnv(cluster);
  const parallelism = `-parallelism=${cluster.tofu.parallelism}`;
  const lock = '-lock-timeout=60s';
  const planChanges = tofu(['plan', lock, parallelism, '-detailed-exitcode', '-out=tfplan'], { 2: 'changes' });
  return [
    task('init', 'Fetch the provider and set up the state', [tofu(['init'])], { requiredEnv: stateEnv(cluster) }),
    task('validate', 'Check format and meaning of the configuration', [
      tofu(['fmt', '-check', '-diff', '-recursive']),
      tofu(['validate']),
    ]),
    task('plan', 'Show what would change, and save it as tfplan', [planChanges], {
      requiredEnv: secrets,
      verb: 'plan',
    }),
    task(
      'provision',
      'Create and change VMs until Proxmox VE is as the configuration says',
      [planChanges, tofu(['apply', lock, parallelism, 'tfplan'])],
      {
        aliases: ['apply'],
        requiredEnv: secrets,
        verb: 'apply',
      },
    ),
    ...templateCreate(cluster, secrets, [lock, parallelism]),
    verifyNodes(),
    task('status', 'Show the resources in the state', [tofu(['state', 'list']), tofu(['show', '-no-color'])], {
      aliases: ['state:list'],
      requiredEnv: stateEnv(cluster),
      verb: 'status',
    }),
    task('output', 'Print the outputs', [tofu(['output'])], { requiredEnv: stateEnv(cluster) }),
    task(
      'destroy',
      'Destroy every VM of the cluster',
      [
        tofu(['plan', '-destroy', lock, parallelism, '-out=tfdestroy']),
        tofu(['apply', lock, parallelism, 'tfdestroy']),
      ],
      { requiredEnv: secrets, verb: 'destroy', destructive: true },
    ),
  ];
}

/** The templates alone, images included; `provision` makes them too. */
function templateCreate(cluster: Cluster, secrets: readonly string[], options: readonly string[]): Task[] {
  if ((cluster.proxmox?.templates.length ?? 0) === 0) return [];
  const target = '-target=proxmox_virtual_environment_vm.talos_template';
  return [
    task(
      'template:create',
      'Make the templates that nodes are cloned from',
      [tofu(['plan', ...options, target, '-out=tfplan']), tofu(['apply', ...options, 'tfplan'])],
      { requiredEnv: secrets },
    ),
  ];
}

function tofu(args: readonly string[], exitCodes: Command['exitCodes'] = {}): Command {
  return { argv: ['tofu', ...args], cwd: 'tofu', env: ENV, exitCodes };
}

/** What reaching the state needs. */
function stateEnv({ tofu: settings }: Cluster): string[] {
  return [
    ...(settings.encryption ? ['TF_VAR_state_passphrase'] : []),
    ...(settings.backend === 'http' ? ['TF_HTTP_USERNAME', 'TF_HTTP_PASSWORD'] : []),
  ];
}

function requiredEnv(cluster: Cluster): string[] {
  return ['PROXMOX_VE_API_TOKEN', ...stateEnv(cluster)];
}
