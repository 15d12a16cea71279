import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Setting } from '../../src/config/origin.ts';
import { resolve } from '../../src/config/resolve.ts';
import type { Cluster, Node, Vm } from '../../src/model/cluster.ts';
import type { ClusterFile, NodesFile } from '../../src/model/files.gen.ts';

const CLUSTER = `
node_cidr: 10.10.10.0/24
cluster_api_addr: 10.10.10.5
proxmox_api_url: https://10.10.10.2:8006/api2/json
proxmox_node: pve1
`;
const CP = '- { name: cp-1, address: 10.10.10.11, controller: true }';
const W = '- { name: w-1, address: 10.10.10.21, controller: false }';

function cluster(extra: string, ...nodes: string[]): Cluster {
  return resolve(parse(`${CLUSTER}${extra}`) as ClusterFile, { nodes: parse(nodes.join('\n')) as NodesFile['nodes'] });
}

function nodeOf(resolved: Cluster, name: string): Node {
  const node = resolved.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

function vmOf(resolved: Cluster, name: string): Vm {
  const { vm } = nodeOf(resolved, name);
  if (vm === null) throw new Error(`no VM ${name}`);
  return vm;
}

describe('sizes', () => {
  const global = 'proxmox_vm_defaults: { cores: 6, memory: 4096 }';
  const role = 'proxmox_vm_worker_defaults: { cores: 10 }';

  it.each([
    ['the node', `${global}\n${role}`, '- { name: w-1, address: 10.10.10.21, controller: false, vm_cores: 12 }', 12],
    ['the alias', `${global}\n${role}`, '- { name: w-1, address: 10.10.10.21, controller: false, cores: 13 }', 13],
    ['the role defaults', `${global}\n${role}`, W, 10],
    ['the cluster defaults', global, W, 6],
    ['the built-in of the role', '', W, 8],
  ])('come from %s first', (_who, extra, node, cores) => {
    expect(vmOf(cluster(extra, CP, node), 'w-1').cores).toBe(cores);
  });

  it('never let a built-in beat what the user wrote', () => {
    expect(vmOf(cluster(global, CP), 'cp-1').memoryMiB).toBe(4096);
  });
});

describe('what is derived stays when nodes come, go and move', () => {
  const alone = cluster('', W);
  const among = cluster('', CP, '- { name: w-0, address: 10.10.10.20, controller: false }', W);

  it('VM id, MAC address, SMBIOS UUID and startup order', () => {
    const pick = (resolved: Cluster) => {
      const vm = vmOf(resolved, 'w-1');
      return [vm.vmId, vm.nics[0].macAddress, vm.smbios.uuid, vm.startup.order];
    };
    expect(pick(among)).toEqual(pick(alone));
    expect(pick(alone)[0]).toBe(1021);
  });

  it('template ids, also when another host or schematic joins and the version moves', () => {
    const template = (resolved: Cluster) => vmOf(resolved, 'w-1').boot;
    const base = 'proxmox: { boot_source: template }';
    const before = template(cluster(base, W));
    expect(template(cluster(`${base}\ntalos_version: "1.13.9"`, CP, W))).toEqual(before);
    expect(before).toMatchObject({ source: 'template', templateNode: 'pve1', full: true });
  });
});

describe('devices that nobody can choose', () => {
  it('are a standard VGA card, one serial port and no watchdog', () => {
    expect(vmOf(cluster('', CP), 'cp-1')).toMatchObject({
      vga: { type: 'std', memoryMiB: null },
      serialPorts: ['socket'],
      watchdog: null,
    });
  });

  it('have with proxmox.watchdog the watchdog that Talos feeds, which resets', () => {
    const { watchdog } = vmOf(cluster('proxmox: { watchdog: true }', CP), 'cp-1');
    expect(watchdog).toEqual({ model: 'i6300esb', action: 'reset' });
  });
});

describe('boot source', () => {
  const secure = '- { name: cp-1, address: 10.10.10.11, controller: true, secureboot: true }';

  it.each([
    ['image', 'talos_version: "1.12.0"', CP],
    ['iso', 'talos_version: "1.13.9"', secure],
    ['image', 'talos_version: "1.14.0"', secure],
    ['iso', 'proxmox: { boot_source: iso }', CP],
  ])('is %s by default with %s', (source, extra, node) => {
    const vm = vmOf(cluster(extra, node), 'cp-1');
    expect(vm.boot.source).toBe(source);
    expect(vm.bootOrder).toEqual(source === 'iso' ? ['scsi0', 'ide2'] : ['scsi0']);
  });

  it('downloads each boot file once per host that needs it', () => {
    const resolved = cluster('', CP, W, '- { name: w-2, address: 10.10.10.22, controller: false, proxmox_node: pve2 }');
    expect(resolved.proxmox?.images.map((image) => image.placements.map((place) => place.pveNode))).toEqual([
      ['pve1', 'pve2'],
    ]);
  });
});

describe('VLANs are tagged in one layer', () => {
  it('by Talos unless proxmox_vlan_mode says Proxmox', () => {
    const talos = nodeOf(cluster('node_vlan_tag: "22"', CP), 'cp-1');
    expect([talos.links[0].vlanTag, talos.vm?.nics[0].vlanTag]).toEqual([22, null]);
    // The untagged link must not keep the address that belongs to the VLAN.
    expect(talos.vm?.cloudInit?.ipConfigs).toEqual([null]);

    const proxmox = nodeOf(cluster('node_vlan_tag: "22"\nproxmox_vlan_mode: true', CP), 'cp-1');
    expect([proxmox.links[0].vlanTag, proxmox.vm?.nics[0].vlanTag]).toEqual([null, 22]);
  });

  it('and a node can be untagged', () => {
    const node = '- { name: w-1, address: 10.10.10.21, controller: false, vlan_tag: 0 }';
    expect(nodeOf(cluster('node_vlan_tag: 22', node), 'w-1').links[0].vlanTag).toBeNull();
  });
});

describe('per host and per node placement', () => {
  it('uses the storages and the bridge of the host a node is on', () => {
    const extra = 'proxmox: { hosts: { pve2: { disk_storage: tank, bridge: vmbr7 } } }';
    const resolved = cluster(extra, CP, '- { name: w-1, address: 10.10.10.21, controller: false, proxmox_node: pve2 }');
    expect(vmOf(resolved, 'w-1')).toMatchObject({
      pveNode: 'pve2',
      disks: [{ storage: 'tank' }],
      nics: [{ bridge: 'vmbr7' }],
    });
    expect(vmOf(resolved, 'cp-1')).toMatchObject({ pveNode: 'pve1', disks: [{ storage: 'local-lvm' }] });
  });

  it('attaches extra disks and NICs behind the first ones', () => {
    const node = `- name: w-1
  address: 10.10.10.21
  controller: false
  vm_extra_disks: [{ name: data, size: 200, serial: D1 }, { name: logs, size: 50 }]
  vm_extra_nics: [{ bridge: vmbr1, vlan_tag: "30", address: 10.20.0.21/24 }]`;
    const resolved = nodeOf(cluster('', CP, node), 'w-1');
    expect(resolved.vm?.disks.map((disk) => [disk.slot, disk.sizeGiB])).toEqual([
      ['scsi0', 256],
      ['scsi1', 200],
      ['scsi2', 50],
    ]);
    expect(resolved.vm?.nics[1]).toMatchObject({ slot: 'net1', bridge: 'vmbr1', vlanTag: 30 });
    expect(resolved.links[1]).toMatchObject({ alias: 'lan1', addresses: ['10.20.0.21/24'], gateway: null });
    expect(resolved.userVolumes.map(({ slot, serial }) => [slot, serial])).toEqual([
      ['scsi1', 'D1'],
      ['scsi2', null],
    ]);
    // The kernel's own names follow the order in which it finds the disks.
    expect(resolved.installDisk).toEqual({
      kind: 'path',
      path: '/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi0',
    });
  });
});

describe('the platform', () => {
  it('is off without a Proxmox API or host, and the installer is then the metal one', () => {
    const metal = resolve(
      { node_cidr: '10.0.0.0/24', cluster_api_addr: '10.0.0.5' },
      {
        nodes: [{ name: 'a', address: '10.0.0.11', controller: true, mac_addr: '00:1B:21:00:00:01', disk: '/dev/sda' }],
      },
    );
    expect([metal.proxmox, metal.nodes[0]?.vm]).toEqual([null, null]);
    expect(metal.nodes[0]?.installerImage).toContain('/metal-installer/');
    expect(metal.nodes[0]?.macAddress).toBe('00:1b:21:00:00:01');
  });

  it('splits the token id and strips the path of the API URL', () => {
    expect(cluster('proxmox_api_token_id: ci@pve!talmox', CP).proxmox).toMatchObject({
      apiUrl: 'https://10.10.10.2:8006',
      apiUser: 'ci@pve',
      apiTokenName: 'talmox',
    });
  });

  it('takes URLs with and without a slash at the end for one', () => {
    const of = (url: string): Cluster =>
      cluster(
        `nocloud: { method: nocloud-net, server_url: "${url}" }\ntalos: { factory_url: "https://factory.example${url.endsWith('/') ? '/' : ''}" }`,
        CP,
      );
    expect(of('http://10.10.10.9:8080/')).toEqual(of('http://10.10.10.9:8080'));
    expect(nodeOf(of('http://10.10.10.9:8080/'), 'cp-1').nocloudSerial).toMatch(
      /^ds=nocloud-net;s=http:\/\/10\.10\.10\.9:8080\/kubernetes\/cp-1\/;/,
    );
  });

  it('never lets a credential into the model', () => {
    const resolved = cluster('proxmox_api_token_secret: canary-1\ncloudflare_token: canary-2', CP);
    expect(JSON.stringify(resolved)).not.toContain('canary');
  });
});

describe('the guest agent', () => {
  it.each([
    [true, ''],
    [false, 'talos: { extensions: [siderolabs/iscsi-tools] }'],
    [true, 'schematic_id: 376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba'],
    [false, 'proxmox_vm_advanced: { qemu_agent: false }'],
  ])('is %s with %j', (agent, extra) => {
    expect(vmOf(cluster(extra, CP), 'cp-1').agent).toBe(agent);
  });
});

describe('origins', () => {
  function origins(extra: string, ...nodes: string[]): Setting[] {
    const settings: Setting[] = [];
    resolve(
      parse(`${CLUSTER}${extra}`) as ClusterFile,
      { nodes: parse(nodes.join('\n')) as NodesFile['nodes'] },
      { without: new Set(), trace: (setting) => settings.push(setting) },
    );
    return settings;
  }

  it('tell the file, a role default, a cluster default, a built-in and a derivation apart', () => {
    const settings = origins(
      'proxmox_vm_defaults: { memory: 4096 }\nproxmox_vm_controller_defaults: { cores: 2 }',
      '- { name: cp-1, address: 10.10.10.11, controller: true, vm_disk_size: 100 }',
    );
    const kind = (key: string) =>
      settings.find((setting) => setting.node === 'cp-1' && setting.key === key)?.origin.kind;
    expect(['vm_disk_size', 'vm_cores', 'vm_memory', 'vm_sockets', 'vm_id'].map((key) => kind(key))).toEqual([
      'file',
      'role default',
      'cluster default',
      'built-in',
      'derived',
    ]);
  });

  it('say why Secure Boot boots the ISO', () => {
    const settings = origins('', '- { name: cp-1, address: 10.10.10.11, controller: true, secureboot: true }');
    expect(settings.find((setting) => setting.key === 'vm_boot_source')?.origin).toEqual({
      kind: 'derived',
      reason: 'Talos 1.12 enrols Secure Boot keys only from its ISO',
    });
  });
});
