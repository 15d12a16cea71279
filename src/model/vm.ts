/** The virtual machine of a node. Units are suffixes; absence is `null`. */

/** How a VM gets its system disk. */
export type BootSource = 'image' | 'template' | 'iso';

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
  readonly watchdog: Watchdog | null;
  /** The screen on which Talos shows its dashboard. */
  readonly vga: Vga;
  /** What stands behind `serial0`, `serial1`, ...: `socket`, or a device of the host (`/dev/ttyS0`). */
  readonly serialPorts: readonly string[];
  readonly smbios: Smbios;
  readonly startup: Startup;
  readonly onBoot: boolean;
  readonly protection: boolean;
}

export type Boot = ImageBoot | TemplateBoot | IsoBoot;

/** The system disk is imported from a file of the Image Factory. */
export interface ImageBoot {
  readonly source: 'image';
  /** Key of the `BootImage`. */
  readonly imageKey: string;
  readonly volumeId: string;
}

export interface TemplateBoot {
  readonly source: 'template';
  readonly templateId: number;
  readonly templateNode: string;
  /** `false`: a linked clone. */
  readonly full: boolean;
}

export interface IsoBoot {
  readonly source: 'iso';
  /** Key of the `BootImage`. */
  readonly imageKey: string;
  readonly volumeId: string;
  readonly drive: 'ide2';
}

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

/** Acts when the guest stops feeding it. */
export interface Watchdog {
  /** The only one that Talos has a driver for. */
  readonly model: 'i6300esb';
  readonly action: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'none';
}

export interface Vga {
  readonly type: 'std' | 'virtio' | 'qxl' | 'serial0' | 'none';
  /** `null`: what QEMU gives a card of that type. */
  readonly memoryMiB: number | null;
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
