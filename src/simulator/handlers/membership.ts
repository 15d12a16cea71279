/** What the cluster says of a host that is not there. Sources: pve-manager PVE/API2Tools.pm, PVE/API2/Cluster.pm. */

import type { Host } from '../state/host.ts';

/** The cluster's entry exists only where there is one. */
export function clusterStatus(host: Host): unknown[] {
  const { nodes, nodeStates } = host;
  const isCluster = nodes.length > 1;
  const cluster = {
    type: 'cluster',
    id: 'cluster',
    name: 'simulated',
    nodes: nodes.length,
    version: nodes.length,
    quorate: nodeStates.quorate ? 1 : 0,
  };
  return [
    ...(isCluster ? [cluster] : []),
    ...nodes.map(({ name }, index) => ({
      type: 'node',
      id: `node/${name}`,
      name,
      nodeid: isCluster ? index + 1 : 0,
      ip: '127.0.0.1',
      local: index === 0 ? 1 : 0,
      online: nodeStates.isOnline(name) ? 1 : 0,
      level: '',
    })),
  ];
}

/** What is left of a host's figures once it says nothing more. */
const REMEMBERED = ['level', 'maxcpu', 'maxmem', 'maxdisk'];

/** A host as the others see it. @param entry as it is while it is there, with the key `status` */
export function seenNode(
  { nodeStates }: Host,
  name: string,
  entry: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const state = nodeStates.of(name);
  const hasStatistics = nodeStates.hasStatistics(name);
  // Whoever is part of the cluster counts as online for as long as its last figures do.
  if (state === 'online' || (state === 'unknown' && hasStatistics)) return entry;
  const { id, node, type, ssl_fingerprint: fingerprint } = entry;
  const left = Object.entries(entry).filter(([key]) => hasStatistics && REMEMBERED.includes(key));
  return {
    id,
    node,
    type,
    status: state,
    ...Object.fromEntries(left),
    ...(fingerprint === undefined ? {} : { ssl_fingerprint: fingerprint }),
  };
}

/** A storage of a host as the others see it. @param entry as it is while the host is there */
export function seenStorage(
  { nodeStates }: Host,
  node: string,
  entry: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (nodeStates.hasStatistics(node)) return entry;
  const { disk: _disk, maxdisk: _maxdisk, ...rest } = entry;
  return { ...rest, status: 'unknown' };
}
