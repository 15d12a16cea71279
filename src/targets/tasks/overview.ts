/** What `out/README.md` says about the cluster. */

import { vmCluster, type Cluster, type Node } from '../../model/cluster.ts';
import { hostPreparation } from '../../model/host-preparation.ts';
import type { Target } from '../../model/target.ts';

/** With more workers a picture of each would not be readable. */
const NODES_IN_PICTURE = 40;

export interface NodeRow {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  readonly mac: string;
  readonly host: string;
  readonly vmId: string;
  readonly cores: string;
  readonly memory: string;
  readonly disks: string;
}

export function nodeRows({ nodes }: Cluster): NodeRow[] {
  return nodes.map((node) => ({
    name: node.name,
    role: node.role === 'controlplane' ? 'control plane' : 'worker',
    address: node.address,
    mac: node.macAddress,
    host: node.vm?.pveNode ?? '–',
    vmId: node.vm === null ? '–' : String(node.vm.vmId),
    cores: node.vm === null ? '–' : String(node.vm.cores * node.vm.sockets),
    memory: node.vm === null ? '–' : `${node.vm.memoryMiB / 1024} GiB`,
    disks: node.vm === null ? '–' : node.vm.disks.map((disk) => `${disk.sizeGiB} GiB`).join(', '),
  }));
}

export interface SnippetRow {
  /** Under `out/`. */
  readonly file: string;
  readonly host: string;
  readonly volume: string;
}

/** Which rendered file must lie where before a VM starts; empty unless snippets deliver them. */
export function snippetRows({ nodes }: Cluster): SnippetRow[] {
  return nodes.flatMap(({ name, vm }) => {
    const files = vm?.cloudInit?.snippets ?? null;
    if (vm === null || files === null) return [];
    const row = (file: string, volume: string): SnippetRow => ({
      file: `nocloud/${name}/${file}`,
      host: vm.pveNode,
      volume,
    });
    return [row('user-data', files.user), row('meta-data', files.meta), row('network-config', files.network)];
  });
}

export interface PreparationRow {
  readonly what: 'bridge' | 'storage' | 'pool';
  readonly name: string;
  readonly hosts: string;
  readonly needs: string;
}

/** What is on the hosts before the first apply; empty where no VM is rendered. */
export function preparationRows(cluster: Cluster): PreparationRow[] {
  const ofVms = vmCluster(cluster);
  if (ofVms === null) return [];
  const { bridges, storages, pools } = hostPreparation(ofVms);
  return [
    ...bridges.map(({ name, pveNodes, vlanTags }): PreparationRow => ({
      what: 'bridge',
      name,
      hosts: pveNodes.join(', '),
      needs: vlanTags.length === 0 ? '–' : `VLAN ${vlanTags.join(', ')}`,
    })),
    ...storages.map(({ name, pveNodes, content, shared }): PreparationRow => ({
      what: 'storage',
      name,
      hosts: pveNodes.join(', '),
      needs: `content ${content.join(', ')}${shared ? '; shared by these hosts' : ''}`,
    })),
    ...pools.map((name): PreparationRow => ({ what: 'pool', name, hosts: '–', needs: '–' })),
  ];
}

export interface PictureHost {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly { readonly id: string; readonly label: string }[];
}

export interface Picture {
  readonly hosts: readonly PictureHost[];
  /** Ids of the nodes that share the virtual IP. */
  readonly controlPlanes: readonly string[];
}

/** Nodes by host. With many nodes, the workers of a host are one box. */
export function picture(cluster: Cluster): Picture {
  const hosts = groupByHost(cluster.nodes);
  const brief = cluster.nodes.length > NODES_IN_PICTURE;
  const pictured = hosts.map(([label, nodes], position): PictureHost => ({
    id: `host${position}`,
    label,
    nodes: brief ? briefBoxes(nodes, position) : nodes.map(box),
  }));
  return { hosts: pictured, controlPlanes: controlPlaneIds(cluster, brief) };
}

function groupByHost(nodes: readonly Node[]): [string, Node[]][] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const host = node.vm?.pveNode ?? 'bare metal';
    groups.set(host, [...(groups.get(host) ?? []), node]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function box(node: Node): { id: string; label: string } {
  return { id: `node${node.index}`, label: `${node.name}\n${node.address}` };
}

function briefBoxes(nodes: readonly Node[], position: number): { id: string; label: string }[] {
  const controlPlanes = nodes.filter((node) => node.role === 'controlplane').map(box);
  const workers = nodes.length - controlPlanes.length;
  return workers === 0 ? controlPlanes : [...controlPlanes, { id: `workers${position}`, label: `${workers} workers` }];
}

function controlPlaneIds({ nodes }: Cluster, brief: boolean): string[] {
  const ids = nodes.filter((node) => node.role === 'controlplane').map((node) => `node${node.index}`);
  return brief ? ids.slice(0, NODES_IN_PICTURE) : ids;
}

export interface TargetRow {
  readonly name: string;
  readonly summary: string;
  readonly tasks: readonly { readonly command: string; readonly description: string }[];
}

export function targetRows(targets: readonly Target[], cluster: Cluster): TargetRow[] {
  return targets.map((target) => ({
    name: target.name,
    summary: target.summary,
    tasks: target.tasks(cluster).map(({ name, description, destructive }) => ({
      command: `task ${target.name}:${name}${destructive ? ` CONFIRM=${cluster.name}` : ''}`,
      description,
    })),
  }));
}
