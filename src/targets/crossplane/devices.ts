/**
 * What a TalosNode is made of, beside what stands in `machine.ts`: firmware, disks, NICs, cloud-init drive.
 * Patterns are those of Proxmox; lengths keep the rules affordable.
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
  Watchdog,
} from '../../model/cluster.ts';
import { leftOut } from '../../model/per-field.ts';
import { VM_IDS } from '../../model/vm-ids.ts';
import { among, constant, field, optional, schemaOf, sharedBlock, valueOf, type Rows } from './fields.ts';
import { array, flag, integer, object, text, word } from './schema.ts';

const STORAGE = { pattern: '^[A-Za-z][A-Za-z0-9._-]*$' };
const VOLUME = { pattern: '^[^:]+:.+$', maxLength: 512 };
const BRIDGE = { pattern: '^[A-Za-z][A-Za-z0-9_.-]*$', maxLength: 32 };
/** A drive, such as `scsi0`. */
export const DEVICE = { pattern: '^(scsi|sata|virtio|ide)[0-9]+$', maxLength: 8 };
const SECONDS = [-1, 86_400] as const;
const MAC = { pattern: '^([0-9A-F]{2}:){5}[0-9A-F]{2}$', maxLength: 17 };
const GATEWAY = { pattern: '^([0-9]{1,3}[.]){3}[0-9]{1,3}$', maxLength: 15 };
const ADDRESS = { pattern: '^([0-9]{1,3}[.]){3}[0-9]{1,3}/[0-9]{1,2}$', maxLength: 18 };
const UUID = { pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', maxLength: 36 };

const DNS = sharedBlock('dns', 'Name servers.', true);

export const EFI_DISK: Rows<EfiDisk> = {
  storage: field('datastoreId', text('Proxmox storage.', STORAGE)),
  type: field('type', word('Size of the store.', ['4m'])),
  preEnrolledKeys: field(
    'preEnrolledKeys',
    flag("Microsoft's Secure Boot keys are enrolled; Talos needs setup mode, so false."),
  ),
};

export const TPM: Rows<Tpm> = {
  storage: field('datastoreId', text('Proxmox storage.', STORAGE)),
  version: field('version', word('TPM version.', ['v2.0'])),
};

export const CLONE: Rows<Omit<TemplateBoot, 'source'>> = {
  templateId: field('vmId', integer('VM id of the template.', ...VM_IDS)),
  templateNode: field('nodeName', text('Proxmox host of the template.')),
  full: [
    field('full', flag('Copy the disk; false makes a linked clone.')),
    // Without it the copy lands on the template's storage and is moved afterwards.
    optional('datastoreId', text('Storage of the copy; not for a linked clone.', STORAGE), (full, _, { disks }) =>
      full ? disks[0].storage : null,
    ),
  ],
};

export const CDROM: Rows<Omit<IsoBoot, 'source'>> = {
  imageKey: [], // `images.ts` downloads the file
  volumeId: field('fileId', text('Volume id of the ISO.', VOLUME)),
  drive: field('interface', text('Drive; machine q35 has ide0 and ide2.', DEVICE)),
};

/** Of the system disk; read at creation only, so an upgrade changes nothing. */
const IMAGE: Rows<Omit<ImageBoot, 'source'>> = {
  imageKey: [], // `images.ts` downloads the file
  volumeId: field('importFrom', text('Volume id of the image the disk is made from; read at creation only.', VOLUME)),
};

export const DISK: Rows<Disk> = {
  slot: field('interface', text('Slot, such as scsi0.', DEVICE)),
  storage: field('datastoreId', text('Proxmox storage.', STORAGE)),
  sizeGiB: [
    field('size', integer('Size in GiB. Disks grow and never shrink.', 1, 65_536)),
    ...among(IMAGE, (_, { slot }: Disk, { boot, disks }) =>
      boot.source === 'image' && slot === disks[0].slot ? boot : null,
    ),
  ],
  // A word in the provider, no boolean.
  discard: field('discard', word('Pass trim to the storage.', ['on', 'ignore']), (on) => (on ? 'on' : 'ignore')),
  ssd: field('ssd', flag('Present the disk as an SSD.')),
  iothread: field('iothread', flag('A thread of its own for the disk.')),
  backup: field('backup', flag('Part of backups.')),
  replicate: field('replicate', flag('Part of replication.')),
  serial: optional('serial', text('Serial number the guest sees.', { pattern: '^[A-Za-z0-9_.-]+$', maxLength: 20 })),
};

export const NIC: Rows<Nic> = {
  slot: leftOut('the provider numbers NICs by their place in the list'),
  bridge: field('bridge', text('Bridge of the Proxmox host.', BRIDGE)),
  model: field('model', word('Device model.', ['virtio'])),
  macAddress: field('macAddress', text('Upper case, as Proxmox stores it.', MAC)),
  vlanTag: optional('vlanId', integer('VLAN that Proxmox tags.', 1, 4094)),
  mtu: optional('mtu', integer('MTU; 1 takes that of the bridge.', 1, 65_520)),
  queues: optional('queues', integer('Queues; 0 for one.', 0, 64)),
  firewall: optional('firewall', flag("Proxmox' firewall filters this NIC.")),
};

const IP_CONFIG: Rows<IpConfig> = {
  address: field('address', text('CIDR notation.', ADDRESS)),
  gateway: optional('gateway', text('Default gateway.', GATEWAY)),
};

const IP_CONFIGS = array(
  'By position of the NIC.',
  object('Addresses of one NIC; empty for none.', [], {
    ipv4: array('IPv4 address.', schemaOf('Address and gateway.', IP_CONFIG), { maxItems: 1 }),
  }),
  { maxItems: 8 },
);

const SNIPPETS: Rows<Snippets> = {
  user: field('userDataFileId', text('Snippet with the machine configuration.', VOLUME)),
  meta: field('metaDataFileId', text('Snippet with the metadata.', VOLUME)),
  network: field('networkDataFileId', text('Snippet with the network configuration.', VOLUME)),
};

export const CLOUD_INIT: Rows<CloudInit> = {
  drive: [
    constant('type', word('Format; Talos reads nocloud.', ['nocloud']), 'nocloud'),
    field('interface', text('Drive; machine q35 has ide0 and ide2.', DEVICE)),
  ],
  storage: field('datastoreId', text('Proxmox storage.', STORAGE)),
  ipConfigs: optional('ipConfig', IP_CONFIGS, ipConfigs),
  nameservers: DNS(
    'servers',
    array('Addresses.', text('Address.', { maxLength: 45 }), { minItems: 1, maxItems: 64 }),
    (servers) => (servers.length === 0 ? null : servers),
  ),
  snippets: among(SNIPPETS, (snippets: CloudInit['snippets']) => snippets),
};

/** The provider encodes the strings itself; they are plain text here. */
export const SMBIOS: Rows<Smbios> = {
  uuid: field('uuid', text('Identity of the machine.', UUID)),
  serial: optional(
    'serial',
    text('Where Talos fetches its configuration: ds=nocloud-net;s=<url>.', { maxLength: 1024 }),
  ),
};

export const STARTUP: Rows<Startup> = {
  order: field('order', integer('Lower starts earlier.', 0, 1000)),
  upDelaySeconds: field('upDelay', integer('Seconds until the next VM starts.', ...SECONDS)),
  downDelaySeconds: field('downDelay', integer('Seconds until the next VM stops.', ...SECONDS)),
};

export const WATCHDOG: Rows<Watchdog> = {
  model: [
    constant('enabled', flag('Once the guest feeds it, it must go on.'), true),
    field('model', word('Device model; Talos has a driver for this one.', ['i6300esb'])),
  ],
  action: field(
    'action',
    word('What happens when the guest stops feeding it.', ['reset', 'shutdown', 'poweroff', 'pause', 'none']),
  ),
};

export const VGA: Rows<Vga> = {
  type: field('type', word('Type of the card.', ['std', 'virtio', 'qxl', 'serial0', 'none'])),
  memoryMiB: optional('memory', integer('Memory in MiB.', 4, 512)),
};

/**
 * One block per NIC, by position; an empty block for a NIC without an address, none for those
 * after the last one that has any.
 */
function ipConfigs(configs: CloudInit['ipConfigs'], _: CloudInit, vm: Vm): readonly unknown[] | null {
  const last = configs.findLastIndex((config) => config !== null);
  if (last === -1) return null;
  return configs
    .slice(0, last + 1)
    .map((config) => (config === null ? {} : { ipv4: [valueOf(IP_CONFIG, config, vm)] }));
}
