/** From powered-on machines to a kubeconfig, with talosctl. Secrets stay in files that are never committed. */

import type { Cluster, Node } from '../../model/cluster.ts';
import type { Command, Task } from '../../model/target.ts';
import { minorText } from '../../model/version.ts';

/** Where talosctl writes what it generates; never committed. */
const GENERATED = 'clusterconfig/generated';

export function talosTasks(cluster: Cluster): Task[] {
  const controlPlanes = cluster.nodes.filter((node) => node.role === 'controlplane');
  const [first] = controlPlanes;
  if (first === undefined) return [];
  return [
    task('secrets', 'Make the secrets of the cluster, once (keep out/talos/secrets.yaml safe, never commit it)', [
      talosctl('gen', 'secrets', '--output-file', 'secrets.yaml'),
    ]),
    task('config', 'Generate the machine configuration of every node, and the talosconfig', [
      generate(cluster),
      ...cluster.nodes.map(patch),
    ]),
    verifyNodes(),
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

/** A probe of ports, without credentials: it works whatever built the machines. */
function verifyNodes(): Task {
  const probe: Command = { argv: ['sh', 'verify-nodes.sh'], cwd: 'talos', env: {}, exitCodes: {} };
  return { ...task('verify-nodes', 'Wait until every node answers on the Talos API port', [probe]), aliases: ['wait'] };
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
  return talosctl('--talosconfig', `${GENERATED}/talosconfig`, '--endpoints', node.address, '--nodes', node.address, ...args);
}

/** One configuration per role, as Talos makes it, and the talosconfig. */
function generate(cluster: Cluster): Command {
  return talosctl(
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
    '--output-types',
    'controlplane,worker,talosconfig',
    '--output',
    GENERATED,
  );
}

/**
 * A step of its own: `gen config` patches before it adds the documents that its defaults come in, and
 * a patch that deletes one of them fails there.
 */
function patch(node: Node): Command {
  const patches = ['patches/all.yaml', `patches/${node.role}.yaml`, `nodes/${node.name}.yaml`];
  return talosctl(
    'machineconfig',
    'patch',
    `${GENERATED}/${node.role}.yaml`,
    ...patches.flatMap((path) => ['--patch', `@${path}`]),
    '--output',
    `clusterconfig/${node.name}.yaml`,
  );
}
