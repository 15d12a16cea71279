/** The provider's VM resource: what a node is in style `managed` and what a composition yields. */

import type { Vm, VmCluster, VmNode } from '../../model/cluster.ts';
import { lowered } from './lowering.ts';
import type { Manifest } from './manifest.ts';
import { ENVIRONMENT_VM, KEEP_ANNOTATIONS, labels, providerConfigName } from './names.ts';

/**
 * How the provider treats an object. No `LateInitialize`: the provider would write what it reads
 * back into the spec, and every later diff against the repository would show it.
 */
export const MANAGEMENT_POLICIES = ['Create', 'Observe', 'Update', 'Delete'] as const;

/**
 * How every VM is run, whatever the node: each value is one that the provider defaults otherwise.
 * - a change that needs a restart waits for the operator; else a shared change restarts every
 *   control plane at once
 * - a VM without a guest agent would take half an hour to shut down before it is destroyed
 * - disks that a CSI driver attached under the VM's id are not the provider's to delete
 * - another host means migration; the provider can never replace a VM
 */
export const RUN_POLICY = {
  started: true,
  rebootAfterUpdate: false,
  stopOnDestroy: true,
  purgeOnDestroy: true,
  deleteUnreferencedDisksOnDestroy: false,
  migrate: true,
} as const;

/**
 * Guest agent settings besides `enabled`. Talos answers only once it is installed, and the
 * provider would hold a reconcile for 15 minutes to hear the VM's addresses.
 */
export const AGENT_POLICY = { type: 'virtio', timeout: '30s', waitForIp: [{ disabled: true }] } as const;

/** Fields of `forProvider` that are the same for every VM. */
export const BASE = { ...RUN_POLICY, agent: [AGENT_POLICY] } as const;

/** `spec.forProvider` of a node's VM. */
function forProvider(vm: Vm): Record<string, unknown> {
  const machine = lowered(vm);
  const [agent] = machine['agent'] as readonly [object];
  return { ...RUN_POLICY, name: vm.name, ...machine, agent: [{ ...agent, ...AGENT_POLICY }] };
}

/** One node's VM as an object of its own. */
export function environmentVm(cluster: VmCluster, node: VmNode): Manifest {
  return {
    apiVersion: ENVIRONMENT_VM.apiVersion,
    kind: ENVIRONMENT_VM.kind,
    metadata: {
      name: node.vm.name,
      namespace: cluster.crossplane.namespace,
      labels: labels(cluster, node.role),
      annotations: KEEP_ANNOTATIONS,
    },
    spec: {
      managementPolicies: MANAGEMENT_POLICIES,
      providerConfigRef: { kind: 'ClusterProviderConfig', name: providerConfigName(cluster) },
      forProvider: forProvider(node.vm),
    },
  };
}
