/** Kubernetes and kernel settings from Talos 1.14 on: documents of their own. */

import type { Cluster } from '../../model/cluster.ts';
import { DELETE, deletion, document, unlessEmpty, type Document } from './document.ts';
import { allowed, externalCloudProvider, hasNoWorker } from './kubernetes-fields.ts';

export function allNodes({ kubernetes, endpoint, network, talos: { machine } }: Cluster): Document[] {
  const { kubelet } = machine.extraArgs;
  return [
    document('KubeNetworkConfig', { podSubnets: kubernetes.podSubnets, serviceSubnets: kubernetes.serviceSubnets }),
    document('KubeNodeConfig', { nodeIP: { validSubnets: [network.cidr] } }),
    ...withArgs('KubeletConfig', `ghcr.io/siderolabs/kubelet:v${kubernetes.version.text}`, kubelet),
    ...(Object.keys(machine.sysctls).length > 0 ? [document('SysctlConfig', { params: machine.sysctls })] : []),
    { machine: { certSANs: endpoint.certSans }, ...unlessEmpty('cluster', externalCloudProvider(kubernetes)) },
  ];
}

export function controlPlanes(cluster: Cluster): Document[] {
  const { endpoint, kubernetes, network, talos: { machine: { admissionControl, apiAccess, extraArgs } } } = cluster;
  const image = (name: string): string => `registry.k8s.io/${name}:v${kubernetes.version.text}`;
  return [
    document('KubeAPIServerConfig', {
      image: image('kube-apiserver'),
      certExtraSANs: endpoint.certSans,
      ...unlessEmpty('extraArgs', extraArgs.apiServer),
    }),
    ...withArgs('KubeControllerManagerConfig', image('kube-controller-manager'), extraArgs.controllerManager),
    ...withArgs('KubeSchedulerConfig', image('kube-scheduler'), extraArgs.scheduler),
    ...(admissionControl ? [] : [deletion('KubeAdmissionControlConfig', 'PodSecurity')]),
    ...(apiAccess === null ? [] : [document('KubeTalosAPIAccessConfig', allowed(apiAccess))]),
    ...(kubernetes.cni === 'none'
      ? [
          deletion('KubeFlannelCNIConfig'),
          document('KubeProxyConfig', { enabled: false, image: image('kube-proxy') }),
          document('KubeCoreDNSConfig', { enabled: false }),
        ]
      : []),
    // All of them: the one that Talos generates could be deleted only once.
    ...(hasNoWorker(cluster) ? [document('KubeNodeConfig', { taints: DELETE })] : []),
    { machine: { type: 'controlplane' }, cluster: { etcd: { advertisedSubnets: [network.cidr] } } },
  ];
}

/** Nothing without flags: the document that Talos generates says the rest. */
function withArgs(kind: string, image: string, extraArgs: Document): Document[] {
  return Object.keys(extraArgs).length === 0 ? [] : [document(kind, { image, extraArgs })];
}
