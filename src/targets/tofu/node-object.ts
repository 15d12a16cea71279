/**
 * One VM as an object of `local.nodes`: everything that differs between nodes. The resource in
 * `main.tf` is the same text for every cluster and reads these.
 */

import type {
  CloudInit,
  Disk,
  EfiDisk,
  ImageBoot,
  IpConfig,
  IsoBoot,
  Nic,
  Smbios,
  Snippets,
  Startup,
  TemplateBoot,
  Tpm,
  Vga,
  Vm,
  VmNode,
  Watchdog,
} from '../../model/cluster.ts';
import { leftOut, reasonsOf, resultsOf, type PerField } from '../../model/per-field.ts';
import { imageKey } from './images.ts';
import type { HclObject } from './hcl-object.ts';

/** Attributes that a field of a VM becomes; `vm` is the whole of which the field is a part. */
type Attributes<Part> = PerField<Part, HclObject, Vm>;

const VM: Attributes<Vm> = {
  vmId: as('vm_id'),
  pveNode: as('node_name'),
  name: as('name'),
  description: as('description'),
  tags: as('tags'),
  pool: as('pool_id'),
  bios: as('bios'),
  machine: as('machine'),
  osType: as('os_type'),
  cpuType: as('cpu_type'),
  cores: as('cores'),
  sockets: as('sockets'),
  numa: as('numa'),
  memoryMiB: as('memory'),
  balloonMiB: as('balloon'),
  scsiController: as('scsi_hardware'),
  efiDisk: (disk, vm) => ({ efi_disk: blocks(EFI_DISK, disk, vm) }),
  tpm: (tpm, vm) => ({ tpm_state: blocks(TPM, tpm, vm) }),
  boot: (boot, vm) => ({
    cdrom: boot.source === 'iso' ? [object(ISO, boot, vm)] : [],
    clone: boot.source === 'template' ? [object(TEMPLATE, boot, vm)] : [],
  }),
  bootOrder: as('boot_order'),
  disks: (disks, vm) => ({ disks: disks.map((disk, position) => diskObject(disk, position, vm)) }),
  nics: (nics, vm) => ({ networks: nics.map((nic) => object(NIC, nic, vm)) }),
  cloudInit: (drive, vm) => ({ cloud_init: blocks(CLOUD_INIT, drive, vm) }),
  agent: as('agent'),
  watchdog: (watchdog, vm) => ({ watchdog: blocks(WATCHDOG, watchdog, vm) }),
  vga: (vga, vm) => ({ vga: object(VGA, vga, vm) }),
  serialPorts: as('serial_ports'),
  smbios: (smbios, vm) => ({ smbios: object(SMBIOS, smbios, vm) }),
  startup: (startup, vm) => ({ startup: object(STARTUP, startup, vm) }),
  onBoot: as('on_boot'),
  protection: as('protection'),
};

const EFI_DISK: Attributes<EfiDisk> = {
  storage: as('datastore_id'),
  type: as('type'),
  preEnrolledKeys: as('pre_enrolled_keys'),
};

const TPM: Attributes<Tpm> = { storage: as('datastore_id'), version: as('version') };

const VOLUME = leftOut('the id of the file comes from the resource that downloads it');

/** Of the system disk. */
const IMAGE: Attributes<Omit<ImageBoot, 'source'>> = {
  imageKey: (key, _, { pveNode }) => ({ image: imageKey({ key }, pveNode) }),
  volumeId: VOLUME,
};

const TEMPLATE: Attributes<Omit<TemplateBoot, 'source'>> = {
  templateId: as('vm_id'),
  templateNode: as('node_name'),
  // `main.tf` gives a full clone its storage; Proxmox takes none for a linked one.
  full: (full, _, { disks }) => ({ full, datastore_id: disks[0].storage }),
};

