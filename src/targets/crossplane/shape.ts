/** Which phases a cluster has. */

import type { Cluster } from '../../model/cluster.ts';

/** An API of its own in front of the provider's VM. */
export function isComposed(cluster: Cluster): boolean {
  return cluster.crossplane.style === 'composition';
}

/** Do nodes boot from, or import, a file that Proxmox downloads? */
export function hasImages(cluster: Cluster): boolean {
  return cluster.nodes.some(({ vm }) => vm !== null && vm.boot.source !== 'template');
}

/** Are nodes cloned? */
export function hasTemplates(cluster: Cluster): boolean {
  return cluster.nodes.some(({ vm }) => vm !== null && vm.boot.source === 'template');
}
