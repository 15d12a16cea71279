/** A simulated host on which a cluster is rehearsed, with neighbours that nobody may touch. */

import type { VmCluster } from '../../model/cluster.ts';
import type { Privileges } from '../../model/privileges.ts';
import { seedFor, tokenOf } from '../fixture.ts';
import { accessByRecipe } from '../identity.ts';
import { NEWEST_PVE, PVE_VERSIONS } from '../schema/types.ts';
import { QUICK_DURATIONS, type TaskDurations } from '../state/durations.ts';
import { startSimulator, type Simulator } from '../server/start.ts';
import { neighbourVms } from './neighbours.ts';

export interface HostForRehearsal {
  /** `8.4`, `9.0` or `9.1`; the newest by default. */
  readonly version?: string | undefined;
  /** What the token may do: as much as the `create-token.sh` that was run grants. Everything by default. */
  readonly recipe?: Privileges | undefined;
  /** Those of a small host, scaled down, by default. */
  readonly taskDurations?: TaskDurations;
}

/**
 * @param clusters all that are built on it, one after the other: the host has what each of them takes for granted, and
 *   the token is that of the last
 * @throws UsageError for a version that is not simulated
 */
export function startFor(
  clusters: readonly [VmCluster, ...VmCluster[]],
  { version = NEWEST_PVE, recipe, taskDurations = QUICK_DURATIONS }: HostForRehearsal = {},
): Promise<Simulator> {
  const token = tokenOf(clusters.at(-1) ?? clusters[0]);
  const access = recipe === undefined ? {} : { access: accessByRecipe(recipe, token, version) };
  const installer = PVE_VERSIONS.find((known) => known === version);
  // Whoever clones builds its templates first, as on a fresh host.
  const seed = seedFor(clusters, { ...access, version: installer, templates: false });
  return startSimulator({
    version,
    seed: { ...seed, vms: neighbourVms(clusters) },
    token,
    taskDurations,
  });
}
