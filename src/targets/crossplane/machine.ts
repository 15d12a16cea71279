/**
 * The one table of what a TalosNode is: for every field of a VM its name there, what the API server demands of it, and
 * how it is made of the model where it is not simply the same. Composite, managed resource, routes of the composition
 * and schema of the definition are all made from it.
 *
 * Names are those of the provider's EnvironmentVM, with one simplification: a block of which there is at most one is an
 * object here and a list there. A machine says all that the provider would default wrongly: CPU type qemu64, EFI type
 * 2m, datastore local-lvm, operating system `other`. Its parts have tables of their own in `devices.ts`.
 */

import type { Vm } from '../../model/cluster.ts';
import { reasonsOf } from '../../model/per-field.ts';
import { VM_IDS } from '../../model/vm-ids.ts';
import {
  CDROM,
  CLONE,
  CLOUD_INIT,
  DEVICE,
  DISK,
  EFI_DISK,
  NIC,
  SMBIOS,
  STARTUP,
  TPM,
  VGA,
  WATCHDOG,
} from './devices.ts';
import { block, field, list, maybe, optional, schemaOf, sharedBlock, valueOf, type Rows } from './fields.ts';
import { array, flag, immutable, integer, object, text, word } from './schema.ts';

const OPERATING_SYSTEM = sharedBlock('operatingSystem', 'Guest operating system.');
const CPU = sharedBlock('cpu', 'Processor.');
const MEMORY = sharedBlock('memory', 'Memory in MiB.');
const AGENT = sharedBlock('agent', 'QEMU guest agent.');

export const MACHINE: Rows<Vm> = {
  name: [], // the name of the object: `talos-node.ts`, `environment-vm.ts`
  pveNode: field('nodeName', text('Proxmox host; another one means migration.')),
  vmId: field('vmId', {
    ...integer('VM id, unique in the Proxmox cluster.', ...VM_IDS),
    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'vmId is immutable: another id is another VM' }],
  }),
  description: field('description', text('Notes of the VM.', { maxLength: 8192 })),
  tags: field(
    'tags',
    array('Lower case, sorted.', text('A tag.', { pattern: '^[a-z0-9_][a-z0-9_+.-]*$' }), { maxItems: 256 }),
  ),
  pool: optional('poolId', text('Resource pool.', { maxLength: 255 })),
  bios: field('bios', word('Firmware.', ['ovmf', 'seabios'])),
  machine: field('machine', word('Chipset; pc is i440fx.', ['q35', 'pc'])),
  osType: OPERATING_SYSTEM('type', text('l26 for Linux.', { maxLength: 16 })),
  scsiController: field('scsiHardware', word('SCSI controller.', ['virtio-scsi-pci', 'virtio-scsi-single', 'lsi'])),
  cpuType: CPU('type', text('CPU model of QEMU, host, or custom-<name>.')),
  cores: CPU('cores', integer('Cores per socket.', 1, 1024)),
  sockets: CPU('sockets', integer('Sockets.', 1, 4)),
  numa: CPU('numa', flag('Emulate NUMA nodes.')),
  memoryMiB: MEMORY('dedicated', integer('What the VM gets.', 64, 16_777_216)),
  balloonMiB: MEMORY(
    'floating',
    integer('What the balloon leaves it at least; 0 switches ballooning off.', 0, 16_777_216),
  ),
  efiDisk: maybe(block('efiDisk', 'EFI variables; needed by bios ovmf.', EFI_DISK), (disk) => disk),
  tpm: maybe(block('tpmState', 'TPM whose keys seal the encrypted partitions.', TPM), (tpm) => tpm),
  boot: [
    maybe(block('clone', 'Template this VM is cloned from.', CLONE), (boot) =>
      boot.source === 'template' ? boot : null,
    ),
    maybe(block('cdrom', 'ISO in the drive.', CDROM), (boot) => (boot.source === 'iso' ? boot : null)),
  ],
  bootOrder: field(
    'bootOrder',
    array('Devices in boot order.', text('A device.', DEVICE), { minItems: 1, maxItems: 16 }),
  ),
  disks: list(
    'disks',
    'disk',
    array(
      'Disks; the first is the system disk.',
      schemaOf('A disk.', DISK, [{ rule: 'self.size >= oldSelf.size', message: 'a disk cannot shrink' }]),
      { minItems: 1, maxItems: 31, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['interface'] },
    ),
    (disk, vm) => valueOf(DISK, disk, vm),
  ),
  nics: list(
    'networkDevices',
    'networkDevice',
    array('NICs; the first carries the address of the node.', schemaOf('A NIC.', NIC), { minItems: 1, maxItems: 32 }),
    (nic, vm) => valueOf(NIC, nic, vm),
  ),
  cloudInit: maybe(
    block(
      'initialization',
      'Cloud-init drive.',
      CLOUD_INIT,
      ['userDataFileId', 'metaDataFileId', 'networkDataFileId'].map(immutable),
    ),
    (drive) => drive,
  ),
  agent: AGENT('enabled', flag('The image holds the qemu-guest-agent extension.')),
  watchdog: maybe(block('watchdog', 'Watchdog.', WATCHDOG), (watchdog) => watchdog),
  // Not required: objects that an older talmox made lack these two.
  vga: maybe(block('vga', 'Graphics card.', VGA), (vga) => vga),
  serialPorts: maybe(
    list(
      'serialDevices',
      'serialDevice',
      array(
        'Serial ports, serial0 first.',
        object('A serial port.', ['device'], { device: text('socket, or a device of the host.') }),
        { maxItems: 4 },
      ),
      (device: string) => ({ device }),
    ),
    (devices: Vm['serialPorts']) => devices,
  ),
  smbios: block('smbios', 'What the firmware tells Talos about itself; plain text.', SMBIOS),
  startup: block('startup', 'Order in which the host starts its VMs.', STARTUP),
  onBoot: field('onBoot', flag('Start with the host.')),
  protection: field('protection', flag('Proxmox refuses to delete the VM.')),
};

/** Fields of a VM that no row is made of, with the reason. */
export const LEFT_OUT = reasonsOf({ nics: NIC });
