/** Clusters that between them have every attribute a VM can have. */

import type { BootImage, Vm, VmCluster } from '../../src/model/cluster.ts';
import { sampleCluster, sampleWith, sampleWithVms } from './cluster.ts';

const IMAGE_KEY = 'ce4c980550dd-image';
const FILE = 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2';

function iso(): VmCluster {
  const volumeId = 'local:iso/talos-v1.12.0-ce4c980550dd-nocloud-amd64-secureboot.iso';
  const image: BootImage = {
    key: 'ce4c980550dd-secureboot-iso',
    kind: 'iso',
    contentType: 'iso',
    schematicId: 'ce4c980550dd',
    secureBoot: true,
    url: 'https://factory.talos.dev/image/ce4c980550dd/v1.12.0/nocloud-amd64-secureboot.iso',
    fileName: 'talos-v1.12.0-ce4c980550dd-nocloud-amd64-secureboot.iso',
    placements: ['pve1', 'pve2'].map((pveNode) => ({ pveNode, storage: 'local', volumeId })),
  };
  const cluster = sampleWithVms((vm) => ({
    ...vm,
    boot: { source: 'iso', imageKey: image.key, volumeId, drive: 'ide2' },
    bootOrder: ['scsi0', 'ide2'],
    tpm: { storage: 'local-lvm', version: 'v2.0' },
    watchdog: { model: 'i6300esb', action: 'reset' },
  }));
  return { ...cluster, proxmox: { ...cluster.proxmox, images: [image, anotherOf(image)] } };
}

/** The same boot file of another schematic: there is something to change to. */
function anotherOf(image: BootImage): BootImage {
  const renamed = (text: string): string => text.replaceAll('ce4c980550dd', 'aaaaaaaaaaaa');
  return {
    ...image,
    key: renamed(image.key),
    schematicId: renamed(image.schematicId),
    url: renamed(image.url),
    fileName: renamed(image.fileName),
    placements: image.placements.map((placement) => ({ ...placement, volumeId: renamed(placement.volumeId) })),
  };
}

function sample(): VmCluster {
  const cluster = sampleCluster();
  const images = cluster.proxmox.images.flatMap((image) => [image, anotherOf(image)]);
  return { ...cluster, proxmox: { ...cluster.proxmox, images } };
}

function template(full: boolean): VmCluster {
  const id = (pveNode: string): number => (pveNode === 'pve1' ? 9001 : 9002);
  const cluster = sampleWithVms((vm) => ({
    ...vm,
    boot: { source: 'template', templateId: id(vm.pveNode), templateNode: vm.pveNode, full },
  }));
  const templates = ['pve1', 'pve2'].map((pveNode) => ({
    vmId: id(pveNode),
    name: `talos-${pveNode}`,
    pveNode,
    storage: 'local-lvm',
    bridge: 'vmbr0',
    imageKey: IMAGE_KEY,
    imageVolumeId: `local:import/${FILE}`,
    secureBoot: false,
    bios: 'ovmf' as const,
    machine: 'q35' as const,
  }));
  return { ...cluster, proxmox: { ...cluster.proxmox, templates } };
}

const withSnippets = (vm: Vm): Vm => ({
  ...vm,
  cloudInit:
    vm.cloudInit === null
      ? null
      : {
          ...vm.cloudInit,
          ipConfigs: [],
          nameservers: [],
          snippets: {
            user: `local:snippets/${vm.name}-user`,
            meta: `local:snippets/${vm.name}-meta`,
            network: `local:snippets/${vm.name}-net`,
          },
        },
});

const withGaps = (vm: Vm): Vm => ({
  ...vm,
  nics: [
    vm.nics[0],
    { ...vm.nics[0], slot: 'net1', macAddress: 'BC:24:11:00:01:01', mtu: 9000, queues: 0, firewall: true },
    { ...vm.nics[0], slot: 'net2', macAddress: 'BC:24:11:00:01:02', vlanTag: 30 },
    { ...vm.nics[0], slot: 'net3', macAddress: 'BC:24:11:00:01:03' },
  ],
  cloudInit:
    vm.cloudInit === null
      ? null
      : {
          ...vm.cloudInit,
          ipConfigs: [vm.cloudInit.ipConfigs[0] ?? null, null, { address: '10.30.0.9/24', gateway: null }, null],
        },
});

const plain = (vm: Vm): Vm => ({
  ...vm,
  bios: 'seabios',
  machine: 'pc',
  efiDisk: null,
  cloudInit: null,
  agent: false,
  scsiController: 'virtio-scsi-single',
  disks: [
    { ...vm.disks[0], iothread: true, discard: false, ssd: false },
    { ...vm.disks[0], slot: 'scsi1', sizeGiB: 500, storage: 'tank', serial: 'data-1', backup: true, replicate: true },
    { ...vm.disks[0], slot: 'scsi2', sizeGiB: 10 },
  ],
  pool: 'talos',
  protection: true,
  onBoot: false,
  balloonMiB: 2048,
});

/** By the name of what they vary. */
export const shapes: Readonly<Record<string, VmCluster>> = {
  sample: sample(),
  iso: iso(),
  'full clone': template(true),
  'linked clone': template(false),
  snippets: sampleWithVms(withSnippets),
  'serial with a URL': sampleWithVms((vm) => ({
    ...vm,
    cloudInit: null,
    smbios: { ...vm.smbios, serial: `ds=nocloud-net;s=http://10.10.10.9:8080/home/${vm.name}/;h=${vm.name}` },
  })),
  'NICs without addresses': sampleWithVms(withGaps),
  'seabios, many disks': sampleWithVms(plain),
  'other group and namespace': sampleWith({
    crossplane: { context: 'kind-mgmt', namespace: 'talos-home', group: 'infra.example.org', style: 'composition' },
  }),
};

/** The same cluster with one EnvironmentVM per node and no API in front. */
export function managed(cluster: VmCluster): VmCluster {
  return { ...cluster, crossplane: { ...cluster.crossplane, style: 'managed' } };
}
