/**
 * The resolved model: what `cluster.yaml` and `nodes.yaml` mean once every default is applied.
 *
 * It is total: no field is optional. Absence is `null`, so a missing field is always a bug and a
 * template that asks for one fails. Units are suffixes (`memoryMiB`, `sizeGiB`, `delaySeconds`).
 * A Proxmox host is a `pveNode`, a Talos machine is a `node`.
 */

import type { BackendName } from './backend-name.ts';
import type { AnsibleSettings, CrossplaneSettings, TofuSettings } from './backend-settings.ts';
import type { ImageOptions, Schematic } from './image-options.ts';
import type { MachineSettings } from './machine-settings.ts';
import type { TalosTool } from './tool.ts';
import type { Version } from './version.ts';

export type Role = 'controlplane' | 'worker';

/** How a VM gets its system disk. */
export type BootSource = 'image' | 'template' | 'iso';

/** How a node learns its name, its address and (where asked) its configuration. */
export type NoCloudMethod = 'ipconfig' | 'cicustom' | 'nocloud-net';

export interface Cluster {
  /** DNS label; also the Talos cluster name. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly network: ClusterNetwork;
  readonly kubernetes: Kubernetes;
  readonly talos: TalosSettings;
  readonly nocloud: NoCloud;
  /** `null` for a bare-metal cluster: the VM targets are then switched off. */
  readonly proxmox: Proxmox | null;
  readonly ansible: AnsibleSettings;
  readonly crossplane: CrossplaneSettings;
  readonly tofu: TofuSettings;
  /** In the order of `nodes.yaml`. */
  readonly nodes: readonly Node[];
}

/** A cluster whose VM targets are on: what every backend works with. */
export interface VmCluster extends Cluster {
  readonly proxmox: Proxmox;
  readonly nodes: readonly VmNode[];
}

export interface Endpoint {
  /** The virtual IP that the control planes share; never a node's own address. */
  readonly vip: string;
  /** `https://<vip>:6443` */
  readonly url: string;
  /** Names and addresses the API server certificate must cover, without duplicates. */
  readonly certSans: readonly string[];
}

export interface ClusterNetwork {
  /** `10.10.10.0/24`: the network the nodes live in. */
  readonly cidr: string;
  readonly prefixLength: number;
  readonly gateway: string;
  /** Never empty. */
  readonly nameservers: readonly string[];
  /** Addresses or names; never empty. */
  readonly timeServers: readonly string[];
}

export interface Kubernetes {
  readonly version: Version;
  readonly podSubnets: readonly string[];
  readonly serviceSubnets: readonly string[];
  /** `none`: a CNI is installed later, and kube-proxy and CoreDNS stay off with it. */
  readonly cni: 'none' | 'flannel';
  /** The cloud controller manager of Proxmox provides node addresses and ids. */
  readonly externalCloudProvider: boolean;
}

export interface TalosSettings {
  readonly version: Version;
  /** `https://factory.talos.dev`, without a trailing slash. */
  readonly factoryUrl: string;
  /** Host part of `factoryUrl`: the registry that serves installer images. */
  readonly factoryHost: string;
  /** System extensions of the cluster's own schematic, as written; order matters for its id. */
  readonly extensions: readonly string[];
  readonly kernelArgs: readonly string[];
  readonly image: ImageOptions;
  /** The schematic that `extensions`, `kernelArgs` and `image` make: its id and the exact text it hashes. */
  readonly schematic: Schematic;
  /** Which program makes the machine configurations in the rendered tasks. */
  readonly tool: TalosTool;
  /** Public keys the secrets are encrypted for; empty: the user's own sops configuration says. */
  readonly ageRecipients: readonly string[];
  /** Where the keys of nodes with `encryptDisk` are. */
  readonly diskEncryption: 'tpm' | 'node_id';
  readonly machine: MachineSettings;
}

export interface NoCloud {
  readonly method: NoCloudMethod;
  /** `http://host:port` of the configuration server without a trailing slash, or `null`. */
  readonly serverUrl: string | null;
  /** DHCP reservations hand out the declared addresses. */
  readonly dhcp: boolean;
  /** What `user-data` holds; `none` for the method `ipconfig`, where Proxmox writes its own. */
  readonly userData: 'partial' | 'include' | 'none';
}

