/** What a node and its VM are resolved from. */

import type { Link, Node, Role } from '../model/cluster.ts';
import type { ClusterFile, NodeFile } from '../model/files.gen.ts';
import type { ADVANCED_DEFAULTS } from './defaults.ts';
import type { Candidate, Scope } from './origin.ts';
import type { ClusterSettings } from './resolve-cluster.ts';

/** What the parts of a node are resolved from. */
export interface NodeContext {
  readonly written: NodeFile;
  readonly index: number;
  readonly file: ClusterFile;
  readonly settings: ClusterSettings;
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

/** `proxmox_vm_advanced` with its defaults. */
export type Advanced = {
  readonly [K in keyof typeof ADVANCED_DEFAULTS]: NonNullable<NonNullable<ClusterFile['proxmox_vm_advanced']>[K]>;
};
