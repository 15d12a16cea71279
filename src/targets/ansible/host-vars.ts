/** One VM as variables of an inventory host: everything the role needs to know of it. */

import type { BootImage, Nic, Vm, VmCluster, VmNode } from '../../model/cluster.ts';
import { smbiosProperty } from '../../model/smbios.ts';

type Variables = Readonly<Record<string, unknown>>;

export function hostVars(cluster: VmCluster, node: VmNode): Variables {
  const { vm } = node;
  return {
    proxmox_vm_id: vm.vmId,
    proxmox_vm_node: vm.pveNode,
    proxmox_vm_address: node.address,
    proxmox_vm_description: vm.description,
    proxmox_vm_pool: vm.pool ?? '',
    proxmox_vm_source: vm.boot.source,
    ...source(cluster, node),
    proxmox_vm_firmware: firmware(vm),
    proxmox_vm_drives: drives(vm),
    proxmox_vm_disks: disks(vm),
    proxmox_vm_nics: vm.nics.map(nic),
    proxmox_vm_options: options(vm),
    proxmox_vm_wanted: wanted(vm),
  };
}

function source({ proxmox }: VmCluster, { vm }: VmNode): Variables {
  const { boot } = vm;
  if (boot.source === 'template') {
    return {
      proxmox_vm_template_id: boot.templateId,
      proxmox_vm_template_node: boot.templateNode,
      proxmox_vm_clone_full: boot.full,
    };
  }
  const image = proxmox.images.find(({ key }) => key === boot.imageKey);
  return image === undefined ? {} : { proxmox_vm_image: imageOn(image, vm.pveNode) };
}

/** A boot file as `proxmox_template` downloads it to a host. */
export function imageOn(image: BootImage, pveNode: string): Variables {
  const placement = image.placements.find((candidate) => candidate.pveNode === pveNode);
  return {
    url: image.url,
    file: image.fileName,
    content: image.contentType,
    storage: placement?.storage ?? '',
    volume: placement?.volumeId ?? '',
  };
}

/** Volumes of the firmware as Proxmox stores them: made with the VM, and never changed afterwards. */
function firmware({ efiDisk, tpm }: Vm): Variables {
  return {
    ...(efiDisk === null
      ? {}
      : {
          efidisk0: {
            storage: efiDisk.storage,
            efitype: efiDisk.type,
            'pre-enrolled-keys': efiDisk.preEnrolledKeys ? '1' : '0',
          },
        }),
    ...(tpm === null ? {} : { tpmstate0: { storage: tpm.storage, version: tpm.version } }),
  };
}

/** CD-ROM drives: the ISO, and what cloud-init reads. */
function drives(vm: Vm): Variables {
  return {
    ...(vm.boot.source === 'iso' ? { [vm.boot.drive]: `${vm.boot.volumeId},media=cdrom` } : {}),
    ...(vm.cloudInit === null ? {} : { [vm.cloudInit.drive]: `${vm.cloudInit.storage}:cloudinit` }),
  };
}

function disks(vm: Vm): Variables[] {
  const flag = (value: boolean): string => (value ? '1' : '0');
  return vm.disks.map((disk) => ({
    slot: disk.slot,
    storage: disk.storage,
    size_gib: disk.sizeGiB,
    // As Proxmox stores them: what the role compares.
    options: {
      backup: flag(disk.backup),
      discard: disk.discard ? 'on' : 'ignore',
      iothread: flag(disk.iothread),
      replicate: flag(disk.replicate),
      ...(disk.serial === null ? {} : { serial: disk.serial }),
      ssd: flag(disk.ssd),
    },
  }));
}

function nic(item: Nic): Variables {
  return {
    slot: item.slot,
    bridge: item.bridge,
    mac: item.macAddress,
    vlan: item.vlanTag ?? 0,
    mtu: item.mtu ?? 0,
    queues: item.queues,
    firewall: item.firewall,
    stored: storedNic(item),
  };
}

