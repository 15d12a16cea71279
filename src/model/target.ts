/** What a target is: a value in a table, with pure functions. */

import { BACKEND_NAMES, type BackendName } from './backend-name.ts';
import type { Cluster, Node, VmCluster } from './cluster.ts';
import type { Privileges } from './privileges.ts';
import type { Rehearsal, RehearsalHost } from './rehearsal.ts';
import type { RuleRow } from './rule.ts';
import type { Task } from './task.ts';
import type { Tool } from './tool.ts';

/** One folder of `templates/` and of `out/`. */
export interface Target {
  readonly name: string;
  /** One line for help and docs. */
  readonly summary: string;
  /** Rules that concern this target alone. */
  readonly rules: readonly RuleRow[];
  readonly tools: readonly Tool[];
  /** Is this file part of the output for this cluster? `path` is relative to the target's folder, `[node]` still in it. */
  includes(path: string, cluster: Cluster): boolean;
  /** What the templates may read besides `cluster`. Computed once per run. */
  view(cluster: Cluster): Readonly<Record<string, unknown>>;
  /** What the templates under `[node]` may read besides `cluster`, `node` and the view. */
  nodeView(cluster: Cluster, node: Node): Readonly<Record<string, unknown>>;
  tasks(cluster: Cluster): readonly Task[];
}

/** A target that builds VMs; it exists only for clusters on Proxmox. */
export interface Backend extends Target {
  readonly name: BackendName;
  /** How its tool works against a simulated Proxmox VE, or `null` where it needs a management cluster. */
  readonly rehearsal: ((host: RehearsalHost, cluster: VmCluster) => Rehearsal) | null;
  /** What its API token must be able to do: `create-token.sh` grants it; `null` where that is not known. */
  readonly privileges: ((cluster: VmCluster) => Privileges) | null;
  /** Fields of a VM that it makes nothing of, by their path in a VM (`nics.slot`), with the reason. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/** The targets that render for a cluster: without Proxmox, no VM targets. */
export function activeFor(targets: readonly Target[], { proxmox }: Cluster): readonly Target[] {
  const backends: readonly string[] = BACKEND_NAMES;
  return proxmox === null ? targets.filter(({ name }) => !backends.includes(name)) : targets;
}
