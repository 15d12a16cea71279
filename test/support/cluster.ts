/** A resolved cluster as a literal, for tests that need a `Cluster` and not its files. */

import type { Cluster, Node, Vm, VmCluster, VmNode } from '../../src/model/cluster.ts';
import type { Version } from '../../src/model/version.ts';

const version = (text: string): Version => {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return { major, minor, patch, text };
};

const SCHEMATIC = 'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515';

function sampleVm(name: string, offset: number, pveNode: string, role: string): Vm {
  const mac = `BC:24:11:00:00:${offset.toString(16).padStart(2, '0').toUpperCase()}`;
  return {
    vmId: 1000 + offset,
    pveNode,
    name,
    description: `Talos ${role} ${name} of cluster home, managed by talmox`,
    tags: ['kubernetes', 'linux', role === 'controlplane' ? 'controller' : 'worker', 'talos'].sort(),
    pool: null,
    bios: 'ovmf',
    machine: 'q35',
    osType: 'l26',
    cpuType: 'host',
    cores: 4,
    sockets: 1,
    numa: true,
    memoryMiB: 8192,
    balloonMiB: 0,
    scsiController: 'virtio-scsi-pci',
    efiDisk: { storage: 'local-lvm', type: '4m', preEnrolledKeys: false },
    tpm: null,
    boot: {
      source: 'image',
      imageKey: 'ce4c980550dd-image',
      volumeId: 'local:import/talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
    },
    bootOrder: ['scsi0'],
    disks: [
      {
        slot: 'scsi0',
        storage: 'local-lvm',
        sizeGiB: 64,
        ssd: true,
        discard: true,
        iothread: false,
        backup: false,
        replicate: false,
        serial: null,
      },
    ],
    nics: [
      {
        slot: 'net0',
        model: 'virtio',
        bridge: 'vmbr0',
        macAddress: mac,
        vlanTag: null,
        mtu: null,
        queues: 4,
        firewall: false,
      },
    ],
    cloudInit: {
      drive: 'ide0',
      storage: 'local-lvm',
      ipConfigs: [{ address: `10.10.10.${offset}/24`, gateway: '10.10.10.1' }],
      nameservers: ['1.1.1.1', '1.0.0.1'],
      snippets: null,
    },
    agent: true,
    watchdog: null,
    vga: { type: 'std', memoryMiB: null },
    serialPorts: ['socket'],
    smbios: { uuid: `8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b6${offset.toString(16).padStart(2, '0')}`, serial: null },
    startup: { order: role === 'controlplane' ? 3 : 4, upDelaySeconds: 15, downDelaySeconds: 60 },
    onBoot: true,
    protection: false,
  };
}

function sampleNode(index: number, name: string, offset: number, role: Node['role'], pveNode: string): VmNode {
  const vm = sampleVm(name, offset, pveNode, role);
  const macAddress = vm.nics[0].macAddress.toLowerCase();
  return {
    index,
    name,
    role,
    address: `10.10.10.${offset}`,
    macAddress,
    links: [
      {
        alias: 'lan0',
        macAddress,
        mtu: 1500,
        vlanTag: null,
        addresses: [`10.10.10.${offset}/24`],
        gateway: '10.10.10.1',
        routes: [],
        bond: null,
      },
    ],
    installDisk: { kind: 'path', path: '/dev/sda' },
    schematicId: SCHEMATIC,
    secureBoot: false,
    encryptDisk: false,
    kernelModules: [],
    labels: {},
    taints: [],
    installerImage: `factory.talos.dev/nocloud-installer/${SCHEMATIC}:v1.12.0`,
    userVolumes: [],
    systemUuid: vm.smbios.uuid,
    nocloudSerial: `ds=nocloud-net;s=http://10.10.10.9:8080/home/${name}/;h=${name}`,
    vm,
  };
}

/**
 * Three control planes and one worker on two hosts. The worker `w-1` has a second disk with a user
 * volume, a second NIC and a VLAN that Proxmox tags.
 */
export function sampleCluster(): VmCluster {
  const worker = sampleNode(3, 'w-1', 21, 'worker', 'pve2');
  const system = worker.vm.disks[0];
  const nic = worker.vm.nics[0];
  const second = 'bc:24:11:00:01:15';
  const nodes: VmNode[] = [
    sampleNode(0, 'cp-1', 11, 'controlplane', 'pve1'),
    sampleNode(1, 'cp-2', 12, 'controlplane', 'pve2'),
    sampleNode(2, 'cp-3', 13, 'controlplane', 'pve1'),
    {
      ...worker,
      labels: { 'topology.kubernetes.io/zone': 'b' },
      taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }],
      kernelModules: [{ name: 'nbd', parameters: [] }],
      userVolumes: [{ name: 'data', slot: 'scsi1', serial: 'data01', sizeGiB: 200 }],
      links: [
        worker.links[0],
        {
          alias: 'lan1',
          macAddress: second,
          mtu: 1500,
          vlanTag: null,
          addresses: ['10.20.0.21/24'],
          gateway: null,
          routes: [],
          bond: null,
        },
      ],
      vm: {
        ...worker.vm,
        disks: [system, { ...system, slot: 'scsi1', sizeGiB: 200, serial: 'data01' }],
        nics: [
          { ...nic, vlanTag: 22 },
          { ...nic, slot: 'net1', bridge: 'vmbr1', macAddress: second.toUpperCase() },
        ],
        cloudInit: {
          drive: 'ide0',
          storage: 'local-lvm',
          ipConfigs: [
            { address: '10.10.10.21/24', gateway: '10.10.10.1' },
            { address: '10.20.0.21/24', gateway: null },
          ],
          nameservers: ['1.1.1.1', '1.0.0.1'],
          snippets: null,
        },
      },
    },
  ];
  return { ...sampleSettings(), nodes };
}

