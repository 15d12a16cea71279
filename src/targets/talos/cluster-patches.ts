/**
 * Patches for all nodes, for control planes, for workers.
 *
 * Up to Talos 1.13 Kubernetes settings are fields of the `machine` and `cluster` document. From
 * 1.14 they are documents of their own, and their old fields are refused beside them.
 */

import type { Cluster } from '../../model/cluster.ts';
import { hasKubeDocuments } from '../../model/version.ts';
import { deletion, document, type Document } from './document.ts';

/** Host DNS answers pods on a link-local address, which a CNI with its own routing can reach. */
const HOST_DNS = { enabled: true, forwardKubeDNSToHost: true, resolveMemberNames: true } as const;

const CONTROL_PLANE_TAINT = 'node-role.kubernetes.io/control-plane';

/** Then control planes run the workloads too. */
function hasNoWorker(nodes: Cluster['nodes']): boolean {
  return nodes.every((node) => node.role === 'controlplane');
}

export function allNodes(cluster: Cluster): Document[] {
  return hasKubeDocuments(cluster.talos.version) ? allNodesFrom114(cluster) : allNodesUpTo113(cluster);
}

export function controlPlanes(cluster: Cluster): Document[] {
  return hasKubeDocuments(cluster.talos.version) ? controlPlanesFrom114(cluster) : controlPlanesUpTo113(cluster);
}

/** Nothing sets workers apart yet but that they are workers; users add their own beside it. */
export function workers(): Document[] {
  return [{ machine: { type: 'worker' } }];
}

function resolver({ network }: Cluster, fields: Document): Document {
  return document('ResolverConfig', {
    nameservers: network.nameservers.map((address) => ({ address })),
    // The hosts' own search domain would be tried for every name a pod looks up.
    searchDomains: { disableDefault: true },
    ...fields,
  });
}

function timeSync({ network }: Cluster): Document {
  return document('TimeSyncConfig', { enabled: true, ntp: { servers: network.timeServers } });
}

function nodeIp({ network }: Cluster): Document {
  return { validSubnets: [network.cidr] };
}

function externalCloudProvider({ kubernetes }: Cluster): Document {
  return kubernetes.externalCloudProvider ? { externalCloudProvider: { enabled: true } } : {};
}

function allNodesUpTo113(cluster: Cluster): Document[] {
  const { kubernetes, endpoint } = cluster;
  return [
    resolver(cluster, {}),
    timeSync(cluster),
    {
      machine: {
        certSANs: endpoint.certSans,
        kubelet: { nodeIP: nodeIp(cluster) },
        features: { hostDNS: HOST_DNS },
      },
      cluster: {
        network: {
          ...(kubernetes.cni === 'none' ? { cni: { name: 'none' } } : {}),
          podSubnets: kubernetes.podSubnets,
          serviceSubnets: kubernetes.serviceSubnets,
        },
        ...externalCloudProvider(cluster),
      },
    },
  ];
}

function allNodesFrom114(cluster: Cluster): Document[] {
  const { kubernetes, endpoint } = cluster;
  const provider = externalCloudProvider(cluster);
  return [
    resolver(cluster, { hostDNS: HOST_DNS }),
    timeSync(cluster),
    document('KubeNetworkConfig', { podSubnets: kubernetes.podSubnets, serviceSubnets: kubernetes.serviceSubnets }),
    document('KubeNodeConfig', { nodeIP: nodeIp(cluster) }),
    {
      machine: { certSANs: endpoint.certSans },
      ...(kubernetes.externalCloudProvider ? { cluster: provider } : {}),
    },
  ];
}

function controlPlanesUpTo113({ endpoint, kubernetes, network, nodes }: Cluster): Document[] {
  return [
    {
      machine: { type: 'controlplane' },
      cluster: {
        allowSchedulingOnControlPlanes: hasNoWorker(nodes),
        apiServer: { certSANs: endpoint.certSans },
        etcd: { advertisedSubnets: [network.cidr] },
        // A CNI that is installed later brings its own proxy, and DNS with the applications.
        ...(kubernetes.cni === 'none' ? { proxy: { disabled: true }, coreDNS: { disabled: true } } : {}),
      },
    },
  ];
}

function controlPlanesFrom114({ endpoint, kubernetes, network, nodes }: Cluster): Document[] {
  const image = (name: string): string => `registry.k8s.io/${name}:v${kubernetes.version.text}`;
  return [
    document('KubeAPIServerConfig', { image: image('kube-apiserver'), certExtraSANs: endpoint.certSans }),
    ...(kubernetes.cni === 'none'
      ? [
          deletion('KubeFlannelCNIConfig'),
          document('KubeProxyConfig', { enabled: false, image: image('kube-proxy') }),
          document('KubeCoreDNSConfig', { enabled: false }),
        ]
      : []),
    ...(hasNoWorker(nodes) ? [document('KubeNodeConfig', { taints: { [CONTROL_PLANE_TAINT]: { $patch: 'delete' } } })] : []),
    { machine: { type: 'controlplane' }, cluster: { etcd: { advertisedSubnets: [network.cidr] } } },
  ];
}
