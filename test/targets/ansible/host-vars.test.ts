import { describe, expect, it } from 'vitest';
import { hostVars } from '../../../src/targets/ansible/host-vars.ts';
import { fullCluster, fullNode, IMAGE_BOOT, ISO_BOOT, TEMPLATE_BOOT } from '../../support/full-node.ts';
import type { Boot, Vm } from '../../../src/model/cluster.ts';

const SMBIOS = 'uuid=8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b615,serial=ZHM9bm9jbG91ZDtoPXctMQ==,base64=1';
const FILE = 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2';
const URL = `https://factory.talos.dev/image/ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515/v1.12.0/nocloud-amd64.qcow2`;

const variables = (boot: Boot = IMAGE_BOOT, changes: Partial<Vm> = {}) => {
  const node = fullNode(boot);
  return hostVars(fullCluster(boot), { ...node, vm: { ...node.vm, ...changes } });
};

describe('a node with everything', () => {
  it('has these variables of its own', () => {
    expect(variables()).toMatchObject({
      proxmox_vm_address: '10.10.10.21',
      proxmox_vm_id: 1021,
      proxmox_vm_node: 'pve2',
      proxmox_vm_description: 'A worker',
      proxmox_vm_pool: 'lab',
      proxmox_vm_source: 'image',
      proxmox_vm_image: { url: URL, file: FILE, content: 'import', storage: 'local', volume: `local:import/${FILE}` },
      proxmox_vm_firmware: {
        efidisk0: { storage: 'efi-store', efitype: '4m', 'pre-enrolled-keys': '1' },
        tpmstate0: { storage: 'tpm-store', version: 'v2.0' },
      },
      proxmox_vm_drives: { ide0: 'ci-store:cloudinit' },
    });
  });

  it('has disks with their options as Proxmox VE stores them', () => {
    expect(variables()['proxmox_vm_disks']).toEqual([
      {
        slot: 'scsi0',
        storage: 'fast',
        size_gib: 64,
        options: { backup: '0', discard: 'on', iothread: '1', replicate: '0', ssd: '1' },
      },
      {
        slot: 'scsi1',
        storage: 'slow',
        size_gib: 200,
        options: { backup: '1', discard: 'ignore', iothread: '0', replicate: '1', serial: 'data01', ssd: '0' },
      },
    ]);
  });

  it('has NICs for the module, and as Proxmox VE stores them', () => {
    expect(variables()['proxmox_vm_nics']).toEqual([
      {
        slot: 'net0',
        model: 'virtio',
        bridge: 'vmbr0',
        mac: 'BC:24:11:00:00:15',
        vlan: 22,
        mtu: 9000,
        queues: 4,
        firewall: true,
        stored: 'virtio=BC:24:11:00:00:15,bridge=vmbr0,firewall=1,mtu=9000,queues=4,tag=22',
      },
      {
        slot: 'net1',
        model: 'virtio',
        bridge: 'vmbr1',
        mac: 'BC:24:11:00:01:15',
        vlan: 0,
        mtu: 0,
        queues: 0,
        firewall: false,
        stored: 'virtio=BC:24:11:00:01:15,bridge=vmbr1',
      },
    ]);
  });

  it('gives the module options by the names of its arguments', () => {
    expect(variables()['proxmox_vm_options']).toEqual({
      cores: 6,
      sockets: 2,
      memory: 16384,
      balloon: 2048,
      cpu: 'x86-64-v3',
      numa_enabled: true,
      machine: 'q35',
      bios: 'ovmf',
      scsihw: 'virtio-scsi-single',
      ostype: 'l26',
      boot: 'order=scsi0;ide2',
      onboot: false,
      protection: true,
      agent: 'enabled=1',
      startup: 'order=4,up=15,down=60',
      smbios: SMBIOS,
      tags: ['talos', 'worker'],
      vga: 'std,memory=32',
      serial: { serial0: 'socket', serial1: '/dev/ttyS0' },
      watchdog: 'model=i6300esb,action=reset',
      citype: 'nocloud',
      ipconfig: { ipconfig0: 'ip=10.10.10.21/24,gw=10.10.10.1', ipconfig2: 'ip=10.20.0.21/24' },
      nameservers: ['1.1.1.1', '9.9.9.9'],
      cicustom: 'user=local:snippets/u,meta=local:snippets/m,network=local:snippets/n',
    });
  });

  it('compares with the same as Proxmox VE stores it', () => {
    expect(variables()['proxmox_vm_wanted']).toEqual({
      name: 'w-1',
      description: 'A worker',
      cores: '6',
      sockets: '2',
      memory: '16384',
      balloon: '2048',
      cpu: 'x86-64-v3',
      numa: '1',
      machine: 'q35',
      bios: 'ovmf',
      scsihw: 'virtio-scsi-single',
      ostype: 'l26',
      boot: 'order=scsi0;ide2',
      onboot: '0',
      protection: '1',
      agent: 'enabled=1',
      startup: 'order=4,up=15,down=60',
      smbios1: SMBIOS,
      tags: 'talos;worker',
      vga: 'std,memory=32',
      serial0: 'socket',
      serial1: '/dev/ttyS0',
      watchdog: 'model=i6300esb,action=reset',
      citype: 'nocloud',
      ipconfig0: 'ip=10.10.10.21/24,gw=10.10.10.1',
      ipconfig2: 'ip=10.20.0.21/24',
      nameserver: '1.1.1.1 9.9.9.9',
      cicustom: 'user=local:snippets/u,meta=local:snippets/m,network=local:snippets/n',
    });
  });
});