export interface Proxmox {
  /** `https://host:8006`, without path. */
  readonly apiUrl: string;
  readonly apiHost: string;
  readonly apiPort: number;
  /** `user@realm` of the API token, or `null` when only the environment names it. */
  readonly apiUser: string | null;
  /** Bare token name, without user and realm. */
  readonly apiTokenName: string | null;
  /** The API certificate is not verified. */
  readonly insecure: boolean;
  readonly pool: string | null;
  /** The backend that runs when a command names none. */
  readonly defaultTarget: BackendName | null;
  /** Every host a node or its template is placed on, sorted by name. */
  readonly hosts: readonly PveHost[];
  /** Every distinct boot file the nodes need, sorted by `key`. */
  readonly images: readonly BootImage[];
  /** Every template the nodes are cloned from, sorted by `vmId`. */
  readonly templates: readonly VmTemplate[];
}

export interface PveHost {
  readonly name: string;
  readonly diskStorage: string;
  readonly isoStorage: string;
  /** Storage with content type `import`. */
  readonly importStorage: string;
  /** Storage with content type `snippets`. */
  readonly snippetsStorage: string;
  readonly bridge: string;
}

/** One file of the Image Factory that Proxmox downloads by itself. */
export interface BootImage {
  /** Stable name: `<first 12 of the schematic id>[-secureboot]-<kind>`. */
  readonly key: string;
  readonly kind: 'image' | 'iso';
  readonly contentType: 'import' | 'iso';
  readonly schematicId: string;
  readonly secureBoot: boolean;
  readonly url: string;
  /** Only characters that Proxmox keeps as they are: `[A-Za-z0-9._-]`. */
  readonly fileName: string;
  /** Where it must lie, sorted by host. */
  readonly placements: readonly ImagePlacement[];
}

export interface ImagePlacement {
  readonly pveNode: string;
  readonly storage: string;
  /** `<storage>:<contentType>/<fileName>` */
  readonly volumeId: string;
}

export interface VmTemplate {
  readonly vmId: number;
  readonly name: string;
  readonly pveNode: string;
  readonly storage: string;
  readonly bridge: string;
  /** Key of the `BootImage` it is made from. */
  readonly imageKey: string;
  readonly imageVolumeId: string;
  readonly secureBoot: boolean;
  /** Firmware and chipset of the nodes cloned from it: a clone has its template's EFI disk or none. */
  readonly bios: Vm['bios'];
  readonly machine: Vm['machine'];
}

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
  /** Beside the default gateway. */
  readonly routes: readonly Route[];
  /** `null`: a link of its own. */
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
  /** Milliseconds between two looks at the links. */
  readonly miimon: number;
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
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'serial'; readonly serial: string };

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface UserVolume {
  /** Mounted by Talos at `/var/mnt/<name>`. */
  readonly name: string;
  /** `scsi1`: where it stands behind the controller of the VM. */
  readonly slot: string;
  /** Serial number the disk was given, or `null`. */
  readonly serial: string | null;
  readonly sizeGiB: number;
}

/** The virtual machine that every backend must build: the same one, whichever builds it. */
export interface Vm {
  readonly vmId: number;
  readonly pveNode: string;
  readonly name: string;
  /** One line; carries the ownership mark that backends look for before they write. */
  readonly description: string;
  /** Lower case, unique, sorted: as Proxmox stores them. */
  readonly tags: readonly string[];
  readonly pool: string | null;
  readonly bios: 'ovmf' | 'seabios';
  /** `q35` or `pc` (i440fx). */
  readonly machine: 'q35' | 'pc';
  readonly osType: string;
  readonly cpuType: string;
  readonly cores: number;
  readonly sockets: number;
  readonly numa: boolean;
  readonly memoryMiB: number;
  /** 0: ballooning off. */
  readonly balloonMiB: number;
  readonly scsiController: 'virtio-scsi-pci' | 'virtio-scsi-single' | 'lsi';
  /** `null` with `seabios`. */
  readonly efiDisk: EfiDisk | null;
  readonly tpm: Tpm | null;
  readonly boot: Boot;
  /** Device names in boot order: `scsi0`, or `scsi0` then the ISO's drive. */
  readonly bootOrder: readonly string[];
  /** The first is the system disk, on `scsi0`. */
  readonly disks: readonly [Disk, ...Disk[]];
  /** The first is `net0`, the NIC of the node's address. */
  readonly nics: readonly [Nic, ...Nic[]];
  readonly cloudInit: CloudInit | null;
  readonly agent: boolean;
  readonly watchdog: boolean;
  readonly smbios: Smbios;
  readonly startup: Startup;
  readonly onBoot: boolean;
  readonly protection: boolean;
}

