/** A simulated host on which a cluster is rehearsed, with neighbours that nobody may touch. */

import type { VmCluster } from '../../model/cluster.ts';
import { mergeSeeds, seedOf, tokenOf } from '../fixture.ts';
import { startSimulator, type Simulator } from '../server/start.ts';
import { foreignFiles, neighbourVms } from './neighbours.ts';

/**
 * @param clusters all that are built on it, one after the other: the host has what each of them takes for granted, and
 *   the token is that of the last
 * @throws UsageError for a version that is not simulated
 */
export function startFor(clusters: readonly [VmCluster, ...VmCluster[]], version?: string): Promise<Simulator> {
  const last = clusters.at(-1) ?? clusters[0];
  // Whoever clones builds its templates first, as on a fresh host.
  const seed = clusters.map((cluster) => seedOf(cluster, { templates: false })).reduce(mergeSeeds);
  return startSimulator({
    ...(version === undefined ? {} : { version }),
    seed: { ...seed, files: [...(seed.files ?? []), ...foreignFiles(clusters[0])], vms: neighbourVms(clusters) },
    token: tokenOf(last),
  });
}
