/** From powered-on machines to a kubeconfig, with talosctl. Secrets stay in files that are never committed. */

import type { Cluster, Node } from '../../model/cluster.ts';
import { task, type Command, type Task } from '../../model/task.ts';
import { minorText } from '../../model/version.ts';
import { verifyNodes } from '../verify-nodes.ts';
import { patchFiles } from './patch-files.ts';

/** Where talosctl writes what it generates; never committed. */
const GENERATED = 'clusterconfig/generated';

export function talosTasks(cluster: Cluster): Task[] {
  const first = cluster.nodes.find((node) => node.role === 'controlplane');
  const [send, ...sendToOthers] = cluster.nodes.map(applyConfig);
  if (first === undefined || send === undefined) return [];
  return [
    task('secrets', 'Make the secrets of the cluster, once (keep out/talos/secrets.yaml safe, never commit it)', [
      talosctl('gen', 'secrets', '--output-file', 'secrets.yaml'),
    ]),
    task('config', 'Generate the machine configuration of every node, and the talosconfig', [
      generate(cluster),
      ...cluster.nodes.map((node) => patch(cluster, node)),
    ]),
    verifyNodes(),
    task('apply', 'Send every node its configuration while it waits in maintenance mode', [
      send,
      ...sendToOthers,
    ]),
    task('bootstrap', `Start etcd on ${first.name}, once in the life of the cluster`, [onNode(first, 'bootstrap')]),
    task('kubeconfig', 'Fetch the kubeconfig', [onNode(first, 'kubeconfig', 'kubeconfig', '--force')]),
    task('health', 'Wait until the cluster is healthy', [onNode(first, 'health')]),
  ];
}

function talosctl(...args: readonly string[]): Command {
  return { argv: ['talosctl', ...args], cwd: 'talos', env: {}, exitCodes: {} };
}

function onNode(node: Node, ...args: readonly string[]): Command {
  return talosctl('--talosconfig', `${GENERATED}/talosconfig`, '--endpoints', node.address, '--nodes', node.address, ...args);
}

function applyConfig(node: Node): Command {
  return talosctl('apply-config', '--insecure', '--nodes', node.address, '--file', `clusterconfig/${node.name}.yaml`);
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
function patch(cluster: Cluster, node: Node): Command {
  return talosctl(
    'machineconfig',
    'patch',
    `${GENERATED}/${node.role}.yaml`,
    ...patchFiles(cluster, node).flatMap((path) => ['--patch', `@${path}`]),
    '--output',
    `clusterconfig/${node.name}.yaml`,
  );
}
