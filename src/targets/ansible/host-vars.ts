/** One VM as variables of an inventory host: everything the role needs to know of it. */

import type {
  Boot,
  CloudInit,
  EfiDisk,
  ImageBoot,
  IsoBoot,
  TemplateBoot,
  Tpm,
  Vm,
  VmCluster,
  VmNode,
} from '../../model/cluster.ts';
import { resultsOf, type PerField } from '../../model/per-field.ts';
import { smbiosProperty } from '../../model/smbios.ts';
import { diskVariables, nicVariables } from './devices.ts';
import { imageOn } from './images.ts';
import { IP_CONFIG, propertyText, SNIPPETS, STARTUP, VGA, WATCHDOG } from './properties.ts';

type Variables = Readonly<Record<string, unknown>>;

/** What a field of a VM gives to the variables of its host. */
interface HostPart {
  /** Variables of their own. */
  readonly host?: Variables;
  /** Volumes of the firmware as Proxmox stores them: made with the VM, and never changed afterwards. */
  readonly firmware?: Variables;
  /** CD-ROM drives: the ISO, and what cloud-init reads. */
  readonly drives?: Variables;
  readonly devices?: Variables;
  /** Arguments of `proxmox_kvm` that an update of an existing VM honours. */
  readonly options?: Variables;
  /** The same options as Proxmox stores them: what the role compares before it changes anything. */
  readonly wanted?: Variables;
}

interface Context {
  readonly cluster: VmCluster;
  readonly vm: Vm;
}

type HostVars<Part> = PerField<Part, HostPart, Context>;

const VM: HostVars<Vm> = {
  vmId: variable('proxmox_vm_id'),
  pveNode: variable('proxmox_vm_node'),
  // The modules are given the name of the inventory's host, which is the VM's.
  name: (name) => ({ wanted: { name } }),
  description: (text) => ({
    host: { proxmox_vm_description: text },
    wanted: { description: text },
  }),
  pool: (pool) => ({ host: { proxmox_vm_pool: pool ?? '' } }),
  boot: (boot, _, context) => gathered([{ host: { proxmox_vm_source: boot.source } }, bootVariables(boot, context)]),
  efiDisk: (disk) => ({ firmware: disk === null ? {} : { efidisk0: merged(resultsOf(EFI_DISK, disk, null)) } }),
  tpm: (tpm) => ({ firmware: tpm === null ? {} : { tpmstate0: merged(resultsOf(TPM, tpm, null)) } }),
  disks: (disks) => ({ devices: { proxmox_vm_disks: disks.map(diskVariables) } }),
  nics: (nics) => ({ devices: { proxmox_vm_nics: nics.map(nicVariables) } }),
  cores: option('cores'),
  sockets: option('sockets'),
  memoryMiB: option('memory'),
  balloonMiB: option('balloon'),
  cpuType: option('cpu'),
  numa: option('numa_enabled', 'numa'),
  machine: option('machine'),
  bios: option('bios'),
  scsiController: option('scsihw'),
  osType: option('ostype'),
  bootOrder: (devices) => option('boot')(`order=${devices.join(';')}`),
  onBoot: option('onboot'),
  protection: option('protection'),
  agent: (agent) => option('agent')(`enabled=${agent ? 1 : 0}`),
  startup: (startup) => option('startup')(propertyText(STARTUP, startup)),
  smbios: (smbios) => option('smbios', 'smbios1')(smbiosProperty(smbios)),
  tags: (tags) => ({ options: { tags }, wanted: { tags: tags.join(';') } }),
  vga: (vga) => option('vga')(propertyText(VGA, vga)),
  serialPorts: (devices) => {
    const ports = Object.fromEntries(devices.map((device, index) => [`serial${index}`, device]));
    return { options: { serial: ports }, wanted: ports };
  },
  watchdog: (watchdog) => (watchdog === null ? {} : option('watchdog')(propertyText(WATCHDOG, watchdog))),
  cloudInit: (drive, _, context) => (drive === null ? {} : gathered(resultsOf(CLOUD_INIT, drive, context))),
};

