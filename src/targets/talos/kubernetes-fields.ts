/** Kubernetes and kernel settings up to Talos 1.13: fields of the `machine` and `cluster` document. */

import type { Cluster } from '../../model/cluster.ts';
import { DELETE, unlessEmpty, type Document } from './document.ts';

/** Host DNS answers pods on a link-local address, which a CNI with its own routing can reach. */
export const HOST_DNS = { enabled: true, forwardKubeDNSToHost: true, resolveMemberNames: true } as const;

/** The part of containerd's configuration that Talos leaves to its users: siderolabs/talos pkg/machinery/constants. */
const CONTAINERD_PART = '/etc/cri/conf.d/20-customization.part';

export function allNodes({ kubernetes, endpoint, network, talos: { machine } }: Cluster): Document[] {
  return [
    {
      machine: {
        certSANs: endpoint.certSans,
        kubelet: {
          nodeIP: { validSubnets: [network.cidr] },
          ...unlessEmpty('extraArgs', machine.extraArgs.kubelet),
          ...unlessEmpty('extraConfig', machine.kubeletConfig),
        },
        ...unlessEmpty('sysctls', machine.sysctls),
        ...unlessEmpty(
          'files',
          machine.containerdConfig === null
            ? []
            : [{ op: 'create', path: CONTAINERD_PART, content: machine.containerdConfig }],
        ),
        ...serviceLogs(machine),
        features: { hostDNS: HOST_DNS },
      },
      cluster: {
        network: {
          ...(kubernetes.cni === 'none' ? { cni: { name: 'none' } } : {}),
          podSubnets: kubernetes.podSubnets,
          serviceSubnets: kubernetes.serviceSubnets,
        },
        ...externalCloudProvider(kubernetes),
      },
    },
  ];
}

export function controlPlanes(cluster: Cluster): Document[] {
  const {
    endpoint,
    kubernetes,
    talos: { machine },
  } = cluster;
  const { extraArgs, apiAccess } = machine;
  return [
    ...(machine.admissionControl ? [] : [{ cluster: { apiServer: { admissionControl: DELETE } } }]),
    {
      machine: {
        type: 'controlplane',
        ...(apiAccess === null
          ? {}
          : { features: { kubernetesTalosAPIAccess: { enabled: true, ...allowed(apiAccess) } } }),
      },
      cluster: {
        allowSchedulingOnControlPlanes: hasNoWorker(cluster),
        apiServer: { certSANs: endpoint.certSans, ...unlessEmpty('extraArgs', extraArgs.apiServer) },
        ...argsOf('controllerManager', extraArgs.controllerManager),
        ...argsOf('scheduler', extraArgs.scheduler),
        etcd: etcd(cluster),
        // A CNI that is installed later brings its own proxy, and DNS with the applications.
        ...(kubernetes.cni === 'none' ? { proxy: { disabled: true }, coreDNS: { disabled: true } } : {}),
      },
    },
  ];
}

/** Stays a field of `cluster` in every release. */
export function etcd({ network, talos: { machine } }: Cluster): Document {
  return { advertisedSubnets: [network.cidr], ...unlessEmpty('extraArgs', machine.extraArgs.etcd) };
}

/** Stays a field of `machine` in every release. */
export function serviceLogs({ serviceLogUrl: endpoint }: Cluster['talos']['machine']): Document {
  return endpoint === null ? {} : { logging: { destinations: [{ endpoint, format: 'json_lines' }] } };
}

/** Stays a field of `cluster` in every release. */
export function externalCloudProvider({ externalCloudProvider: isOn }: Cluster['kubernetes']): Document {
  return isOn ? { externalCloudProvider: { enabled: true } } : {};
}

/** Then control planes run the workloads too. */
export function hasNoWorker({ nodes }: Cluster): boolean {
  return nodes.every((node) => node.role === 'controlplane');
}

export function allowed({ roles, namespaces }: NonNullable<Cluster['talos']['machine']['apiAccess']>): Document {
  return { allowedRoles: roles, allowedKubernetesNamespaces: namespaces };
}

function argsOf(component: string, extraArgs: Document): Document {
  return unlessEmpty(component, unlessEmpty('extraArgs', extraArgs));
}