function sampleSettings(): Omit<VmCluster, 'nodes'> {
  const fileName = 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2';
  const host = {
    diskStorage: 'local-lvm',
    isoStorage: 'local',
    importStorage: 'local',
    snippetsStorage: 'local',
    bridge: 'vmbr0',
  };
  return {
    name: 'home',
    endpoint: {
      vip: '10.10.10.5',
      url: 'https://10.10.10.5:6443',
      certSans: ['127.0.0.1', '10.10.10.5', 'api.home.example'],
    },
    network: {
      cidr: '10.10.10.0/24',
      prefixLength: 24,
      gateway: '10.10.10.1',
      nameservers: ['1.1.1.1', '1.0.0.1'],
      timeServers: ['162.159.200.1', 'time.example.org'],
    },
    kubernetes: {
      version: version('1.35.0'),
      podSubnets: ['10.42.0.0/16'],
      serviceSubnets: ['10.43.0.0/16'],
      cni: 'none',
      externalCloudProvider: false,
    },
    talos: {
      version: version('1.12.0'),
      factoryUrl: 'https://factory.talos.dev',
      factoryHost: 'factory.talos.dev',
      extensions: ['siderolabs/qemu-guest-agent'],
      kernelArgs: [],
      image: {
        overlay: null,
        meta: [],
        bootloader: null,
        enrollKeys: null,
        wellKnownCertificates: false,
        sectorSize: null,
      },
      schematic: {
        id: SCHEMATIC,
        text: 'customization:\n    systemExtensions:\n        officialExtensions:\n            - siderolabs/qemu-guest-agent\n',
      },
      tool: 'talosctl',
      ageRecipients: [],
      diskEncryption: 'tpm',
      machine: {
        sysctls: {},
        registryMirrors: {},
        kernelLogUrl: null,
        serviceLogUrl: null,
        kubeletConfig: {},
        containerdConfig: null,
        hostDnsOnLoopback: false,
        extraArgs: { kubelet: {}, apiServer: {}, controllerManager: {}, scheduler: {}, etcd: {} },
        admissionControl: true,
        apiAccess: null,
      },
    },
    nocloud: { method: 'ipconfig', serverUrl: 'http://10.10.10.9:8080', dhcp: false, userData: 'none' },
    proxmox: {
      apiUrl: 'https://pve1.home.example:8006',
      apiHost: 'pve1.home.example',
      apiPort: 8006,
      apiUser: 'automation@pve',
      apiTokenName: 'talmox',
      insecure: false,
      pool: null,
      defaultTarget: null,
      hosts: [
        { ...host, name: 'pve1' },
        { ...host, name: 'pve2' },
      ],
      images: [
        {
          key: 'ce4c980550dd-image',
          kind: 'image',
          contentType: 'import',
          schematicId: SCHEMATIC,
          secureBoot: false,
          url: `https://factory.talos.dev/image/${SCHEMATIC}/v1.12.0/nocloud-amd64.qcow2`,
          fileName,
          placements: [
            { pveNode: 'pve1', storage: 'local', volumeId: `local:import/${fileName}` },
            { pveNode: 'pve2', storage: 'local', volumeId: `local:import/${fileName}` },
          ],
        },
      ],
      templates: [],
    },
    ansible: { forks: 10, restartIfNeeded: false, waitTimeoutSeconds: 300, taskTimeoutSeconds: 900 },
    crossplane: { context: null, namespace: 'home', group: 'talmox.internal', style: 'composition' },
    tofu: { backend: 'local', backendAddress: null, encryption: true, parallelism: 3 },
  };
}

/** The same cluster without Proxmox: what bare-metal users of the community's files have. */
export function sampleMetalCluster(): Cluster {
  const { nodes, ...settings } = sampleCluster();
  return {
    ...settings,
    proxmox: null,
    nodes: nodes.map((node) => ({
      ...node,
      vm: null,
      installerImage: node.installerImage.replace('nocloud-installer', 'metal-installer'),
    })),
  };
}

/** The sample with other settings: `sampleWith({ nocloud: {...} })`. */
export function sampleWith(changes: Partial<VmCluster>): VmCluster {
  return { ...sampleCluster(), ...changes };
}

/** The sample with every VM changed: `sampleWithVms((vm) => ({ ...vm, cores: 8 }))`. */
export function sampleWithVms(change: (vm: Vm, node: VmNode) => Vm): VmCluster {
  const cluster = sampleCluster();
  return { ...cluster, nodes: cluster.nodes.map((node) => ({ ...node, vm: change(node.vm, node) })) };
}
