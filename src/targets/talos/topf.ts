/** `topf.yaml` for topf, which finds its patches by folder: `topf/all`, `topf/<role>`, `topf/node/<host>`. */

import type { Cluster, Node } from '../../model/cluster.ts';
import type { Document } from './document.ts';
import { secretsFile } from './task-view.ts';

export function topfConfig(cluster: Cluster): Document {
  const { name, endpoint, talos, kubernetes, nodes } = cluster;
  return {
    clusterName: name,
    clusterEndpoint: endpoint.url,
    kubernetesVersion: kubernetes.version.text,
    talosVersion: talos.version.text,
    factory: talos.factoryHost,
    patchesDir: 'topf',
    secretsPath: secretsFile(cluster),
    nodes: nodes.map(topfNode),
  };
}

function topfNode(node: Node): Document {
  return {
    host: node.name,
    ip: node.address,
    role: node.role === 'controlplane' ? 'control-plane' : 'worker',
    schematicId: node.schematicId,
    platform: node.vm === null ? 'metal' : 'nocloud',
    ...(node.secureBoot ? { secureboot: true } : {}),
  };
}
