import { describe, expect, it } from 'vitest';
import type { CloudInit, VmNode } from '../../../src/model/cluster.ts';
import { nodeObject } from '../../../src/targets/tofu/node-object.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { fullNode, ISO_BOOT, TEMPLATE_BOOT } from '../../support/full-node.ts';

function addressesOf(ipConfigs: CloudInit['ipConfigs']): unknown {
  const node = sampleCluster().nodes.find(({ name }) => name === 'w-1');
  if (node === undefined || node.vm.cloudInit === null) throw new Error('w-1 has a cloud-init drive');
  const changed: VmNode = { ...node, vm: { ...node.vm, cloudInit: { ...node.vm.cloudInit, ipConfigs } } };
  const [cloudInit] = nodeObject(changed)['cloud_init'] as { addresses: unknown }[];
  return cloudInit?.addresses;
}

describe('addresses of a node', () => {
  const second = { address: '10.20.0.21/24', gateway: null };

  it('keep their NIC: one without an address stands as an empty block before one that has one', () => {
    expect(addressesOf([null, second])).toEqual([{ address: null, gateway: null }, second]);
  });

  it('end with the last address: the provider would add a trailing empty block with every plan', () => {
    expect(addressesOf([second, null])).toEqual([second]);
    expect(addressesOf([null, null])).toEqual([]);
  });
});

describe('a node with everything', () => {
  it('is that to the provider', () => {
    expect(nodeObject(fullNode())).toEqual({
      agent: true,
      balloon: 2048,
      bios: 'ovmf',
      boot_order: ['scsi0', 'ide2'],
      cdrom: [],
      clone: [],
      cloud_init: [
        {
          addresses: [
            { address: '10.10.10.21/24', gateway: '10.10.10.1' },
            { address: null, gateway: null },
            { address: '10.20.0.21/24', gateway: null },
          ],
          datastore_id: 'ci-store',
          interface: 'ide0',
          meta_data_file_id: 'local:snippets/m',
          nameservers: ['1.1.1.1', '9.9.9.9'],
          network_data_file_id: 'local:snippets/n',
          user_data_file_id: 'local:snippets/u',
        },
      ],
      cores: 6,
      cpu_type: 'x86-64-v3',
      description: 'A worker',
      disks: [
        {
          backup: false,
          datastore_id: 'fast',
          discard: 'on',
          image: 'ce4c980550dd-image@pve2',
          interface: 'scsi0',
          iothread: true,
          replicate: false,
          serial: null,
          size: 64,
          ssd: true,
        },
        {
          backup: true,
          datastore_id: 'slow',
          discard: 'ignore',
          image: null,
          interface: 'scsi1',
          iothread: false,
          replicate: true,
          serial: 'data01',
          size: 200,
          ssd: false,
        },
      ],
      efi_disk: [{ datastore_id: 'efi-store', pre_enrolled_keys: true, type: '4m' }],
      machine: 'q35',
      memory: 16384,
      name: 'w-1',
      networks: [
        {
          bridge: 'vmbr0',
          firewall: true,
          mac_address: 'BC:24:11:00:00:15',
          model: 'virtio',
          mtu: 9000,
          queues: 4,
          vlan_id: 22,
        },
        {
          bridge: 'vmbr1',
          firewall: false,
          mac_address: 'BC:24:11:00:01:15',
          model: 'virtio',
          mtu: null,
          queues: 0,
          vlan_id: 0,
        },
      ],
      node_name: 'pve2',
      numa: true,
      on_boot: false,
      os_type: 'l26',
      pool_id: 'lab',
      protection: true,
      scsi_hardware: 'virtio-scsi-single',
      serial_ports: ['socket', '/dev/ttyS0'],
      smbios: { serial: 'ds=nocloud;h=w-1', uuid: '8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b615' },
      sockets: 2,
      startup: { down_delay: 60, order: 4, up_delay: 15 },
      tags: ['talos', 'worker'],
      tpm_state: [{ datastore_id: 'tpm-store', version: 'v2.0' }],
      vga: { memory: 32, type: 'std' },
      vm_id: 1021,
      watchdog: [{ action: 'reset', model: 'i6300esb' }],
    });
  });

  it('boots an ISO from its drive, and imports nothing', () => {
    const { cdrom, clone, disks } = nodeObject(fullNode(ISO_BOOT));
    expect({ cdrom, clone }).toEqual({ cdrom: [{ image: 'ce4c980550dd-image@pve2', interface: 'ide2' }], clone: [] });
    expect(disks).toMatchObject([{ image: null }, { image: null }]);
  });

  it('is cloned to the storage of its system disk', () => {
    const { cdrom, clone, disks } = nodeObject(fullNode(TEMPLATE_BOOT));
    expect(cdrom).toEqual([]);
    expect(clone).toEqual([{ datastore_id: 'fast', full: true, node_name: 'pve1', vm_id: 9002 }]);
    expect(disks).toMatchObject([{ image: null }, { image: null }]);
  });

  it('has no block for what it has not', () => {
    const node = fullNode();
    const bare = { ...node, vm: { ...node.vm, efiDisk: null, tpm: null, watchdog: null, cloudInit: null } };
    expect(nodeObject(bare)).toMatchObject({ efi_disk: [], tpm_state: [], watchdog: [], cloud_init: [] });
  });

  it('names no file where there are no snippets', () => {
    const node = fullNode();
    if (node.vm.cloudInit === null) throw new Error('it has a drive');
    const bare = { ...node, vm: { ...node.vm, cloudInit: { ...node.vm.cloudInit, snippets: null } } };
    expect(nodeObject(bare)['cloud_init']).toMatchObject([
      { user_data_file_id: null, meta_data_file_id: null, network_data_file_id: null },
    ]);
  });

  it('has its attributes in order of their names: a review shows what has changed, and nothing else', () => {
    const ordered = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Array.isArray(value)) expect(Object.keys(value)).toEqual(Object.keys(value).sort());
      for (const inner of Object.values(value)) ordered(inner);
    };
    const { disks, ...rest } = nodeObject(fullNode());
    ordered(rest);
    ordered(disks);
  });
});
