/**
 * `talconfig.yaml` and its patches for talhelper. Machine and network settings are the documents that talosctl gets too.
 * talhelper applies patches of the whole cluster after those of a node, so each node names its own list, in order.
 */

import type { Cluster, Node } from '../../model/cluster.ts';
import type { Document } from './document.ts';

export function talconfig(cluster: Cluster): Document {
  const { name, endpoint, talos, kubernetes } = cluster;
  return {
    clusterName: name,
    talosVersion: `v${talos.version.text}`,
    kubernetesVersion: `v${kubernetes.version.text}`,
    endpoint: endpoint.url,
    clusterPodNets: kubernetes.podSubnets,
    clusterSvcNets: kubernetes.serviceSubnets,
    nodes: cluster.nodes.map(talhelperNode),
  };
}

function talhelperNode(node: Node): Document {
  const { installDisk: disk } = node;
  return {
    hostname: node.name,
    ipAddress: node.address,
    controlPlane: node.role === 'controlplane',
    ...(disk.kind === 'path' ? { installDisk: disk.path } : { installDiskSelector: { serial: disk.serial } }),
    // The HostnameConfig of the node's patch names it.
    ignoreHostname: true,
    // talhelper adds the version.
    talosImageURL: node.installerImage.replace(/:v[^:/]*$/, ''),
    machineSpec: {
      mode: node.vm === null ? 'metal' : 'nocloud',
      secureboot: node.secureBoot,
      bootMethod: node.vm === null || node.vm.boot.source === 'iso' ? 'iso' : 'disk-image',
    },
    filenameTmpl: '{{.Hostname}}.yaml',
    patches: talhelperPatchFiles(node).map((file) => `@./${file}`),
  };
}

/** The patch files of a node, below `out/talos/`, in the order in which they are merged. */
export function talhelperPatchFiles({ name, role }: Node): readonly string[] {
  return ['all', role, `nodes/${name}`].map((file) => `talhelper/${file}.yaml`);
}

/**
 * The same documents once talhelper has read them: it puts environment variables and Go templates into patch files.
 * Source: budimanjojo/talhelper pkg/patcher.
 */
export function talhelperDocuments(documents: readonly Document[]): Document[] {
  return documents.map((document) => escaped(document) as Document);
}

function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$').replaceAll('{{', '{{`{{`}}');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [escaped(key), escaped(inner)]));
}
