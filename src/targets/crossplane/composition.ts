/** The composition: which field of a TalosNode goes where in its EnvironmentVM. */

import type { Cluster } from '../../model/cluster.ts';
import { BASE, MANAGEMENT_POLICIES } from './environment-vm.ts';
import { routes, type Route } from './lowering.ts';
import type { Manifest } from './manifest.ts';
import { COMPOSITE, contentName, ENVIRONMENT_VM, FUNCTION_NAME, MANAGED_BY } from './names.ts';

const IDENTITY: readonly Route[] = [
  ['metadata.name', 'metadata.name'],
  ['metadata.name', 'spec.forProvider.name'],
  ['spec.cluster', 'metadata.labels[cluster]'],
  ['spec.role', 'metadata.labels[role]'],
  // Every Talos cluster has its own credentials, named after its namespace.
  ['metadata.namespace', 'spec.providerConfigRef.name'],
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
        forProvider: BASE,
      },
    },
    patches: [
      ...[...IDENTITY, ...routes(Object.keys(BASE))].map((route) => patch('FromCompositeFieldPath', route)),
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
