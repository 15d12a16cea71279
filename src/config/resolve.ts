/**
 * Written files in, one total `Cluster` out. Cannot fail: shape was checked before, meaning is
 * checked after. This folder's resolve modules are the only place where a default is applied.
 */

import type { Cluster, Node, PveHost } from '../model/cluster.ts';
import type { ClusterFile, NodesFile } from '../model/files.gen.ts';
import { bootImages, vmTemplates } from './resolve-boot.ts';
import { resolveSettings, type ClusterSettings } from './resolve-cluster.ts';
import { nodeDefaults, resolveNode } from './resolve-node.ts';
import { resolvePlatform, type Platform } from './resolve-proxmox.ts';
import type { Trace } from './origin.ts';
import { Explained } from './unresolved.ts';

export interface ResolveOptions {
  /** Nodes to leave out, by position: their own values are wrong. */
  readonly without: ReadonlySet<number>;
  /** Called for every setting, with where it came from; `null`: not needed. */
  readonly trace: Trace | null;
}

const DEFAULT_OPTIONS: ResolveOptions = { without: new Set(), trace: null };

export function resolve(
  clusterFile: ClusterFile,
  nodesFile: NodesFile,
  options: ResolveOptions = DEFAULT_OPTIONS,
): Cluster {
  const explained = options.trace === null ? null : new Explained(options.trace);
  const trace = explained?.trace ?? null;
  const platform = resolvePlatform(clusterFile, nodesFile, trace);
  const settings = resolveSettings(clusterFile, platform !== null, trace);
  const defaults = nodeDefaults(clusterFile, settings, platform !== null, trace);
  const nodes = nodesFile.nodes.flatMap((written, index) =>
    options.without.has(index) ? [] : [resolveNode(written, index, clusterFile, settings, defaults, platform, trace)],
  );
  const cluster = {
    ...settings,
    proxmox: platform === null ? null : proxmoxOf(platform, settings, nodes),
    nodes,
  };
  explained?.addUnresolved(clusterFile, nodesFile, cluster);
  return cluster;
}

function proxmoxOf(platform: Platform, settings: ClusterSettings, nodes: readonly Node[]): Cluster['proxmox'] {
  const used = new Set(
    nodes.flatMap(({ vm }) =>
      vm === null ? [] : [vm.pveNode, ...(vm.boot.source === 'template' ? [vm.boot.templateNode] : [])],
    ),
  );
  const hosts: PveHost[] = [...used].sort().map((name) => platform.hostOf(name).host);
  return {
    ...platform.proxmox,
    hosts,
    images: bootImages(platform, settings, nodes),
    templates: vmTemplates(platform, settings, nodes),
  };
}
