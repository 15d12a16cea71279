/** Sizes of a VM: the node's own, those of its role, those of the cluster, built-in. */

import type { Role, Vm } from '../model/cluster.ts';
import type { ClusterFile } from '../model/files.gen.ts';
import { ROLE_SIZE_DEFAULTS, type VmSize } from './defaults.ts';
import type { NodeContext } from './node-context.ts';
import { builtIn, clusterDefault, fallBackTo, inCluster, inNodes, type Chosen, type Scope } from './origin.ts';

/** Sizes of VMs of a role whose node has none. */
export type SizeDefaults = Readonly<Record<Role, { readonly [Field in keyof VmSize]: Chosen<number> }>>;

const ROLE_KEYS = {
  controlplane: 'proxmox_vm_controller_defaults',
  worker: 'proxmox_vm_worker_defaults',
} as const satisfies Record<Role, keyof ClusterFile>;

/** Sizes of both roles by precedence: defaults of the role, of the cluster, built-in of the role. */
export function sizeDefaults(file: ClusterFile, scope: Scope): SizeDefaults {
  const ofRole = (role: Role): SizeDefaults[Role] => {
    const group = ROLE_KEYS[role];
    const choose = (field: keyof VmSize): Chosen<number> =>
      scope.choose(
        `${group}.${field}`,
        [
          inCluster(file[group]?.[field], `/${group}/${field}`),
          clusterDefault(file.proxmox_vm_defaults?.[field], `/proxmox_vm_defaults/${field}`),
        ],
        builtIn(ROLE_SIZE_DEFAULTS[role][field], `for a ${role}`),
      );
    return {
      cores: choose('cores'),
      sockets: choose('sockets'),
      memory: choose('memory'),
      disk_size: choose('disk_size'),
    };
  };
  return { controlplane: ofRole('controlplane'), worker: ofRole('worker') };
}

export function resolveSize(context: NodeContext, sizes: SizeDefaults): Pick<Vm, 'cores' | 'sockets' | 'memoryMiB'> {
  return {
    cores: size(context, sizes, 'vm_cores', 'cores', 'cores'),
    sockets: size(context, sizes, 'vm_sockets', 'sockets', null),
    memoryMiB: size(context, sizes, 'vm_memory', 'memory', 'memory'),
  };
}

/** One size of a node, under its key or its alias, else that of its role. */
export function size(
  { written, index, role, scope, nodeKey }: NodeContext,
  sizes: SizeDefaults,
  key: 'vm_cores' | 'vm_sockets' | 'vm_memory' | 'vm_disk_size',
  field: keyof VmSize,
  alias: 'cores' | 'memory' | 'disk_size' | null,
): number {
  const aliases = alias === null ? [] : [inNodes(written[alias], `/nodes/${index}/${alias}`)];
  return scope.pick(key, [nodeKey(key), ...aliases], fallBackTo(sizes[role][field], 'role default'));
}
