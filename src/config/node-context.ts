/** What a node and its VM are resolved from. */

import type { Link, Node, Role } from '../model/cluster.ts';
import type { ClusterFile, NodeFile } from '../model/files.gen.ts';
import { inNodes, type Candidate, type Scope, type Sourced } from './origin.ts';
import type { ClusterSettings } from './resolve-cluster.ts';

/** Settings of the cluster that nodes fall back to. */
export interface NodeDefaults {
  readonly schematicId: Sourced<string>;
  /** 0: untagged. */
  readonly vlanTag: Sourced<string | number>;
}

/** What the parts of a node are resolved from. */
export interface NodeContext {
  readonly written: NodeFile;
  readonly index: number;
  readonly file: ClusterFile;
  readonly settings: ClusterSettings;
  readonly defaults: NodeDefaults;
  readonly role: Role;
  readonly scope: Scope;
  /** A key of this node in `nodes.yaml`. */
  nodeKey<K extends keyof NodeFile & string>(key: K): Candidate<NonNullable<NodeFile[K]>>;
}

/** What Talos has to know of the node's network. */
export interface NodeNetwork {
  readonly links: readonly [Link, ...Link[]];
  /** VLAN of the first NIC that Proxmox tags. */
  readonly proxmoxVlanTag: number | null;
}

/** What Talos has settled about a node before its VM is resolved. */
export type TalosSide = NodeNetwork &
  Pick<Node, 'schematicId' | 'secureBoot' | 'encryptDisk' | 'systemUuid' | 'nocloudSerial' | 'installDisk'>;

/** Resolves keys of one entry of a node's list, such as `vm_extra_disks[0].storage`. */
export type PickOfEntry = <T>(key: string, written: T | undefined, fallback: Sourced<T>) => T;

export function entryOf(
  { scope, index }: NodeContext,
  list: 'vm_extra_disks' | 'vm_extra_nics',
  position: number,
): PickOfEntry {
  return (key, written, fallback) =>
    scope.pick(
      `${list}[${position}].${key}`,
      [inNodes(written, `/nodes/${index}/${list}/${position}/${key}`)],
      fallback,
    );
}
