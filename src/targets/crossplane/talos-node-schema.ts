/** The schema of a TalosNode: what the management cluster accepts as a machine. */

import {
  cdrom,
  clone,
  DEVICE,
  disk,
  efiDisk,
  initialization,
  memory,
  networkDevice,
  processor,
  smbios,
  startup,
  tpmState,
  VM_ID,
  watchdog,
} from './device-schemas.ts';
import { flag, immutable, integer, list, object, text, word, type Rule, type Schema } from './schema.ts';

const RULES: readonly Rule[] = [
  immutable('clone'),
  {
    rule: "(self.bios == 'ovmf') == has(self.efiDisk)",
    message: 'bios ovmf needs an efiDisk, and only ovmf does',
  },
  {
    rule: '[has(self.clone), has(self.cdrom), has(self.disks[0].importFrom)].exists_one(source, source)',
    message: 'a machine comes from exactly one of clone, cdrom and disks[0].importFrom',
  },
  {
    rule: 'self.bootOrder.all(device, self.disks.exists(d, d.interface == device) || (has(self.cdrom) && self.cdrom.interface == device))',
    message: 'bootOrder names a device the machine does not have',
  },
  {
    rule: 'self.networkDevices.all(n, self.networkDevices.exists_one(m, m.macAddress == n.macAddress))',
    message: 'two NICs have the same macAddress',
  },
  {
    rule: '!has(self.initialization) || !has(self.initialization.ipConfig) || self.initialization.ipConfig.size() <= self.networkDevices.size()',
    message: 'more ipConfig entries than networkDevices',
  },
  {
    rule: '!(has(self.smbios.serial) && has(self.initialization) && has(self.initialization.userDataFileId))',
    message: 'Talos reads its configuration from smbios.serial or from userDataFileId, never from both',
  },
];

const machine: Readonly<Record<string, Schema>> = {
  nodeName: text('Proxmox host; another one means migration.'),
  vmId: {
    ...integer('VM id, unique in the Proxmox cluster.', ...VM_ID),
    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'vmId is immutable: another id is another VM' }],
  },
  description: text('Notes of the VM.', { maxLength: 8192 }),
  tags: list('Lower case, sorted.', text('A tag.', { pattern: '^[a-z0-9_][a-z0-9_+.-]*$' }), { maxItems: 256 }),
  poolId: text('Resource pool.', { maxLength: 255 }),
  bios: word('Firmware.', ['ovmf', 'seabios']),
  machine: word('Chipset; pc is i440fx.', ['q35', 'pc']),
  operatingSystem: object('Guest operating system.', ['type'], { type: text('l26 for Linux.', { maxLength: 16 }) }),
  scsiHardware: word('SCSI controller.', ['virtio-scsi-pci', 'virtio-scsi-single', 'lsi']),
  cpu: processor,
  memory,
  efiDisk,
  tpmState,
  clone,
  cdrom,
  bootOrder: list('Devices in boot order.', text('A device.', DEVICE), { minItems: 1, maxItems: 16 }),
  disks: list('Disks; the first is the system disk.', disk, {
    minItems: 1,
    maxItems: 31,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['interface'],
  }),
  networkDevices: list('NICs; the first carries the address of the node.', networkDevice, {
    minItems: 1,
    maxItems: 32,
  }),
  initialization,
  agent: object('QEMU guest agent.', ['enabled'], { enabled: flag('The image holds the qemu-guest-agent extension.') }),
  watchdog,
  smbios,
  startup,
  onBoot: flag('Start with the host.'),
  protection: flag('Proxmox refuses to delete the VM.'),
};

/** Absent means that the machine has no such device, or that Proxmox decides. */
const OPTIONAL = new Set(['poolId', 'efiDisk', 'tpmState', 'clone', 'cdrom', 'initialization', 'watchdog']);

/** `openAPIV3Schema` of the composite resource. */
export const TALOS_NODE_SCHEMA: Schema = {
  ...object('A Talos machine on Proxmox VE.', ['spec'], {
    spec: object(
      'The machine. Field names are those of the EnvironmentVM it becomes; a single block is an object here.',
      ['cluster', 'role', ...Object.keys(machine).filter((field) => !OPTIONAL.has(field))],
      {
        cluster: text('Talos cluster.', { maxLength: 63 }),
        role: word('Machine type of Talos.', ['controlplane', 'worker']),
        ...machine,
      },
      RULES,
    ),
    status: object('Set by Crossplane.', [], {
      externalName: text('Id by which the provider knows the VM.'),
      macAddresses: list('MAC addresses of the NICs.', text('A MAC address.', { maxLength: 17 }), { maxItems: 32 }),
    }),
  }),
  'x-kubernetes-validations': [
    {
      rule: "self.metadata.name.matches('^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$')",
      message: 'the name becomes the label of a Terraform resource: it must begin with a letter and hold no dot',
    },
  ],
};
