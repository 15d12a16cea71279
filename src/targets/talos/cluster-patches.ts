/**
 * Patches for all nodes, for control planes, for workers.
 *
 * Up to Talos 1.13 Kubernetes settings are fields of the `machine` and `cluster` document. From
 * 1.14 they are documents of their own, and their old fields are refused beside them.
 */

import type { Cluster, Role } from '../../model/cluster.ts';
import { hasKubeDocuments } from '../../model/version.ts';
import { document, unlessEmpty, type Document } from './document.ts';
import * as documents from './kubernetes-documents.ts';
import * as fields from './kubernetes-fields.ts';

/** Where host DNS answers pods: siderolabs/talos pkg/machinery/constants, HostDNSAddress. */
const HOST_DNS_ADDRESS = '169.254.116.108/32';

export function allNodes(cluster: Cluster): Document[] {
  const { hostDnsOnLoopback, kernelLogUrl, registryMirrors } = cluster.talos.machine;
  const hasDocuments = hasKubeDocuments(cluster.talos.version);
  return [
    resolver(cluster, hasDocuments ? { hostDNS: fields.HOST_DNS } : {}),
    document('TimeSyncConfig', { enabled: true, ntp: { servers: cluster.network.timeServers } }),
    ...Object.entries(registryMirrors).map(([name, urls]) =>
      document('RegistryMirrorConfig', { name, endpoints: urls.map((url) => ({ url })) }),
    ),
    ...(kernelLogUrl === null ? [] : [document('KmsgLogConfig', { name: 'kernel-log', url: kernelLogUrl })]),
    ...(hostDnsOnLoopback ? [document('LinkConfig', { name: 'lo', addresses: [{ address: HOST_DNS_ADDRESS }] })] : []),
    ...(hasDocuments ? documents.allNodes(cluster) : fields.allNodes(cluster)),
  ];
}

export function ofRole(cluster: Cluster, role: Role): Document[] {
  // Workers need nothing besides their role; users add patches of their own.
  if (role === 'worker') return [{ machine: { type: 'worker' } }];
  return hasKubeDocuments(cluster.talos.version) ? documents.controlPlanes(cluster) : fields.controlPlanes(cluster);
}

function resolver({ network }: Cluster, more: Document): Document {
  return document('ResolverConfig', {
    ...unlessEmpty(
      'nameservers',
      network.nameservers.map((address) => ({ address })),
    ),
    // The hosts' own search domain would be tried for every name a pod looks up.
    searchDomains: { disableDefault: true },
    ...more,
  });
}
