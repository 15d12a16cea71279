/**
 * The state that the model demands: what Proxmox would hold if a backend had built exactly this cluster.
 *
 * It shares nothing with what it judges: of the model it knows the types, of the backends nothing.
 */

import type {
  Boot,
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
  VmCluster,
  Watchdog,
} from '../../model/cluster.ts';
import type { PerField } from '../../model/per-field.ts';
import { vmConfigProperties } from '../schema/facts.ts';
import { GIB } from '../schema/size.ts';
import type { PveVersion } from '../schema/types.ts';
import { normalizeVm, type NormalVm } from './normalize.ts';

/** VM id -> the normal form of the VM that must have it. */
export function expected(cluster: VmCluster, version: PveVersion): ReadonlyMap<number, NormalVm> {
  const properties = vmConfigProperties(version);
  return new Map(
    cluster.nodes.map(({ vm: model }) => {
      const { vm, restored } = heldApart(model);
      const state = {
        vmid: vm.vmId,
        node: vm.pveNode,
        config: each(VM, vm),
        pendingKeys: [],
        pool: vm.pool,
        running: true,
      };
      return [vm.vmId, restored(normalizeVm(state, properties))];
    }),
  );
}

/**
 * A value with a separator in it would fall apart into options of its own, here as on the host, and the two would agree.
 * So a name stands for it until the property strings are taken apart.
 */
function heldApart(model: Vm): { readonly vm: Vm; restored(normal: NormalVm): NormalVm } {
  const values: string[] = [];
  const name = (index: number): string => `held${index}apart`;
  const held = (value: unknown): unknown => {
    if (typeof value === 'string') return /[,;=\s]/.test(value) ? name(values.push(value) - 1) : value;
    if (Array.isArray(value)) return value.map(held);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, held(item)]));
  };
  const restore = (text: string): string =>
    values.reduce((whole, value, index) => whole.replace(name(index), () => value), text);
  return {
    vm: held(model) as Vm,
    restored: (normal) => Object.fromEntries(Object.entries(normal).map(([key, text]) => [key, restore(text)])),
  };
}

type Line = readonly [key: string, value: string];

/** Lines of the configuration file that each field of a part becomes. */
type Lines<Part> = PerField<Part, readonly Line[]>;

/** Options of one line that each field of a part becomes. */
type Options<Part> = PerField<Part, readonly string[]>;

/** Lines of a Proxmox configuration file; volumes have no names of their own here. */
const VM: Lines<Vm> = {
  vmId: () => [], // in the state beside the configuration: `expected`
  pveNode: () => [], // in the state beside the configuration: `expected`
  pool: () => [], // in the state beside the configuration: `expected`
  name: (name) => [['name', name]],
  description: (text) => [['description', text]],
  tags: (tags) => [['tags', tags.join(';')]],
  bios: (bios) => [['bios', bios]],
  machine: (machine) => [['machine', machine]],
  osType: (type) => [['ostype', type]],
  cpuType: (type) => [['cpu', type]],
  cores: (cores) => [['cores', String(cores)]],
  sockets: (sockets) => [['sockets', String(sockets)]],
  numa: (numa) => [['numa', flag(numa)]],
  memoryMiB: (memory) => [['memory', String(memory)]],
  balloonMiB: (balloon) => [['balloon', String(balloon)]],
  scsiController: (controller) => [['scsihw', controller]],
  efiDisk: (disk) => (disk === null ? [] : [['efidisk0', options(EFI_DISK, disk)]]),
  tpm: (tpm) => (tpm === null ? [] : [['tpmstate0', options(TPM, tpm)]]),
  boot: (boot) => bootLines(boot),
  bootOrder: (devices) => [['boot', `order=${devices.join(';')}`]],
  disks: (disks) => disks.map((disk) => [disk.slot, options(DISK, disk)]),
  nics: (nics) => nics.map((nic) => [nic.slot, options(NIC, nic)]),
  cloudInit: (drive) => (drive === null ? [] : each(CLOUD_INIT, drive)),
  agent: (agent) => [['agent', `enabled=${flag(agent)}`]],
  watchdog: (watchdog) => (watchdog === null ? [] : [['watchdog', options(WATCHDOG, watchdog)]]),
  vga: (vga) => [['vga', options(VGA, vga)]],
  serialPorts: (devices) => devices.map((device, index) => [`serial${index}`, device]),
  smbios: (smbios) => [['smbios1', options(SMBIOS, smbios)]],
  startup: (startup) => [['startup', options(STARTUP, startup)]],
  onBoot: (on) => [['onboot', flag(on)]],
  protection: (on) => [['protection', flag(on)]],
};

