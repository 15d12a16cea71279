/** One Talos machine: its role, its network, its disks. Absence is `null`. */

import type { Vm } from './vm.ts';

export type Role = 'controlplane' | 'worker';

export interface Node {
  /** Position in `nodes.yaml`; its pointer there is `/nodes/<index>`. */
  readonly index: number;
  readonly name: string;
  readonly role: Role;
  readonly address: string;
  /** Lower case, as Talos compares it. */
  readonly macAddress: string;
  readonly links: readonly [Link, ...Link[]];
  readonly installDisk: InstallDisk;
  readonly schematicId: string;
  readonly secureBoot: boolean;
  /** STATE and EPHEMERAL are encrypted; `talos.diskEncryption` says with which keys. */
  readonly encryptDisk: boolean;
  readonly kernelModules: readonly KernelModule[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** `factory.talos.dev/nocloud-installer[-secureboot]/<id>:v<version>`; `metal-` off Proxmox. */
  readonly installerImage: string;
  /** Data disks that Talos mounts, in the order written. */
  readonly userVolumes: readonly UserVolume[];
  /** UUIDv5 of cluster and node name: the SMBIOS UUID, which Talos uses as node identity. */
  readonly systemUuid: string;
  /** SMBIOS serial of the nocloud-net method, plain text. */
  readonly nocloudSerial: string;
  readonly vm: Vm | null;
}

export interface VmNode extends Node {
  readonly vm: Vm;
}

/** A network link as Talos configures it; the first carries the node's address. */
export interface Link {
  /** Alias that Talos gives the link matched by its MAC: `lan0`, `lan1`, ...; `bond0` for a bond. */
  readonly alias: string;
  /** Of a bond: that of its first member. */
  readonly macAddress: string;
  readonly mtu: number;
  /** VLAN that Talos tags itself; `null` where the port is untagged or Proxmox tags. */
  readonly vlanTag: number | null;
  /** CIDR notation; empty for a link without an address. */
  readonly addresses: readonly string[];
  /** Default gateway, or `null`. */
  readonly gateway: string | null;
  /** Static routes besides the default gateway. */
  readonly routes: readonly Route[];
  /** `null`: no bond. */
  readonly bond: Bond | null;
}

export interface Route {
  readonly network: string;
  readonly gateway: string;
  /** `null`: that of Talos. */
  readonly metric: number | null;
}

export interface Bond {
  readonly members: readonly BondMember[];
  readonly mode: string;
  /** Milliseconds between two checks of the links. */
  readonly miimon: number;
  /** Milliseconds after which a link that changed counts as up or down. */
  readonly delay: number;
  readonly lacpRate: 'slow' | 'fast' | null;
  readonly xmitHashPolicy: string | null;
}

export interface BondMember {
  /** As `Link.alias`. */
  readonly alias: string;
  readonly macAddress: string;
}

export interface KernelModule {
  readonly name: string;
  readonly parameters: readonly string[];
}

export type InstallDisk =
  { readonly kind: 'path'; readonly path: string } | { readonly kind: 'serial'; readonly serial: string };

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface UserVolume {
  /** Mounted by Talos at `/var/mnt/<name>`. */
  readonly name: string;
  /** `scsi1`: its place on the controller of the VM. */
  readonly slot: string;
  /** Serial number the disk was given, or `null`. */
  readonly serial: string | null;
  readonly sizeGiB: number;
}
