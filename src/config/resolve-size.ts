/** Sizes of a VM: the node's own, those of its role, those of the cluster, built-in. */

import type { Vm } from '../model/cluster.ts';
import { ROLE_SIZE_DEFAULTS, type VmSize } from './defaults.ts';
import type { NodeContext } from './node-context.ts';
import { builtIn, clusterDefault, roleDefault, type Candidate } from './origin.ts';

/** Sizes by precedence: node, role defaults, cluster defaults, built-in of the role. */
export function resolveSize(context: NodeContext): Pick<Vm, 'cores' | 'sockets' | 'memoryMiB'> {
  return {
    cores: size(context, 'vm_cores', 'cores', 'cores'),
    sockets: size(context, 'vm_sockets', 'sockets', null),
    memoryMiB: size(context, 'vm_memory', 'memory', 'memory'),
  };
}

export function size(
  { written, index, file, role, scope, nodeKey }: NodeContext,
  key: 'vm_cores' | 'vm_sockets' | 'vm_memory' | 'vm_disk_size',
  field: keyof VmSize,
  alias: 'cores' | 'memory' | 'disk_size' | null,
): number {
  const roleKey = role === 'controlplane' ? 'proxmox_vm_controller_defaults' : 'proxmox_vm_worker_defaults';
  const aliases: Candidate<number>[] =
    alias === null
      ? []
      : [{ value: written[alias], origin: { kind: 'file', file: 'nodes.yaml', pointer: `/nodes/${index}/${alias}` } }];
  return scope.pick(
    key,
    [
      nodeKey(key),
      ...aliases,
      roleDefault(file[roleKey]?.[field], `/${roleKey}/${field}`),
      clusterDefault(file.proxmox_vm_defaults?.[field], `/proxmox_vm_defaults/${field}`),
    ],
    builtIn(ROLE_SIZE_DEFAULTS[role][field], `for a ${role}`),
  );
}
