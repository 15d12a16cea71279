/**
 * Removes what the schemas refused, so that the rules can still judge what is left and a user sees
 * every fault in one run.
 */

import type { ClusterFile, NodeFile, NodesFile } from '../model/files.gen.ts';
import type { Issue } from '../model/issue.ts';
import { pointerKeys } from '../model/pointer.ts';
import { isRecord } from '../model/record.ts';
import type { InputCode } from './codes.ts';
import type { ParsedInput } from './parse.ts';

export interface Usable {
  readonly clusterFile: ClusterFile;
  readonly nodesFile: NodesFile;
  /** Something was removed from the cluster file: a default in its place is not what the user meant. */
  readonly partial: boolean;
  /** See `RuleContext`. */
  readonly refused: ReadonlySet<string>;
  /** Positions of nodes whose required values are wrong. */
  readonly without: ReadonlySet<number>;
}

const REQUIRED = { cluster: ['node_cidr', 'cluster_api_addr'], node: ['name', 'address', 'controller'] } as const;

type Json = Record<string, unknown>;

/** @returns `null` when too little is left to resolve a cluster */
export function prune(cluster: ParsedInput, nodes: ParsedInput, issues: readonly Issue<InputCode>[]): Usable | null {
  if (cluster.value === null || nodes.value === null) return null;
  const clusterFile = withoutRefused(cluster, issues);
  const nodesFile = withoutRefused(nodes, issues);
  const entries = nodesFile['nodes'];
  if (!Array.isArray(entries) || REQUIRED.cluster.some((key) => clusterFile[key] === undefined)) return null;
  const without = new Set<number>();
  const kept = entries.map((entry: unknown, index) => {
    const complete = isRecord(entry) && REQUIRED.node.every((key) => entry[key] !== undefined);
    if (!complete) without.add(index);
    return isRecord(entry) ? entry : {};
  });
  return {
    clusterFile: clusterFile as unknown as ClusterFile,
    nodesFile: { nodes: kept as unknown as [NodeFile, ...NodeFile[]] },
    refused: new Set(issues.map(({ file, pointer }) => refusedKey(file === cluster.file, pointer))),
    partial: without.size > 0 || issues.some((issue) => issue.file === cluster.file && issue.severity === 'error'),
    without,
  };
}

/** `nocloud` of `/nocloud/method`, `3/vm_id` of `/nodes/3/vm_id`. */
function refusedKey(inCluster: boolean, pointer: string): string {
  const segments = pointer.split('/');
  return (inCluster ? segments.slice(1, 2) : segments.slice(2, 4)).join('/');
}

function withoutRefused(input: ParsedInput, issues: readonly Issue<InputCode>[]): Json {
  const copy = structuredClone(input.value ?? {}) as Json;
  for (const issue of issues) {
    if (issue.file === input.file && issue.severity === 'error' && issue.pointer !== '') removeKey(copy, issue.pointer);
  }
  return copy;
}

/** Removes the key a pointer leads to; inside a list (extra disks, servers) the whole list. */
function removeKey(root: Json, pointer: string): void {
  const segments = pointerKeys(pointer);
  const start = segments[0] === 'nodes' ? 2 : 0;
  const list = segments.findIndex((segment, position) => position >= start && /^\d+$/.test(segment));
  const path = list === -1 ? segments : segments.slice(0, list);
  const key = path.pop();
  const parent = path.reduce<unknown>(
    (value, segment) => (typeof value === 'object' && value !== null ? (value as Json)[segment] : undefined),
    root,
  );
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  if (Array.isArray(parent)) (parent as unknown[])[Number(key)] = null;
  else Reflect.deleteProperty(parent, key);
}
