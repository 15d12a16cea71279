/** The state that the model demands: what Proxmox would hold if a backend had built exactly this cluster. */

import { base64 } from '../../model/base64.ts';
import type { Disk, IpConfig, Nic, Vm, VmCluster } from '../../model/cluster.ts';
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
        config: configOf(vm),
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

/** The VM as lines of a Proxmox configuration file; volumes have no names of their own here. */
function configOf(vm: Vm): [string, string][] {
  const flag = (value: boolean): string => (value ? '1' : '0');
  const { startup, smbios } = vm;
  return [
    ['name', vm.name],
    ['description', vm.description],
    ['tags', vm.tags.join(';')],
    ['bios', vm.bios],
    ['machine', vm.machine],
    ['ostype', vm.osType],
    ['cpu', vm.cpuType],
    ['cores', String(vm.cores)],
    ['sockets', String(vm.sockets)],
    ['numa', flag(vm.numa)],
    ['memory', String(vm.memoryMiB)],
    ['balloon', String(vm.balloonMiB)],
    ['scsihw', vm.scsiController],
    ['boot', `order=${vm.bootOrder.join(';')}`],
    ['agent', `enabled=${flag(vm.agent)}`],
    ['onboot', flag(vm.onBoot)],
    ['protection', flag(vm.protection)],
    ['startup', `order=${startup.order},up=${startup.upDelaySeconds},down=${startup.downDelaySeconds}`],
    ['smbios1', smbiosText(smbios)],
    ['serial0', 'socket'],
    ['vga', 'std'],
    ...(vm.watchdog ? [['watchdog', 'model=i6300esb,action=reset'] as [string, string]] : []),
    ...firmware(vm),
    ...vm.disks.map((disk): [string, string] => [disk.slot, diskText(disk)]),
    ...vm.nics.map((nic): [string, string] => [nic.slot, nicText(nic)]),
    ...(vm.boot.source === 'iso' ? [[vm.boot.drive, `${vm.boot.volumeId},media=cdrom`] as [string, string]] : []),
    ...cloudInit(vm),
  ];
}

function smbiosText({ uuid, serial }: Vm['smbios']): string {
  return serial === null ? `uuid=${uuid}` : `uuid=${uuid},serial=${base64(serial)},base64=1`;
}

function firmware({ efiDisk, tpm }: Vm): [string, string][] {
  return [
    ...(efiDisk === null
      ? []
      : [
          [
            'efidisk0',
            `${efiDisk.storage}:efi,efitype=${efiDisk.type},pre-enrolled-keys=${efiDisk.preEnrolledKeys ? 1 : 0}`,
          ] as [string, string],
        ]),
    ...(tpm === null ? [] : [['tpmstate0', `${tpm.storage}:tpm,version=${tpm.version}`] as [string, string]]),
  ];
}

function diskText(disk: Disk): string {
  const flag = (name: string, value: boolean): string => `${name}=${value ? 1 : 0}`;
  return [
    `${disk.storage}:disk`,
    `size=${disk.sizeGiB * GIB}`,
    flag('ssd', disk.ssd),
    `discard=${disk.discard ? 'on' : 'ignore'}`,
    flag('iothread', disk.iothread),
    flag('backup', disk.backup),
    flag('replicate', disk.replicate),
    ...(disk.serial === null ? [] : [`serial=${disk.serial}`]),
  ].join(',');
}

function nicText(nic: Nic): string {
  return [
    `${nic.model}=${nic.macAddress}`,
    `bridge=${nic.bridge}`,
    ...(nic.vlanTag === null ? [] : [`tag=${nic.vlanTag}`]),
    ...(nic.mtu === null ? [] : [`mtu=${nic.mtu}`]),
    `queues=${nic.queues}`,
    `firewall=${nic.firewall ? 1 : 0}`,
  ].join(',');
}

function cloudInit({ cloudInit: drive }: Vm): [string, string][] {
  if (drive === null) return [];
  const { snippets } = drive;
  return [
    [drive.drive, `${drive.storage}:cloudinit,media=cdrom`],
    ['nameserver', drive.nameservers.join(' ')],
    ...drive.ipConfigs.flatMap((config, index): [string, string][] =>
      config === null ? [] : [[`ipconfig${index}`, ipText(config)]],
    ),
    ...(snippets === null
      ? []
      : [['cicustom', `user=${snippets.user},meta=${snippets.meta},network=${snippets.network}`] as [string, string]]),
  ];
}

function ipText({ address, gateway }: IpConfig): string {
  return gateway === null ? `ip=${address}` : `ip=${address},gw=${gateway}`;
}
