/**
 * From powered-on machines to a kubeconfig and through upgrades. Every step is a script beside the
 * Taskfile: what a step asks of the nodes depends on what the step before it answered.
 */

import type { Cluster } from '../../model/cluster.ts';
import { task, type Command, type Task } from '../../model/task.ts';
import { verifyNodes } from '../verify-nodes.ts';
import { configTool, secretsTool, SOPS, TALOSCTL } from './tools.ts';

export function talosTasks(cluster: Cluster): Task[] {
  if (!cluster.nodes.some((node) => node.role === 'controlplane')) return [];
  return [upTask(cluster), ...firstTasks(cluster), ...laterTasks(cluster)];
}

function script(name: string, ...args: readonly string[]): Command {
  return { argv: ['sh', `${name}.sh`, ...args], cwd: 'talos', env: {}, exitCodes: {} };
}

function upTask({ talos: { tool } }: Cluster): Task {
  const steps = [
    script('secrets', '--keep'),
    script('config'),
    script('verify-nodes'),
    script('apply'),
    script('bootstrap'),
    script('kubeconfig'),
  ] as const;
  return task(
    'up',
    'From machines that run Talos to a kubeconfig: secrets, config, verify-nodes, apply, bootstrap, kubeconfig',
    steps,
    {
      programs: [...new Set([TALOSCTL, SOPS, secretsTool(tool), configTool(tool)])],
    },
  );
}

function firstTasks({ talos: { tool } }: Cluster): Task[] {
  const driven = { programs: [TALOSCTL] };
  return [
    task('secrets', 'Make the secrets of the cluster, once, encrypted with sops', [script('secrets')], {
      programs: [...new Set([secretsTool(tool), SOPS])],
    }),
    task(
      'config',
      'Generate and validate the machine configuration of every node, and the talosconfig',
      [script('config')],
      {
        programs: [...new Set([TALOSCTL, SOPS, configTool(tool)])],
      },
    ),
    verifyNodes(),
    task('diff', 'Show what apply would change (some nodes with NODES=a,b)', [script('diff')], {
      ...driven,
      parameter: 'NODES',
    }),
    task(
      'apply',
      'Send every node its configuration, control planes one at a time (some nodes with NODES=a,b)',
      [script('apply')],
      {
        ...driven,
        parameter: 'NODES',
      },
    ),
    task(
      'bootstrap',
      'Start etcd on the first control plane, unless the cluster already has it',
      [script('bootstrap')],
      driven,
    ),
    task('kubeconfig', 'Fetch the kubeconfig', [script('kubeconfig')], driven),
    task('health', 'Wait until the cluster is healthy', [script('health')], driven),
  ];
}

function laterTasks({ name }: Cluster): Task[] {
  const driven = { programs: [TALOSCTL] };
  return [
    task(
      'upgrade',
      'Upgrade every node to the Talos version and schematic of cluster.yaml, one at a time (some nodes with NODES=a,b)',
      [script('upgrade')],
      {
        ...driven,
        parameter: 'NODES',
      },
    ),
    task('upgrade-k8s', 'Upgrade Kubernetes to the version of cluster.yaml', [script('upgrade-k8s')], driven),
    task(
      'reset',
      'Reset every node to maintenance mode, which deletes its data (some nodes with NODES=a,b)',
      [script('reset', name)],
      { ...driven, destructive: true, parameter: 'NODES' },
    ),
  ];
}
