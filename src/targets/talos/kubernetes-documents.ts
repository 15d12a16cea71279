/** Kubernetes and kernel settings from Talos 1.14 on: documents of their own. */

import type { Cluster } from '../../model/cluster.ts';
import { DELETE, deletion, document, unlessEmpty, type Document } from './document.ts';
import { allowed, etcd, externalCloudProvider, hasNoWorker, serviceLogs } from './kubernetes-fields.ts';

export function allNodes({ kubernetes, endpoint, network, talos: { machine } }: Cluster): Document[] {
  const { containerdConfig: content, extraArgs, kubeletConfig, sysctls } = machine;
  return [
    document('KubeNetworkConfig', { podSubnets: kubernetes.podSubnets, serviceSubnets: kubernetes.serviceSubnets }),
    document('KubeNodeConfig', { nodeIP: { validSubnets: [network.cidr] } }),
    ...withMore('KubeletConfig', `ghcr.io/siderolabs/kubelet:v${kubernetes.version.text}`, {
      ...unlessEmpty('extraArgs', extraArgs.kubelet),
      ...unlessEmpty('config', kubeletConfig),
    }),
    ...(Object.keys(sysctls).length > 0 ? [document('SysctlConfig', { params: sysctls })] : []),
    // Talos keeps the name `customization` for the file of earlier releases.
    ...(content === null ? [] : [document('CRICustomizationConfig', { name: 'cluster', content })]),
    {
      machine: { certSANs: endpoint.certSans, ...serviceLogs(machine) },
      ...unlessEmpty('cluster', externalCloudProvider(kubernetes)),
    },
  ];
}

export function controlPlanes(cluster: Cluster): Document[] {
  const {
    endpoint,
    kubernetes,
    talos: {
      machine: { admissionControl, apiAccess, extraArgs },
    },
  } = cluster;
  const image = (name: string): string => `registry.k8s.io/${name}:v${kubernetes.version.text}`;
  return [
    document('KubeAPIServerConfig', {
      image: image('kube-apiserver'),
      certExtraSANs: endpoint.certSans,
      ...unlessEmpty('extraArgs', extraArgs.apiServer),
    }),
    ...withMore(
      'KubeControllerManagerConfig',
      image('kube-controller-manager'),
      unlessEmpty('extraArgs', extraArgs.controllerManager),
    ),
    ...withMore('KubeSchedulerConfig', image('kube-scheduler'), unlessEmpty('extraArgs', extraArgs.scheduler)),
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
    { machine: { type: 'controlplane' }, cluster: { etcd: etcd(cluster) } },
  ];
}

/** No document without further fields: Talos generates one with the image. */
function withMore(kind: string, image: string, fields: Document): Document[] {
  return Object.keys(fields).length === 0 ? [] : [document(kind, { image, ...fields })];
}