/** Of the drive that holds the ISO. */
const ISO: Attributes<Omit<IsoBoot, 'source'>> = {
  imageKey: (key, _, { pveNode }) => ({ image: imageKey({ key }, pveNode) }),
  volumeId: VOLUME,
  drive: as('interface'),
};

const DISK: Attributes<Disk> = {
  slot: as('interface'),
  storage: as('datastore_id'),
  sizeGiB: as('size'),
  ssd: as('ssd'),
  discard: (discard) => ({ discard: discard ? 'on' : 'ignore' }),
  iothread: as('iothread'),
  backup: as('backup'),
  replicate: as('replicate'),
  serial: as('serial'),
};

const NIC: Attributes<Nic> = {
  slot: leftOut('the provider numbers NICs by their place in the list'),
  model: as('model'),
  bridge: as('bridge'),
  macAddress: as('mac_address'),
  // 0 is how the provider says "untagged".
  vlanTag: (tag) => ({ vlan_id: tag ?? 0 }),
  mtu: as('mtu'),
  queues: as('queues'),
  firewall: as('firewall'),
};

const CLOUD_INIT: Attributes<CloudInit> = {
  drive: as('interface'),
  storage: as('datastore_id'),
  ipConfigs: (configs, _, vm) => ({ addresses: addresses(configs, vm) }),
  nameservers: as('nameservers'),
  snippets: (snippets, _, vm) => (snippets === null ? NO_SNIPPETS : object(SNIPPETS, snippets, vm)),
};

const IP_CONFIG: Attributes<IpConfig> = { address: as('address'), gateway: as('gateway') };
const NO_ADDRESS: HclObject = { address: null, gateway: null };

const SNIPPETS: Attributes<Snippets> = {
  user: as('user_data_file_id'),
  meta: as('meta_data_file_id'),
  network: as('network_data_file_id'),
};
const NO_SNIPPETS: HclObject = { user_data_file_id: null, meta_data_file_id: null, network_data_file_id: null };

/** Plain text: the provider encodes it. */
const SMBIOS: Attributes<Smbios> = { uuid: as('uuid'), serial: as('serial') };

const STARTUP: Attributes<Startup> = {
  order: as('order'),
  upDelaySeconds: as('up_delay'),
  downDelaySeconds: as('down_delay'),
};

const WATCHDOG: Attributes<Watchdog> = { model: as('model'), action: as('action') };

const VGA: Attributes<Vga> = { type: as('type'), memoryMiB: as('memory') };

/** Fields of a VM that make no attribute, with the reason. */
export const LEFT_OUT = reasonsOf({ nics: NIC, 'boot.image': IMAGE, 'boot.iso': ISO });

export function nodeObject({ vm }: VmNode): HclObject {
  return object(VM, vm, vm);
}

/** The value under another name. */
function as(name: string): (value: unknown) => HclObject {
  return (value) => ({ [name]: value });
}

function object<Part extends object>(table: Attributes<Part>, part: Part, vm: Vm): HclObject {
  return sorted(Object.assign({}, ...resultsOf(table, part, vm)) as HclObject);
}

/** A block of which there is one or none. */
function blocks<Part extends object>(table: Attributes<Part>, part: Part | null, vm: Vm): HclObject[] {
  return part === null ? [] : [object(table, part, vm)];
}

/** Only the system disk of a VM that boots an image is imported. */
function diskObject(disk: Disk, position: number, vm: Vm): HclObject {
  const image = position === 0 && vm.boot.source === 'image' ? object(IMAGE, vm.boot, vm) : { image: null };
  return sorted({ ...object(DISK, disk, vm), ...image });
}

/** The provider reads back no block after the last address: one more would be a change in every plan. */
function addresses(configs: CloudInit['ipConfigs'], vm: Vm): HclObject[] {
  return configs
    .slice(0, configs.findLastIndex((config) => config !== null) + 1)
    .map((config) => (config === null ? NO_ADDRESS : object(IP_CONFIG, config, vm)));
}

function sorted(attributes: HclObject): HclObject {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