/** A NIC as Proxmox stores it and as `proxmox_nic` compares it: options in alphabetical order. */
function storedNic({ model, macAddress, bridge, firewall, mtu, queues, vlanTag }: Nic): string {
  return [
    `${model}=${macAddress}`,
    `bridge=${bridge}`,
    ...(firewall ? ['firewall=1'] : []),
    ...(mtu === null ? [] : [`mtu=${mtu}`]),
    ...(queues === 0 ? [] : [`queues=${queues}`]),
    ...(vlanTag === null ? [] : [`tag=${vlanTag}`]),
  ].join(',');
}

function startup({ startup: { order, upDelaySeconds, downDelaySeconds } }: Vm): string {
  return `order=${order},up=${upDelaySeconds},down=${downDelaySeconds}`;
}

function ipConfigs(vm: Vm): Record<string, string> {
  const configs = vm.cloudInit?.ipConfigs ?? [];
  return Object.fromEntries(
    configs.flatMap((config, position) =>
      config === null
        ? []
        : [[`ipconfig${position}`, `ip=${config.address}${config.gateway === null ? '' : `,gw=${config.gateway}`}`]],
    ),
  );
}

function snippets({ cloudInit }: Vm): string | null {
  const files = cloudInit?.snippets ?? null;
  return files === null ? null : `user=${files.user},meta=${files.meta},network=${files.network}`;
}

/** Arguments of `proxmox_kvm` that an update of an existing VM honours. */
function options(vm: Vm): Variables {
  const custom = snippets(vm);
  return {
    cores: vm.cores,
    sockets: vm.sockets,
    memory: vm.memoryMiB,
    balloon: vm.balloonMiB,
    cpu: vm.cpuType,
    numa_enabled: vm.numa,
    machine: vm.machine,
    bios: vm.bios,
    scsihw: vm.scsiController,
    ostype: vm.osType,
    boot: `order=${vm.bootOrder.join(';')}`,
    onboot: vm.onBoot,
    protection: vm.protection,
    agent: `enabled=${vm.agent ? 1 : 0}`,
    startup: startup(vm),
    smbios: smbiosProperty(vm.smbios),
    tags: vm.tags,
    vga: 'std',
    serial: { serial0: 'socket' },
    ...(vm.watchdog ? { watchdog: 'model=i6300esb,action=reset' } : {}),
    ...(vm.cloudInit === null
      ? {}
      : { citype: 'nocloud', ipconfig: ipConfigs(vm), nameservers: vm.cloudInit.nameservers }),
    ...(custom === null ? {} : { cicustom: custom }),
  };
}

/** The same options as Proxmox stores them: what the role compares before it changes anything. */
function wanted(vm: Vm): Variables {
  const custom = snippets(vm);
  return {
    name: vm.name,
    description: vm.description,
    cores: String(vm.cores),
    sockets: String(vm.sockets),
    memory: String(vm.memoryMiB),
    balloon: String(vm.balloonMiB),
    cpu: vm.cpuType,
    numa: vm.numa ? '1' : '0',
    machine: vm.machine,
    bios: vm.bios,
    scsihw: vm.scsiController,
    ostype: vm.osType,
    boot: `order=${vm.bootOrder.join(';')}`,
    onboot: vm.onBoot ? '1' : '0',
    protection: vm.protection ? '1' : '0',
    agent: `enabled=${vm.agent ? 1 : 0}`,
    startup: startup(vm),
    smbios1: smbiosProperty(vm.smbios),
    tags: vm.tags.join(';'),
    vga: 'std',
    serial0: 'socket',
    ...(vm.watchdog ? { watchdog: 'model=i6300esb,action=reset' } : {}),
    ...(vm.cloudInit === null
      ? {}
      : { citype: 'nocloud', ...ipConfigs(vm), nameserver: vm.cloudInit.nameservers.join(' ') }),
    ...(custom === null ? {} : { cicustom: custom }),
  };
}