const EFI_DISK: Options<EfiDisk> = {
  storage: (storage) => [`${storage}:efi`],
  type: (type) => [`efitype=${type}`],
  preEnrolledKeys: (keys) => [`pre-enrolled-keys=${flag(keys)}`],
};

const TPM: Options<Tpm> = {
  storage: (storage) => [`${storage}:tpm`],
  version: (version) => [`version=${version}`],
};

const PAST = { leftOut: 'a disk does not show what it was made from' };

const IMAGE: Lines<Omit<ImageBoot, 'source'>> = { imageKey: PAST, volumeId: PAST };
const TEMPLATE: Lines<Omit<TemplateBoot, 'source'>> = { templateId: PAST, templateNode: PAST, full: PAST };

const ISO: Lines<Omit<IsoBoot, 'source'>> = {
  imageKey: { leftOut: 'the volume is that of the file with this key' },
  volumeId: (volumeId, { drive }) => [[drive, `${volumeId},media=cdrom`]],
  drive: () => [], // the key of that line
};

const DISK: Options<Disk> = {
  slot: () => [], // the key of the line
  storage: (storage) => [`${storage}:disk`],
  sizeGiB: (size) => [`size=${size * GIB}`],
  ssd: (on) => [`ssd=${flag(on)}`],
  discard: (on) => [`discard=${on ? 'on' : 'ignore'}`],
  iothread: (on) => [`iothread=${flag(on)}`],
  backup: (on) => [`backup=${flag(on)}`],
  replicate: (on) => [`replicate=${flag(on)}`],
  serial: (serial) => (serial === null ? [] : [`serial=${serial}`]),
};

const NIC: Options<Nic> = {
  slot: () => [], // the key of the line
  model: (model, { macAddress }) => [`${model}=${macAddress}`],
  macAddress: () => [], // with the model
  bridge: (bridge) => [`bridge=${bridge}`],
  vlanTag: (tag) => (tag === null ? [] : [`tag=${tag}`]),
  mtu: (mtu) => (mtu === null ? [] : [`mtu=${mtu}`]),
  queues: (queues) => [`queues=${queues}`],
  firewall: (on) => [`firewall=${flag(on)}`],
};

const CLOUD_INIT: Lines<CloudInit> = {
  drive: (drive, { storage }) => [[drive, `${storage}:cloudinit,media=cdrom`]],
  storage: () => [], // with the drive
  ipConfigs: (configs) =>
    configs.flatMap((config, index) => (config === null ? [] : [[`ipconfig${index}`, options(IP_CONFIG, config)]])),
  nameservers: (servers) => [['nameserver', servers.join(' ')]],
  snippets: (files) => (files === null ? [] : [['cicustom', options(SNIPPETS, files)]]),
};

const IP_CONFIG: Options<IpConfig> = {
  address: (address) => [`ip=${address}`],
  gateway: (gateway) => (gateway === null ? [] : [`gw=${gateway}`]),
};

const SNIPPETS: Options<Snippets> = {
  user: (file) => [`user=${file}`],
  meta: (file) => [`meta=${file}`],
  network: (file) => [`network=${file}`],
};

const SMBIOS: Options<Smbios> = {
  uuid: (uuid) => [`uuid=${uuid}`],
  serial: (serial) => (serial === null ? [] : [`serial=${toBase64(serial)}`, 'base64=1']),
};

const WATCHDOG: Options<Watchdog> = {
  model: (model) => [`model=${model}`],
  action: (action) => [`action=${action}`],
};

const VGA: Options<Vga> = {
  type: (type) => [`type=${type}`],
  memoryMiB: (memory) => (memory === null ? [] : [`memory=${memory}`]),
};

const STARTUP: Options<Startup> = {
  order: (order) => [`order=${order}`],
  upDelaySeconds: (seconds) => [`up=${seconds}`],
  downDelaySeconds: (seconds) => [`down=${seconds}`],
};

/** By the path of their part in a VM. */
export const TABLES = { '': VM, 'boot.image': IMAGE, 'boot.template': TEMPLATE, 'boot.iso': ISO } as const;

function bootLines(boot: Boot): readonly Line[] {
  switch (boot.source) {
    case 'image':
      return each(IMAGE, boot);
    case 'template':
      return each(TEMPLATE, boot);
    case 'iso':
      return each(ISO, boot);
  }
}

function each<Part extends object, Result>(table: PerField<Part, readonly Result[]>, part: Part): Result[] {
  return (Object.keys(table) as (keyof Part)[]).flatMap((field) => {
    const entry = table[field];
    return typeof entry === 'function' ? entry(part[field], part, null) : [];
  });
}

/** A property string: `option=value,option=value`. */
function options<Part extends object>(table: Options<Part>, part: Part): string {
  return each(table, part).join(',');
}

function flag(on: boolean): string {
  return on ? '1' : '0';
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