export type Boot =
  | { readonly source: 'image'; readonly imageKey: string; readonly volumeId: string }
  | {
      readonly source: 'template';
      readonly templateId: number;
      readonly templateNode: string;
      /** `false`: a linked clone. */
      readonly full: boolean;
    }
  | { readonly source: 'iso'; readonly imageKey: string; readonly volumeId: string; readonly drive: 'ide2' };

export interface EfiDisk {
  readonly storage: string;
  readonly type: '4m';
  /** `false`: setup mode, so that Talos can enrol its own Secure Boot keys. */
  readonly preEnrolledKeys: boolean;
}

export interface Tpm {
  readonly storage: string;
  readonly version: 'v2.0';
}

export interface Disk {
  /** `scsi0`, `scsi1`, ... */
  readonly slot: string;
  readonly storage: string;
  readonly sizeGiB: number;
  readonly ssd: boolean;
  readonly discard: boolean;
  readonly iothread: boolean;
  readonly backup: boolean;
  readonly replicate: boolean;
  /** At most 20 characters; `null`: Proxmox sets none. */
  readonly serial: string | null;
}

export interface Nic {
  /** `net0`, `net1`, ... */
  readonly slot: string;
  readonly model: 'virtio';
  readonly bridge: string;
  /** Upper case, as Proxmox stores it. */
  readonly macAddress: string;
  /** VLAN that Proxmox tags; `null` where Talos tags or nothing does. */
  readonly vlanTag: number | null;
  /** `null`: the bridge's own. */
  readonly mtu: number | null;
  /** Multiqueue; 0: off. */
  readonly queues: number;
  readonly firewall: boolean;
}

export interface CloudInit {
  readonly drive: 'ide0';
  readonly storage: string;
  /** One per NIC, in NIC order; `null`: no address on that NIC. */
  readonly ipConfigs: readonly (IpConfig | null)[];
  readonly nameservers: readonly string[];
  /** Snippet volume ids, or `null` where Proxmox generates the files. */
  readonly snippets: Snippets | null;
}

export interface IpConfig {
  /** CIDR notation. */
  readonly address: string;
  readonly gateway: string | null;
}

export interface Snippets {
  readonly user: string;
  readonly meta: string;
  readonly network: string;
}

export interface Smbios {
  readonly uuid: string;
  /** Plain text; `null` unless the nocloud method delivers through it. */
  readonly serial: string | null;
}

export interface Startup {
  readonly order: number;
  readonly upDelaySeconds: number;
  readonly downDelaySeconds: number;
}

/**
 * Narrows a cluster to one whose VM targets are on.
 * @returns `null` for a bare-metal cluster
 */
export function vmCluster(cluster: Cluster): VmCluster | null {
  return isVmCluster(cluster) ? cluster : null;
}

/**
 * The same where there can be no other.
 * @throws TypeError for a bare-metal cluster: whoever asks renders for Proxmox alone
 */
export function onProxmox(cluster: Cluster): VmCluster {
  if (!isVmCluster(cluster)) throw new TypeError('a VM target was asked to render a cluster without Proxmox');
  return cluster;
}

function isVmCluster(cluster: Cluster): cluster is VmCluster {
  return cluster.proxmox !== null && cluster.nodes.every((node) => node.vm !== null);
}
