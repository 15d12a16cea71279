/**
 * Patches that change nothing when they are merged a second time.
 *
 * Talos merges a patch by joining its lists to those that are there (but for pod and service subnets, which it replaces), so
 * a file says first what has to go and then what comes. Source: siderolabs/talos pkg/machinery/config/merge and configpatcher.
 */

import type { Cluster, Node } from '../../model/cluster.ts';
import { deletesAbsentDocuments } from '../../model/version.ts';
import { allNodes, ofRole } from './cluster-patches.ts';
import { DELETE, document, type Document } from './document.ts';
import { nodePatch } from './node-patch.ts';

/** The contents of one patch file: `deletions` stand before `documents`. */
export interface Patch {
  readonly deletions: readonly Document[];
  readonly documents: readonly Document[];
}

/**
 * Documents that Talos generates with more in them than is set here, so they stay and what is set is merged in; and what
 * of it is a list, which is emptied first. Every other document is replaced.
 */
const MERGED: Readonly<Record<string, readonly string[]>> = {
  HostnameConfig: [],
  KubeCoreDNSConfig: [],
  KubeControllerManagerConfig: [],
  KubeNetworkConfig: [],
  KubeNodeConfig: ['nodeIP'],
  KubeProxyConfig: [],
  KubeSchedulerConfig: [],
  KubeletConfig: ['config'],
  UnattendedInstallConfig: [],
};

/**
 * What holds lists in the `machine` and `cluster` document. The field above each is there in every generated configuration
 * of the role that sets it: Talos refuses to look for something in what is not there.
 */
const LISTS: readonly (readonly string[])[] = [
  ['machine', 'certSANs'],
  ['machine', 'kubelet', 'nodeIP'],
  ['machine', 'kubelet', 'extraConfig'],
  ['machine', 'kernel'],
  ['machine', 'files'],
  ['machine', 'logging'],
  ['machine', 'features', 'kubernetesTalosAPIAccess'],
  ['cluster', 'apiServer', 'certSANs'],
  ['cluster', 'etcd', 'advertisedSubnets'],
];

/** Puts the deletions of documents before them, and documents that only delete too. */
export function repeatable(documents: readonly Document[]): Patch {
  const main = documents.filter(isMain);
  const added = documents.filter((one) => !isMain(one));
  const cleared = [...main.filter(onlyDeletes), ...main.flatMap(emptiedLists)];
  return {
    deletions: [
      ...added.filter(onlyDeletes),
      ...added.filter((one) => !onlyDeletes(one)).flatMap(makeRoom),
      // One document: Talos takes no two of them before 1.14.
      ...(cleared.length === 0 ? [] : [cleared.reduce(joined)]),
    ],
    documents: documents.filter((one) => !onlyDeletes(one)),
  };
}

/** Holders of an expression: a patch that leaves it out empties it. */
const EXPRESSIONS = ['selector', 'provisioning'];

/**
 * The documents that a node's patches replace, by name: before 1.14 a document that is deleted has to be there.
 * @returns nothing from 1.14 on
 */
export function namedDocuments(cluster: Cluster, node: Node): Document[] {
  if (deletesAbsentDocuments(cluster.talos.version)) return [];
  return [...allNodes(cluster), ...ofRole(cluster, node.role), ...nodePatch(cluster, node)]
    .filter((one) => !isMain(one) && !onlyDeletes(one) && !isMerged(one))
    .map((one) => document(String(one['kind']), { ...nameOf(one), ...withExpression(one) }));
}

function withExpression(one: Document): Document {
  return Object.fromEntries(Object.entries(one).filter(([key]) => EXPRESSIONS.includes(key)));
}

/** The `machine` and `cluster` document has no kind. */
function isMain(one: Document): boolean {
  return one['kind'] === undefined;
}

function isMerged({ kind }: Document): boolean {
  return Object.hasOwn(MERGED, String(kind));
}

function nameOf({ name }: Document): Document {
  return name === undefined ? {} : { name };
}

function makeRoom(one: Document): Document[] {
  const kind = String(one['kind']);
  const lists = MERGED[kind];
  if (lists === undefined) return [document(kind, { ...nameOf(one), ...DELETE })];
  const fields = lists.filter((field) => one[field] !== undefined).map((field) => [field, DELETE] as const);
  return fields.length === 0 ? [] : [document(kind, { ...nameOf(one), ...Object.fromEntries(fields) })];
}

function emptiedLists(main: Document): Document[] {
  return LISTS.filter((path) => path.reduce<unknown>(fieldOf, main) !== undefined).map(
    (path) => path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), DELETE) as Document,
  );
}

function fieldOf(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

/** Is nothing left of it after its deletions? */
function onlyDeletes(one: Document): boolean {
  if (one['$patch'] === 'delete') return true;
  const fields = Object.entries(one).filter(([key]) => !['apiVersion', 'kind', 'name'].includes(key));
  return fields.length > 0 && fields.every(([, value]) => isObject(value) && onlyDeletes(value));
}

function joined(a: Document, b: Document): Document {
  const entries = Object.entries(b).map(([key, value]): [string, unknown] => {
    const before = a[key];
    return [key, isObject(before) && isObject(value) ? joined(before, value) : value];
  });
  return { ...a, ...Object.fromEntries(entries) };
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
