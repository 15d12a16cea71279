/** A node whose VM sets everything it can, each to a value that nothing else has and no tool has by default. */

import type { Boot, VmCluster, VmNode } from '../../src/model/cluster.ts';
import { sampleCluster } from './cluster.ts';

const FILE = 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2';

export const IMAGE_BOOT: Boot = { source: 'image', imageKey: 'ce4c980550dd-image', volumeId: `local:import/${FILE}` };
export const ISO_BOOT: Boot = {
  source: 'iso',
  imageKey: 'ce4c980550dd-image',
  volumeId: 'local:iso/talos.iso',
  drive: 'ide2',
};
export const TEMPLATE_BOOT: Boot = { source: 'template', templateId: 9002, templateNode: 'pve1', full: true };

/** Worker `w-1` of the sample on `pve2`. */
export function fullNode(boot: Boot = IMAGE_BOOT): VmNode {
  const node = sampleCluster().nodes.find(({ name }) => name === 'w-1');
  if (node === undefined) throw new Error('w-1 is in the sample');
  return {
    ...node,
    vm: {
      vmId: 1021,
      pveNode: 'pve2',
      name: 'w-1',
      description: 'A worker',
      tags: ['talos', 'worker'],
      pool: 'lab',
      bios: 'ovmf',
      machine: 'q35',
      osType: 'l26',
      cpuType: 'x86-64-v3',
      cores: 6,
      sockets: 2,
      numa: true,
      memoryMiB: 16384,
      balloonMiB: 2048,
      scsiController: 'virtio-scsi-single',
      efiDisk: { storage: 'efi-store', type: '4m', preEnrolledKeys: true },
      tpm: { storage: 'tpm-store', version: 'v2.0' },
      boot,
      bootOrder: ['scsi0', 'ide2'],
      disks: [
        {
          slot: 'scsi0',
          storage: 'fast',
          sizeGiB: 64,
          ssd: true,
          discard: true,
          iothread: true,
          backup: false,
          replicate: false,
          serial: null,
        },
        {
          slot: 'scsi1',
          storage: 'slow',
          sizeGiB: 200,
          ssd: false,
          discard: false,
          iothread: false,
          backup: true,
          replicate: true,
          serial: 'data01',
        },
      ],
      nics: [
        {
          slot: 'net0',
          model: 'virtio',
          bridge: 'vmbr0',
          macAddress: 'BC:24:11:00:00:15',
          vlanTag: 22,
          mtu: 9000,
          queues: 4,
          firewall: true,
        },
        {
          slot: 'net1',
          model: 'virtio',
          bridge: 'vmbr1',
          macAddress: 'BC:24:11:00:01:15',
          vlanTag: null,
          mtu: null,
          queues: 0,
          firewall: false,
        },
      ],
      cloudInit: {
        drive: 'ide0',
        storage: 'ci-store',
        ipConfigs: [
          { address: '10.10.10.21/24', gateway: '10.10.10.1' },
          null,
          { address: '10.20.0.21/24', gateway: null },
        ],
        nameservers: ['1.1.1.1', '9.9.9.9'],
        snippets: { user: 'local:snippets/u', meta: 'local:snippets/m', network: 'local:snippets/n' },
      },
      agent: true,
      watchdog: { model: 'i6300esb', action: 'reset' },
      vga: { type: 'std', memoryMiB: 32 },
      serialPorts: ['socket', '/dev/ttyS0'],
      smbios: { uuid: '8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b615', serial: 'ds=nocloud;h=w-1' },
      startup: { order: 4, upDelaySeconds: 15, downDelaySeconds: 60 },
      onBoot: false,
      protection: true,
    },
  };
}

/** The sample with that node alone. */
export function fullCluster(boot: Boot = IMAGE_BOOT): VmCluster {
  return { ...sampleCluster(), nodes: [fullNode(boot)] };
}
