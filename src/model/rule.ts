/** What a semantic rule is: one function, one code, one row in a table. */

import type { Cluster, Node } from './cluster.ts';
import type { ClusterFile, NodesFile } from './files.gen.ts';
import type { InputFile, Severity } from './issue.ts';

export interface RuleContext {
  readonly cluster: Cluster;
  readonly clusterFile: ClusterFile;
  readonly nodesFile: NodesFile;
  /** Some values or nodes were left out because they are wrong: counts and defaults mean nothing. */
  readonly partial: boolean;
  /**
   * Keys whose values were refused and removed: the value that is there now was not written, and no rule may judge it.
   * `nocloud` for a top-level key of the cluster file, `3/vm_id` for a key of the fourth node.
   */
  readonly refused: ReadonlySet<string>;
  /** `nodes.yaml:4:11`: how a message names the other owner of a clash. */
  at(file: InputFile, pointer: string): string;
}

/** What a rule found; its code and severity come from its row. */
export interface Finding {
  readonly file: InputFile;
  /** RFC 6901; the nearest existing ancestor is shown when the key was not written. */
  readonly pointer: string;
  readonly message: string;
}

export interface RuleRow<Code extends string = string> {
  readonly code: Code;
  readonly severity: Severity;
  /** One line for the docs: what the rule demands and why. */
  readonly summary: string;
  readonly check: (context: RuleContext) => readonly Finding[];
}

/** Pointer of a node's key. */
export function nodePointer(node: Node, key?: string): string {
  return key === undefined ? `/nodes/${node.index}` : `/nodes/${node.index}/${key}`;
}
