/** The composition: which field of a TalosNode goes where in its EnvironmentVM. */

import type { Cluster } from '../../model/cluster.ts';
import { AGENT_POLICY, MANAGEMENT_POLICIES, RUN_POLICY } from './environment-vm.ts';
import type { Manifest } from './manifest.ts';
import { COMPOSITE, contentName, ENVIRONMENT_VM, FUNCTION_NAME, MANAGED_BY } from './names.ts';

/** From a path of the composite to a path of the VM. A source that is not set leaves the target out. */
type Route = readonly [from: string, to: string];

const IDENTITY: readonly Route[] = [
  ['metadata.name', 'metadata.name'],
  ['metadata.name', 'spec.forProvider.name'],
  ['spec.cluster', 'metadata.labels[cluster]'],
  ['spec.role', 'metadata.labels[role]'],
  // Every Talos cluster has its own credentials, named after its namespace.
  ['metadata.namespace', 'spec.providerConfigRef.name'],
];

/** Scalars and lists: the same value under the provider's name. */
const WHOLE: readonly Route[] = [
  ...[
    'nodeName',
    'vmId',
    'description',
    'tags',
    'poolId',
    'bios',
    'machine',
    'scsiHardware',
    'bootOrder',
    'onBoot',
    'protection',
  ].map((field): Route => [`spec.${field}`, `spec.forProvider.${field}`]),
  ['spec.disks', 'spec.forProvider.disk'],
  ['spec.networkDevices', 'spec.forProvider.networkDevice'],
];

/** Single blocks: an object becomes the only element of a list. */
const BLOCKS: readonly Route[] = [
  'operatingSystem',
  'cpu',
  'memory',
  'efiDisk',
  'tpmState',
  'clone',
  'cdrom',
  'watchdog',
  'smbios',
  'startup',
].map((field): Route => [`spec.${field}`, `spec.forProvider.${field}[0]`]);

const PARTS: readonly Route[] = [
  ['spec.agent.enabled', 'spec.forProvider.agent[0].enabled'],
  ...['type', 'interface', 'datastoreId', 'ipConfig', 'userDataFileId', 'metaDataFileId', 'networkDataFileId'].map(
    (field): Route => [`spec.initialization.${field}`, `spec.forProvider.initialization[0].${field}`],
  ),
  ['spec.initialization.dns', 'spec.forProvider.initialization[0].dns[0]'],
];

/** From the VM back to the composite: what Proxmox calls it and which NICs it has. */
const STATUS: readonly Route[] = [
  ['metadata.annotations[crossplane.io/external-name]', 'status.externalName'],
  ['status.atProvider.macAddresses', 'status.macAddresses'],
];

function patch(type: string, [fromFieldPath, toFieldPath]: Route): Record<string, unknown> {
  return { type, fromFieldPath, toFieldPath };
}

function spec(cluster: Cluster): Record<string, unknown> {
  const vm = {
    name: 'vm',
    base: {
      apiVersion: ENVIRONMENT_VM.apiVersion,
      kind: ENVIRONMENT_VM.kind,
      metadata: { labels: MANAGED_BY },
      spec: {
        managementPolicies: MANAGEMENT_POLICIES,
        providerConfigRef: { kind: 'ClusterProviderConfig' },
        forProvider: { ...RUN_POLICY, agent: [AGENT_POLICY] },
      },
    },
    patches: [
      ...[...IDENTITY, ...WHOLE, ...BLOCKS, ...PARTS].map((route) => patch('FromCompositeFieldPath', route)),
      ...STATUS.map((route) => patch('ToCompositeFieldPath', route)),
    ],
  };
  return {
    compositeTypeRef: { apiVersion: `${cluster.crossplane.group}/${COMPOSITE.version}`, kind: COMPOSITE.kind },
    mode: 'Pipeline',
    pipeline: [
      {
        step: 'vm',
        functionRef: { name: FUNCTION_NAME },
        input: { apiVersion: 'pt.fn.crossplane.io/v1beta1', kind: 'Resources', resources: [vm] },
      },
    ],
  };
}

/**
 * Name of the composition with a hash of its content: a changed composition is another one, and a
 * node moves to it when its own file says so. So the change is reviewed node by node and never
 * reaches a machine by the mere update of a shared object.
 */
export function compositionName(cluster: Cluster): string {
  const { group } = cluster.crossplane;
  const known = compositionNames.get(group);
  if (known !== undefined) return known;
  const name = contentName(COMPOSITE.singular, [spec(cluster)]);
  compositionNames.set(group, name);
  return name;
}

/** By API group, the only setting a composition depends on; every node asks for the name. */
const compositionNames = new Map<string, string>();

/** The composition that lowers a TalosNode to an EnvironmentVM. */
export function composition(cluster: Cluster): Manifest {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: { name: compositionName(cluster), labels: MANAGED_BY },
    spec: spec(cluster),
  };
}
