/** What a host holds of a cluster, beside what the model demands. */

import type { VmCluster } from '../../model/cluster.ts';
import type { Host } from '../state/host.ts';
import { differences, type Difference } from './differences.ts';
import { expected } from './expected.ts';
import { observed } from './observed.ts';

/** @returns every differing field of the VMs of the cluster's nodes; templates and other VMs are not looked at */
export function modelDifferences(host: Host, cluster: VmCluster): Difference[] {
  const wanted = expected(cluster, host.version);
  return differences(wanted, observed(host, wanted.keys()));
}
