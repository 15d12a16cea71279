/** From powered-on machines to a kubeconfig, with talosctl. Secrets stay in files that are never committed. */

import type { Cluster, Node } from '../../model/cluster.ts';
import type { Command, Task } from '../../model/target.ts';
import { minorText } from '../../model/version.ts';

export function talosTasks(cluster: Cluster): Task[] {
  const controlPlanes = cluster.nodes.filter((node) => node.role === 'controlplane');
  const [first] = controlPlanes;
  if (cluster.talos.tool !== 'talosctl' || first === undefined) return [];
  return [
    task('secrets', 'Make the secrets of the cluster, once (keep out/talos/secrets.yaml safe, never commit it)', [
      talosctl('gen', 'secrets', '--output-file', 'secrets.yaml'),
    ]),
    task('config', 'Generate the machine configuration of every node, and the talosconfig', [
      ...cluster.nodes.map((node) => generate(cluster, node)),
      talosconfig(cluster),
    ]),
    task('apply', 'Send every node its configuration while it waits in maintenance mode', [
      ...cluster.nodes.map((node) =>
        talosctl('apply-config', '--insecure', '--nodes', node.address, '--file', `clusterconfig/${node.name}.yaml`),
      ),
    ]),
    task('bootstrap', `Start etcd on ${first.name}, once in the life of the cluster`, [onNode(first, 'bootstrap')]),
    task('kubeconfig', 'Fetch the kubeconfig', [onNode(first, 'kubeconfig', 'kubeconfig', '--force')]),
    task('health', 'Wait until the cluster is healthy', [onNode(first, 'health')]),
  ];
}

function task(name: string, description: string, commands: readonly Command[]): Task {
  const [head, ...rest] = commands;
  if (head === undefined) throw new Error(`task ${name} has no command`);
  return { name, aliases: [], description, verb: null, destructive: false, requiredEnv: [], commands: [head, ...rest] };
}

function talosctl(...args: readonly string[]): Command {
  return { argv: ['talosctl', ...args], cwd: 'talos', env: {}, exitCodes: {} };
}

function onNode(node: Node, ...args: readonly string[]): Command {
  return talosctl('--talosconfig', 'clusterconfig/talosconfig', '--endpoints', node.address, '--nodes', node.address, ...args);
}

function common(cluster: Cluster): string[] {
  return [
    'gen',
    'config',
    cluster.name,
    cluster.endpoint.url,
    '--with-secrets',
    'secrets.yaml',
    '--talos-version',
    `v${minorText(cluster.talos.version)}`,
    '--kubernetes-version',
    cluster.kubernetes.version.text,
    '--with-docs=false',
    '--with-examples=false',
    '--force',
  ];
}

function generate(cluster: Cluster, node: Node): Command {
  const patches = ['patches/all.yaml', `patches/${node.role}.yaml`, `nodes/${node.name}.yaml`];
  return talosctl(
    ...common(cluster),
    '--output-types',
    node.role,
    '--output',
    `clusterconfig/${node.name}.yaml`,
    ...patches.flatMap((path) => ['--config-patch', `@${path}`]),
  );
}

function talosconfig(cluster: Cluster): Command {
  return talosctl(...common(cluster), '--output-types', 'talosconfig', '--output', 'clusterconfig/talosconfig');
}
