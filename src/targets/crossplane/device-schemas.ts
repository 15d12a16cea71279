/** Schemas of what a TalosNode is made of: firmware, disks, NICs, and how it starts. */

import { flag, immutable, integer, list, object, text, word } from './schema.ts';

/** Patterns are those of Proxmox; the lengths keep rules affordable. */
const STORAGE = { pattern: '^[A-Za-z][A-Za-z0-9._-]*$' };
const VOLUME = { pattern: '^[^:]+:.+$', maxLength: 512 };
const BRIDGE = { pattern: '^[A-Za-z][A-Za-z0-9_.-]*$', maxLength: 32 };
/** A drive, such as `scsi0`. */
export const DEVICE = { pattern: '^(scsi|sata|virtio|ide)[0-9]+$', maxLength: 8 };
/** Proxmox' own range. */
export const VM_ID = [100, 999_999_999] as const;

export const processor = object('Processor.', ['type', 'cores', 'sockets', 'numa'], {
  type: text('CPU model of QEMU, host, or custom-<name>.'),
  cores: integer('Cores per socket.', 1, 1024),
  sockets: integer('Sockets.', 1, 4),
  numa: flag('Emulate NUMA nodes.'),
});

export const memory = object('Memory in MiB.', ['dedicated', 'floating'], {
  dedicated: integer('What the VM gets.', 64, 16_777_216),
  floating: integer('What the balloon leaves it at least; 0 switches ballooning off.', 0, 16_777_216),
});

export const efiDisk = object('EFI variables; needed by bios ovmf.', ['datastoreId', 'type', 'preEnrolledKeys'], {
  datastoreId: text('Proxmox storage.', STORAGE),
  type: word('Size of the store.', ['4m']),
  preEnrolledKeys: flag("Microsoft's Secure Boot keys are enrolled; Talos needs setup mode, so false."),
});

export const tpmState = object('TPM whose keys seal the encrypted partitions.', ['datastoreId', 'version'], {
  datastoreId: text('Proxmox storage.', STORAGE),
  version: word('TPM version.', ['v2.0']),
});

export const clone = object('Template this VM is cloned from.', ['vmId', 'nodeName', 'full'], {
  vmId: integer('VM id of the template.', ...VM_ID),
  nodeName: text('Proxmox host of the template.'),
  full: flag('Copy the disk; false makes a linked clone.'),
  datastoreId: text('Storage of the copy; not for a linked clone.', STORAGE),
});

export const cdrom = object('ISO in the drive.', ['fileId', 'interface'], {
  fileId: text('Volume id of the ISO.', VOLUME),
  interface: text('Drive; machine q35 has ide0 and ide2.', DEVICE),
});

export const disk = object(
  'A disk.',
  ['interface', 'datastoreId', 'size', 'discard', 'ssd', 'iothread', 'backup', 'replicate'],
  {
    interface: text('Slot, such as scsi0.', DEVICE),
    datastoreId: text('Proxmox storage.', STORAGE),
    size: integer('Size in GiB. Disks grow and never shrink.', 1, 65_536),
    importFrom: text('Volume id of the image the disk is made from; read at creation only.', VOLUME),
    discard: word('Pass trim to the storage.', ['on', 'ignore']),
    ssd: flag('Present the disk as an SSD.'),
    iothread: flag('A thread of its own for the disk.'),
    backup: flag('Part of backups.'),
    replicate: flag('Part of replication.'),
    serial: text('Serial number the guest sees.', { pattern: '^[A-Za-z0-9_.-]+$', maxLength: 20 }),
  },
  [{ rule: 'self.size >= oldSelf.size', message: 'a disk cannot shrink' }],
);

export const networkDevice = object('A NIC.', ['bridge', 'model', 'macAddress'], {
  bridge: text('Bridge of the Proxmox host.', BRIDGE),
  model: word('Device model.', ['virtio']),
  macAddress: text('Upper case, as Proxmox stores it.', { pattern: '^([0-9A-F]{2}:){5}[0-9A-F]{2}$', maxLength: 17 }),
  vlanId: integer('VLAN that Proxmox tags.', 1, 4094),
  mtu: integer('MTU; 1 takes that of the bridge.', 1, 65_520),
  queues: integer('Queues; 0 for one.', 0, 64),
  firewall: flag("Proxmox' firewall filters this NIC."),
});

const ADDRESS = { pattern: '^([0-9]{1,3}[.]){3}[0-9]{1,3}/[0-9]{1,2}$', maxLength: 18 };

const ipConfig = object('Addresses of one NIC; empty for none.', [], {
  ipv4: list(
    'IPv4 address.',
    object('Address and gateway.', ['address'], {
      address: text('CIDR notation.', ADDRESS),
      gateway: text('Default gateway.', { pattern: '^([0-9]{1,3}[.]){3}[0-9]{1,3}$', maxLength: 15 }),
    }),
    { maxItems: 1 },
  ),
});

const SNIPPETS = ['userDataFileId', 'metaDataFileId', 'networkDataFileId'] as const;

export const initialization = object(
  'Cloud-init drive.',
  ['type', 'interface', 'datastoreId'],
  {
    type: word('Format; Talos reads nocloud.', ['nocloud']),
    interface: text('Drive; machine q35 has ide0 and ide2.', DEVICE),
    datastoreId: text('Proxmox storage.', STORAGE),
    ipConfig: list('By position of the NIC.', ipConfig, { maxItems: 8 }),
    dns: object('Name servers.', ['servers'], {
      servers: list('Addresses.', text('Address.', { maxLength: 45 }), { minItems: 1, maxItems: 64 }),
    }),
    userDataFileId: text('Snippet with the machine configuration.', VOLUME),
    metaDataFileId: text('Snippet with the metadata.', VOLUME),
    networkDataFileId: text('Snippet with the network configuration.', VOLUME),
  },
  SNIPPETS.map(immutable),
);

export const smbios = object('What the firmware tells Talos about itself; plain text.', ['uuid'], {
  uuid: text('Identity of the machine.', {
    pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    maxLength: 36,
  }),
  serial: text('Where Talos fetches its configuration: ds=nocloud-net;s=<url>.', { maxLength: 1024 }),
});

const SECONDS = [-1, 86_400] as const;

export const startup = object('Order in which the host starts its VMs.', ['order', 'upDelay', 'downDelay'], {
  order: integer('Lower starts earlier.', 0, 1000),
  upDelay: integer('Seconds until the next VM starts.', ...SECONDS),
  downDelay: integer('Seconds until the next VM stops.', ...SECONDS),
});

export const watchdog = object('Watchdog.', ['enabled', 'model', 'action'], {
  enabled: flag('Once the guest feeds it, it must go on.'),
  model: word('Device model; Talos has a driver for this one.', ['i6300esb']),
  action: word('What happens when the guest stops feeding it.', ['reset', 'shutdown', 'poweroff', 'pause', 'none']),
});
