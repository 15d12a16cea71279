/** What a target is: a value in a table, with pure functions and nothing else. */

import type { BackendName } from './backend-name.ts';
import type { Cluster, Node, VmCluster } from './cluster.ts';
import type { Rehearsal, RehearsalHost } from './rehearsal.ts';
import type { RuleRow } from './rule.ts';

/** The four verbs of the runner. */
export type Verb = 'plan' | 'apply' | 'status' | 'destroy';

export const VERBS = ['plan', 'apply', 'status', 'destroy'] as const satisfies readonly Verb[];

/** One program run: an argument array, never a shell line. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Under `out/`; where the program runs. */
  readonly cwd: string;
  /** Public values to set; secrets pass through from the caller's environment and never stand here. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Exit codes of the program that are no failure, and what they mean to the runner:
   * `changes` makes `plan` exit 2. 0 is always `ok`.
   */
  readonly exitCodes: Readonly<Record<number, 'ok' | 'changes'>>;
}

/** A named piece of work: a task of the rendered Taskfile and, with a verb, of the runner. */
export interface Task {
  /** Without the target's namespace: `provision`, `template:create`. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One line for `task --list`. */
  readonly description: string;
  /** The runner's verb that runs this task, or `null`. */
  readonly verb: Verb | null;
  /** Ask for the cluster's name before the first command. */
  readonly destructive: boolean;
  /** Environment variables that must be set and not empty. */
  readonly requiredEnv: readonly string[];
  readonly commands: readonly [Command, ...Command[]];
}

/** A program a task needs, and how to get it. */
export interface Tool {
  readonly name: string;
  readonly purpose: string;
  /** Arguments that print the version. */
  readonly versionArgs: readonly string[];
  /** Lowest version that works, `major.minor.patch`, or `null`. */
  readonly minimum: string | null;
  /** One line: what to run to install it. */
  readonly install: string;
}

/** One folder of `templates/` and of `out/`. */
export interface Target {
  readonly name: string;
  /** One line for help and docs. */
  readonly summary: string;
  /** Rules that concern this target alone. */
  readonly rules: readonly RuleRow[];
  readonly tools: readonly Tool[];
  /** Is this template part of the output for this cluster? `template` is relative to the target's folder. */
  includes(template: string, cluster: Cluster): boolean;
  /** What the templates may read besides `cluster`. Computed once per run. */
  view(cluster: Cluster): Readonly<Record<string, unknown>>;
  /** What the templates under `[node]` may read besides `cluster`, `node` and the view. */
  nodeView(cluster: Cluster, node: Node): Readonly<Record<string, unknown>>;
  tasks(cluster: Cluster): readonly Task[];
}

/** A target that builds VMs; it exists only for clusters on Proxmox. */
export interface Backend extends Target {
  readonly name: BackendName;
  /** How its tool works against a simulated Proxmox VE, or `null` where it cannot without a cluster of its own. */
  readonly rehearsal: ((host: RehearsalHost, cluster: VmCluster) => Rehearsal) | null;
}

/** The cluster as a backend sees it; calling it for a bare-metal cluster is a bug. */
export type BackendCluster = VmCluster;
