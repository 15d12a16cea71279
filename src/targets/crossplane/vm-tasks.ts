/** Tasks that plan, make, show and delete the VMs. */

import type { Cluster } from '../../model/cluster.ts';
import { task, type Command, type Task } from '../../model/task.ts';
import {
  applyConfiguration,
  applyImages,
  applyPhase,
  deleteHere,
  diffPhase,
  kubectl,
  kubectlHere,
  nodeSelector,
  VM_RESOURCE,
  waitHere,
} from './commands.ts';
import { compositeResource, ENVIRONMENT_DOWNLOAD_FILE, PROVIDER_NAME, SYSTEM_NAMESPACE } from './names.ts';
import { hasImages, isComposed } from './shape.ts';

/** Everything that provision applies, compared by the API server. */
export function plan(cluster: Cluster): Task {
  return task(
    'plan',
    'Show what provision would change in the management cluster; needs init',
    [
      diffPhase(cluster, '20-config'),
      ...(isComposed(cluster) ? [diffPhase(cluster, '30-api')] : []),
      ...(hasImages(cluster) ? [diffPhase(cluster, '35-images')] : []),
      diffPhase(cluster, '40-nodes'),
    ],
    { verb: 'plan' },
  );
}

/** Configuration, images, nodes; each awaited: a VM is made from an image that is on the host. */
export function provision(cluster: Cluster): Task {
  return task(
    'provision',
    'Create and change the VMs, and wait until every one exists',
    [
      ...applyConfiguration(cluster),
      ...(hasImages(cluster) ? applyImages(cluster, applyPhase(cluster, '35-images')) : []),
      applyPhase(cluster, '40-nodes'),
      waitHere(cluster, '30m', nodeResource(cluster), `--selector=${nodeSelector(cluster)}`),
    ],
    { aliases: ['apply'], verb: 'apply' },
  );
}

/** Kind of the object of a node: the composite, or the VM itself. */
function nodeResource(cluster: Cluster): string {
  return isComposed(cluster) ? compositeResource(cluster) : VM_RESOURCE;
}

/** Read-only tasks. */
export function observeTasks(cluster: Cluster): readonly Task[] {
  const selector = `--selector=cluster=${cluster.name}`;
  const composites = isComposed(cluster) ? [compositeResource(cluster)] : [];
  const kinds = [...composites, VM_RESOURCE, ENVIRONMENT_DOWNLOAD_FILE.resource].join(',');
  return [
    task(
      'status',
      'Show every object of the cluster: is it synced with Proxmox, is it ready',
      [kubectlHere(cluster, 'get', kinds, selector)],
      { verb: 'status' },
    ),
    task('logs', 'Follow the log of the Proxmox provider', [
      kubectl(
        cluster,
        'logs',
        '--namespace',
        SYSTEM_NAMESPACE,
        `--selector=pkg.crossplane.io/provider=${PROVIDER_NAME}`,
        '--tail=100',
        '--follow',
      ),
    ]),
    task('describe', 'Describe every object of the cluster, with its conditions and events', [
      kubectlHere(cluster, 'describe', kinds, selector),
    ]),
  ];
}

/**
 * VMs first, then the files they may have booted from. The provider and its credentials stay:
 * without them nothing could be deleted. By label and not by file, so that nodes which are
 * no longer in nodes.yaml are deleted too.
 */
export function destroy(cluster: Cluster): Task {
  const proxmox: readonly [Command, Command] = [
    deleteHere(cluster, VM_RESOURCE, nodeSelector(cluster)),
    deleteHere(cluster, ENVIRONMENT_DOWNLOAD_FILE.resource, `cluster=${cluster.name}`),
  ];
  const composites = deleteHere(cluster, compositeResource(cluster), nodeSelector(cluster));
  return task(
    'destroy',
    'Delete every VM of the cluster and the images downloaded for it',
    isComposed(cluster) ? [composites, ...proxmox] : proxmox,
    { verb: 'destroy', destructive: true },
  );
}
