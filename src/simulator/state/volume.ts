/** What a storage and a volume are. */

export type StorageType = 'dir' | 'nfs' | 'cifs' | 'cephfs' | 'btrfs' | 'lvm' | 'lvmthin' | 'zfspool' | 'rbd';

export interface StorageSeed {
  readonly id: string;
  readonly type: StorageType;
  /** `images`, `import`, `iso`, `snippets`, ... */
  readonly content: readonly string[];
  /** By default what the type is: NFS, CIFS, CephFS and RBD are. */
  readonly shared?: boolean;
  /** Nodes that have it; all by default. */
  readonly nodes?: readonly string[];
}

export interface Storage extends Required<Omit<StorageSeed, 'nodes'>> {
  readonly nodes: readonly string[] | null;
  /** Where its files lie; `null` for block storages. */
  readonly path: string | null;
  /** It takes nothing more. */
  full: boolean;
}

export interface Volume {
  readonly volid: string;
  readonly storage: string;
  /** Bytes the guest sees; for a downloaded file its length. */
  size: number;
  /** Bytes of the disk inside an image file. */
  readonly virtualSize: number;
  readonly format: string;
  readonly content: string;
  readonly vmid: number | null;
  /** Seconds since 1970. */
  readonly ctime: number;
  /** Part of a template: linked clones may stand on it. */
  readonly isBase: boolean;
  /** The base volume it stands on. */
  readonly parent: string | null;
}

export interface Allocation {
  readonly node: string;
  readonly storage: string;
  readonly vmid: number;
  readonly size: number;
  readonly format?: string | undefined;
  /** Without directory and extension; `vm-<vmid>-disk-<n>` by default. */
  readonly name?: string;
  readonly base?: Volume;
}