const EFI_DISK: PerField<EfiDisk, Variables> = {
  storage: (storage) => ({ storage }),
  type: (efitype) => ({ efitype }),
  preEnrolledKeys: (keys) => ({ 'pre-enrolled-keys': keys ? '1' : '0' }),
};

const TPM: PerField<Tpm, Variables> = { storage: (storage) => ({ storage }), version: (version) => ({ version }) };

const IMAGE: HostVars<Omit<ImageBoot, 'source'>> = {
  imageKey: (key, { volumeId }, context) => ({ host: { proxmox_vm_image: bootFile(key, volumeId, context) } }),
  volumeId: () => ({}), // with its file
};

const TEMPLATE: HostVars<Omit<TemplateBoot, 'source'>> = {
  templateId: variable('proxmox_vm_template_id'),
  templateNode: variable('proxmox_vm_template_node'),
  full: variable('proxmox_vm_clone_full'),
};

const ISO: HostVars<Omit<IsoBoot, 'source'>> = {
  imageKey: (key, { volumeId }, context) => ({ host: { proxmox_vm_image: bootFile(key, volumeId, context) } }),
  volumeId: (volumeId, { drive }) => ({ drives: { [drive]: `${volumeId},media=cdrom` } }),
  drive: () => ({}), // with the volume in it
};

const CLOUD_INIT: HostVars<CloudInit> = {
  drive: (drive, { storage }) => ({
    drives: { [drive]: `${storage}:cloudinit` },
    options: { citype: 'nocloud' },
    wanted: { citype: 'nocloud' },
  }),
  storage: () => ({}), // with the drive
  ipConfigs: (configs) => {
    const ipconfig = ipConfigs(configs);
    return { options: { ipconfig }, wanted: ipconfig };
  },
  nameservers: (servers) => ({ options: { nameservers: servers }, wanted: { nameserver: servers.join(' ') } }),
  snippets: (files) => (files === null ? {} : option('cicustom')(propertyText(SNIPPETS, files))),
};

export function hostVars(cluster: VmCluster, { address, vm }: VmNode): Variables {
  const { host, firmware, drives, devices, options, wanted } = gathered(resultsOf(VM, vm, { cluster, vm }));
  return {
    proxmox_vm_address: address,
    ...host,
    proxmox_vm_firmware: firmware,
    proxmox_vm_drives: drives,
    ...devices,
    proxmox_vm_options: options,
    proxmox_vm_wanted: wanted,
  };
}

function variable(name: string): (value: unknown) => HostPart {
  return (value) => ({ host: { [name]: value } });
}

/** An option of the VM by the name of the module's argument, and by that under which Proxmox stores it as text. */
function option(argument: string, stored = argument): (value: string | number | boolean) => HostPart {
  return (value) => ({
    options: { [argument]: value },
    wanted: { [stored]: typeof value === 'boolean' ? (value ? '1' : '0') : String(value) },
  });
}

function bootVariables(boot: Boot, context: Context): HostPart {
  switch (boot.source) {
    case 'image':
      return gathered(resultsOf(IMAGE, boot, context));
    case 'template':
      return gathered(resultsOf(TEMPLATE, boot, context));
    case 'iso':
      return gathered(resultsOf(ISO, boot, context));
  }
}

function bootFile(key: string, volumeId: string, { cluster, vm }: Context): Variables {
  const image = cluster.proxmox.images.find((candidate) => candidate.key === key);
  return image === undefined ? {} : { ...imageOn(image, vm.pveNode), volume: volumeId };
}

function ipConfigs(configs: CloudInit['ipConfigs']): Record<string, string> {
  return Object.fromEntries(
    configs.flatMap((config, position) =>
      config === null ? [] : [[`ipconfig${position}`, propertyText(IP_CONFIG, config)]],
    ),
  );
}

/** What several fields give, group by group. */
function gathered(parts: readonly HostPart[]): Required<HostPart> {
  const group = (name: keyof HostPart): Variables => merged(parts.map((part) => part[name] ?? {}));
  return {
    host: group('host'),
    firmware: group('firmware'),
    drives: group('drives'),
    devices: group('devices'),
    options: group('options'),
    wanted: group('wanted'),
  };
}

function merged(variables: readonly Variables[]): Variables {
  return Object.assign({}, ...variables) as Variables;
}
