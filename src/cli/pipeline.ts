/** The uses of the pipeline that commands share. */

import type { Generated } from '../generate.ts';
import type { Validated } from '../validate.ts';
import { compare, isDue } from '../io/compare.ts';
import { parseHcl } from '../io/hcl.ts';
import { loadSources, readInput } from '../io/load.ts';
import { generate, verifyFiles } from '../generate.ts';
import { validate } from '../validate.ts';
import type { Change } from '../model/artifact.ts';
import { vmCluster, type Cluster, type VmCluster } from '../model/cluster.ts';
import { InvalidInputError, StaleOutputError, UsageError } from '../model/errors.ts';
import { areFatal } from './report.ts';
import type { Session } from './session.ts';

export interface Rendered {
  readonly generated: Generated;
  readonly cluster: Cluster;
  /** Every path, `same` included. */
  readonly changes: readonly Change[];
}

/** Both files, judged. @throws InvalidInputError when issues end the run */
export function validated(
  session: Session,
  options: { readonly trace: boolean } = { trace: false },
): Validated & { cluster: Cluster } {
  const sources = {
    clusterText: readInput(session.directory, 'cluster.yaml'),
    nodesText: readInput(session.directory, 'nodes.yaml'),
  };
  return sound(session, validate(sources, options));
}

/**
 * Everything rendered and compared with `out/`; nothing written.
 * @throws InvalidInputError, RenderError, WriteError
 */
export function rendered(session: Session): Rendered {
  const generated = sound(session, generate(loadSources(session.directory)));
  return { generated, cluster: generated.cluster, changes: compare(session.outDirectory, generated.files) };
}

/** Verifies what would be written. @throws InvalidOutputError */
export async function verifyChanges({ generated, changes }: Rendered): Promise<void> {
  const due = new Set(changes.filter((change) => change.kind !== 'same').map((change) => change.path));
  await verifyFiles(
    generated.files.filter((file) => due.has(file.path)),
    parseHcl,
  );
}

/** What to say when `out/` is not what the input renders to, or `null`. */
export function staleness({ changes }: Rendered): StaleOutputError | null {
  const stale = changes.filter(isDue);
  if (stale.length === 0) return null;
  const some = stale
    .slice(0, 3)
    .map((change) => `out/${change.path}`)
    .join(', ');
  const more = stale.length > 3 ? ` and ${stale.length - 3} more` : '';
  return new StaleOutputError(
    `out/ is not what cluster.yaml and nodes.yaml render to (${some}${more}); run \`talmox configure\`, review, then run this again`,
    stale,
  );
}

/** @throws StaleOutputError unless `out/` is what the input renders to */
export function demandCurrent(result: Rendered): void {
  const stale = staleness(result);
  if (stale !== null) throw stale;
}

/** The cluster as a backend builds it. @param verb what is asked of it: `apply` @throws UsageError without Proxmox VE */
export function needVmCluster(cluster: Cluster, verb: string): VmCluster {
  const narrowed = vmCluster(cluster);
  if (narrowed !== null) return narrowed;
  throw new UsageError(
    `there is no Proxmox VE in cluster.yaml, so nothing to ${verb}: proxmox_api_url and proxmox_node switch it on`,
  );
}

function sound<T extends Validated>(session: Session, result: T): T & { cluster: Cluster } {
  if (result.cluster === null || areFatal(session, result.issues)) throw new InvalidInputError(result.issues);
  return result as T & { cluster: Cluster };
}