describe('where a node boots from', () => {
  it('is the ISO in its drive, whose file is fetched', () => {
    expect(variables(ISO_BOOT)).toMatchObject({
      proxmox_vm_source: 'iso',
      proxmox_vm_image: { file: FILE, volume: 'local:iso/talos.iso' },
      proxmox_vm_drives: { ide0: 'ci-store:cloudinit', ide2: 'local:iso/talos.iso,media=cdrom' },
    });
  });

  it('is a template, and no file', () => {
    const given = variables(TEMPLATE_BOOT);
    expect(given).toMatchObject({
      proxmox_vm_source: 'template',
      proxmox_vm_template_id: 9002,
      proxmox_vm_template_node: 'pve1',
      proxmox_vm_clone_full: true,
    });
    expect(given).not.toHaveProperty('proxmox_vm_image');
  });
});

describe('what a node has not', () => {
  const bare = variables(IMAGE_BOOT, {
    efiDisk: null,
    tpm: null,
    watchdog: null,
    cloudInit: null,
    pool: null,
    agent: false,
    vga: { type: 'serial0', memoryMiB: null },
  });

  it('is no volume and no drive', () => {
    expect(bare).toMatchObject({ proxmox_vm_firmware: {}, proxmox_vm_drives: {}, proxmox_vm_pool: '' });
  });

  it('is no option', () => {
    for (const group of ['proxmox_vm_options', 'proxmox_vm_wanted'] as const) {
      expect(bare[group]).toMatchObject({ agent: 'enabled=0', vga: 'serial0' });
      for (const name of ['watchdog', 'citype', 'ipconfig', 'ipconfig0', 'nameservers', 'nameserver', 'cicustom'])
        expect(bare[group]).not.toHaveProperty(name);
    }
  });

  it('is no file of snippets', () => {
    const { cloudInit } = fullNode().vm;
    if (cloudInit === null) throw new Error('it has a drive');
    const given = variables(IMAGE_BOOT, { cloudInit: { ...cloudInit, snippets: null } });
    expect(given['proxmox_vm_options']).not.toHaveProperty('cicustom');
    expect(given['proxmox_vm_wanted']).toHaveProperty('ipconfig0');
  });
});
