/**
 * The blocks of a VM in the provider's own field names. Both styles build from them: `managed`
 * writes them into an EnvironmentVM, `composition` into a TalosNode that patches lower to the same.
 *
 * A block says all that the provider would default wrongly: CPU type qemu64, EFI type 2m,
 * datastore local-lvm, operating system `other`.
 */

import type { Disk, IpConfig, Nic, Vm } from '../../model/cluster.ts';
import { present } from './manifest.ts';

export type Block = Readonly<Record<string, unknown>>;

export function cpu({ cores, sockets, cpuType, numa }: Vm): Block {
  return { type: cpuType, cores, sockets, numa };
}

/** `floating` is the balloon; 0 switches ballooning off. */
export function memory({ memoryMiB, balloonMiB }: Vm): Block {
  return { dedicated: memoryMiB, floating: balloonMiB };
}

export function efiDisk({ efiDisk: disk }: Vm): Block | null {
  return disk === null ? null : { datastoreId: disk.storage, type: disk.type, preEnrolledKeys: disk.preEnrolledKeys };
}

export function tpmState({ tpm }: Vm): Block | null {
  return tpm === null ? null : { datastoreId: tpm.storage, version: tpm.version };
}

/**
 * The source template. A full clone names its datastore at once: without it the copy lands on the
 * template's store and is moved afterwards. Proxmox takes no datastore for a linked clone.
 */
export function clone({ boot, disks }: Vm): Block | null {
  if (boot.source !== 'template') return null;
  return present({
    vmId: boot.templateId,
    nodeName: boot.templateNode,
    full: boot.full,
    datastoreId: boot.full ? disks[0].storage : null,
  });
}

export function cdrom({ boot }: Vm): Block | null {
  return boot.source === 'iso' ? { fileId: boot.volumeId, interface: boot.drive } : null;
}

export function disks(vm: Vm): readonly Block[] {
  const imported = vm.boot.source === 'image' ? vm.boot.volumeId : null;
  return vm.disks.map((disk, index) => diskBlock(disk, index === 0 ? imported : null));
}

/** @param importFrom volume the disk is made from; read at creation only, so an upgrade changes nothing */
function diskBlock(disk: Disk, importFrom: string | null): Block {
  return present({
    interface: disk.slot,
    datastoreId: disk.storage,
    size: disk.sizeGiB,
    importFrom,
    // A word in the provider, no boolean.
    discard: disk.discard ? 'on' : 'ignore',
    ssd: disk.ssd,
    iothread: disk.iothread,
    backup: disk.backup,
    replicate: disk.replicate,
    serial: disk.serial,
  });
}

export function networkDevices(vm: Vm): readonly Block[] {
  return vm.nics.map(networkDevice);
}

function networkDevice(nic: Nic): Block {
  return present({
    bridge: nic.bridge,
    model: nic.model,
    macAddress: nic.macAddress,
    vlanId: nic.vlanTag,
    mtu: nic.mtu,
    queues: nic.queues,
    firewall: nic.firewall,
  });
}

/**
 * The cloud-init drive in parts that patches can place one by one; `dns` is a single block.
 * `null`: the VM has none.
 */
export function initialization({ cloudInit }: Vm): Block | null {
  if (cloudInit === null) return null;
  const { snippets } = cloudInit;
  const ipConfig = ipConfigs(cloudInit.ipConfigs);
  return present({
    type: 'nocloud',
    interface: cloudInit.drive,
    datastoreId: cloudInit.storage,
    ipConfig: ipConfig.length === 0 ? null : ipConfig,
    dns: cloudInit.nameservers.length === 0 ? null : { servers: cloudInit.nameservers },
    userDataFileId: snippets?.user ?? null,
    metaDataFileId: snippets?.meta ?? null,
    networkDataFileId: snippets?.network ?? null,
  });
}

/**
 * One block per NIC, by position; an empty block for a NIC without an address, none for those
 * after the last one that has any.
 */
function ipConfigs(configs: readonly (IpConfig | null)[]): readonly Block[] {
  const last = configs.findLastIndex((config) => config !== null);
  return configs
    .slice(0, last + 1)
    .map((config) =>
      config === null ? {} : { ipv4: [present({ address: config.address, gateway: config.gateway })] },
    );
}

/** The provider encodes the strings itself; they are plain text here. */
export function smbios({ smbios: { uuid, serial } }: Vm): Block {
  return present({ uuid, serial });
}

export function startup({ startup: { order, upDelaySeconds, downDelaySeconds } }: Vm): Block {
  return { order, upDelay: upDelaySeconds, downDelay: downDelaySeconds };
}

/** The only watchdog that Talos has a driver for. */
export function watchdog(vm: Vm): Block | null {
  return vm.watchdog ? { enabled: true, model: 'i6300esb', action: 'reset' } : null;
}
