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
  /** Switched off by an administrator; false by default. */
  readonly disabled?: boolean;
  /** Nodes on which it does not come up: no server, no volume group, no mount. */
  readonly offlineOn?: readonly string[];
  /** Bytes of each node's part, or of all of a shared one; 1000 GiB by default. */
  readonly total?: number;
  /** Bytes that are taken besides the volumes the simulator knows; a hundredth of `total` by default. */
  readonly used?: number;
  /** New volumes take no space until something is written: false for LVM, true otherwise. */
  readonly thin?: boolean;
}

export interface Storage extends Required<Omit<StorageSeed, 'nodes'>> {
  readonly nodes: readonly string[] | null;
  /** Where its files lie; `null` for block storages. */
  readonly path: string | null;
  /** It takes nothing more. */
  full: boolean;
}

/** Bytes. */
export interface Space {
  readonly total: number;
  readonly used: number;
  readonly avail: number;
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
  /** Algorithm -> hex digest of a file, where they are known. */
  readonly checksums?: Readonly<Record<string, string>>;
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

/** A file as it comes to a storage. */
export interface NewFile {
  readonly content: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of the disk inside an image; its size by default. */
  readonly virtualSize?: number | undefined;
  readonly checksums?: Readonly<Record<string, string>> | undefined;
}
