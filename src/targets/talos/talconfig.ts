/**
 * `talconfig.yaml` for talhelper. Machine and network settings are the same patch files that talosctl gets: talhelper
 * applies patches of the whole cluster after those of a node, so each node names its own list, in order.
 */

import type { Cluster, Node } from '../../model/cluster.ts';
import type { Document } from './document.ts';
import { patchFiles } from './patch-files.ts';

export function talconfig(cluster: Cluster): Document {
  const { name, endpoint, talos, kubernetes } = cluster;
  return {
    clusterName: name,
    talosVersion: `v${talos.version.text}`,
    kubernetesVersion: `v${kubernetes.version.text}`,
    endpoint: endpoint.url,
    clusterPodNets: kubernetes.podSubnets,
    clusterSvcNets: kubernetes.serviceSubnets,
    nodes: cluster.nodes.map((node) => talhelperNode(cluster, node)),
  };
}

function talhelperNode(cluster: Cluster, node: Node): Document {
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
    patches: patchFiles(cluster, node).map((file) => `@./${file}`),
  };
}
