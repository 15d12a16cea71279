/**
 * One VM as an object of `local.nodes`: everything that differs between nodes. The resource in
 * `main.tf` is the same text for every cluster and reads these.
 */

import type { BootImage, VmCluster, VmNode } from '../../model/cluster.ts';

export type HclObject = Readonly<Record<string, unknown>>;

/** Key of a boot file on a host, in `local.images`. */
export function imageKey(image: Pick<BootImage, 'key'>, pveNode: string): string {
  return `${image.key}@${pveNode}`;
}

/** The provider fetches each boot file once per host. */
export function images(cluster: VmCluster): HclObject {
  const entries = cluster.proxmox.images.flatMap((image) =>
    image.placements.map(({ pveNode, storage }) => [
      imageKey(image, pveNode),
      {
        content_type: image.contentType,
        datastore_id: storage,
        file_name: image.fileName,
        node_name: pveNode,
        url: image.url,
      },
    ]),
  );
  return Object.fromEntries(entries) as HclObject;
}

/** Templates that nodes are cloned from, by VM id. */
export function templates(cluster: VmCluster): HclObject {
  const entries = cluster.proxmox.templates.map((template) => [
    template.name + '@' + template.pveNode,
    {
      bios: template.bios,
      bridge: template.bridge,
      datastore_id: template.storage,
      efi_disk: template.bios === 'ovmf' ? [{ pre_enrolled_keys: false, type: '4m' }] : [],
      image: imageKey({ key: template.imageKey }, template.pveNode),
      machine: template.machine,
      name: template.name,
      node_name: template.pveNode,
      vm_id: template.vmId,
    },
  ]);
  return Object.fromEntries(entries) as HclObject;
}

export function nodeObject(node: VmNode): HclObject {
  const { vm } = node;
  return {
    agent: vm.agent,
    balloon: vm.balloonMiB,
    bios: vm.bios,
    boot_order: vm.bootOrder,
    cdrom: cdrom(node),
    clone: clone(node),
    cloud_init: cloudInit(node),
    cores: vm.cores,
    cpu_type: vm.cpuType,
    description: vm.description,
    disks: disks(node),
    efi_disk:
      vm.efiDisk === null
        ? []
        : [{ datastore_id: vm.efiDisk.storage, pre_enrolled_keys: vm.efiDisk.preEnrolledKeys, type: vm.efiDisk.type }],
    machine: vm.machine,
    memory: vm.memoryMiB,
    name: vm.name,
    networks: networks(node),
    node_name: vm.pveNode,
    numa: vm.numa,
    on_boot: vm.onBoot,
    os_type: vm.osType,
    pool_id: vm.pool,
    protection: vm.protection,
    scsi_hardware: vm.scsiController,
    // Plain text: the provider encodes it.
    smbios: { serial: vm.smbios.serial, uuid: vm.smbios.uuid },
    sockets: vm.sockets,
    startup: { down_delay: vm.startup.downDelaySeconds, order: vm.startup.order, up_delay: vm.startup.upDelaySeconds },
    tags: vm.tags,
    tpm_state: vm.tpm === null ? [] : [{ datastore_id: vm.tpm.storage, version: vm.tpm.version }],
    vm_id: vm.vmId,
    watchdog: vm.watchdog ? [{ action: 'reset', model: 'i6300esb' }] : [],
  };
}

function cdrom({ vm }: VmNode): HclObject[] {
  return vm.boot.source === 'iso'
    ? [{ image: imageKey({ key: vm.boot.imageKey }, vm.pveNode), interface: vm.boot.drive }]
    : [];
}

function clone({ vm }: VmNode): HclObject[] {
  if (vm.boot.source !== 'template') return [];
  return [
    {
      datastore_id: vm.disks[0].storage,
      full: vm.boot.full,
      node_name: vm.boot.templateNode,
      vm_id: vm.boot.templateId,
    },
  ];
}

function disks({ vm }: VmNode): HclObject[] {
  return vm.disks.map((disk, position) => ({
    backup: disk.backup,
    datastore_id: disk.storage,
    discard: disk.discard ? 'on' : 'ignore',
    // Only the system disk of a VM that boots an image is imported.
    image: position === 0 && vm.boot.source === 'image' ? imageKey({ key: vm.boot.imageKey }, vm.pveNode) : null,
    interface: disk.slot,
    iothread: disk.iothread,
    replicate: disk.replicate,
    serial: disk.serial,
    size: disk.sizeGiB,
    ssd: disk.ssd,
  }));
}

function networks({ vm }: VmNode): HclObject[] {
  return vm.nics.map((nic) => ({
    bridge: nic.bridge,
    firewall: nic.firewall,
    mac_address: nic.macAddress,
    model: nic.model,
    mtu: nic.mtu,
    queues: nic.queues,
    // 0 is how the provider says "untagged".
    vlan_id: nic.vlanTag ?? 0,
  }));
}

function cloudInit({ vm }: VmNode): HclObject[] {
  if (vm.cloudInit === null) return [];
  const { drive, storage, nameservers, snippets, ipConfigs } = vm.cloudInit;
  return [
    {
      // The provider reads back no block after the last address: one more would be a change in every plan.
      addresses: ipConfigs
        .slice(0, ipConfigs.findLastIndex((config) => config !== null) + 1)
        .map((config) => ({ address: config?.address ?? null, gateway: config?.gateway ?? null })),
      datastore_id: storage,
      interface: drive,
      meta_data_file_id: snippets?.meta ?? null,
      nameservers,
      network_data_file_id: snippets?.network ?? null,
      user_data_file_id: snippets?.user ?? null,
    },
  ];
}
