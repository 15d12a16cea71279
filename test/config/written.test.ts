/** Every key that is written reaches the model, and `explain` names the place where it stands. */

import { describe, expect, it } from 'vitest';
import { validate } from '../../src/validate.ts';

const OTHER_ID = 'a'.repeat(64);
const ID = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';

/** Every key with another value than its default. */
const CLUSTER = {
  cluster_name: 'lab',
  node_cidr: '10.20.0.0/22',
  node_default_gateway: '10.20.3.254',
  node_dns_servers: ['9.9.9.9'],
  node_ntp_servers: ['time.example'],
  node_vlan_tag: '7',
  cluster_api_addr: '10.20.0.5',
  cluster_api_tls_sans: ['api.example', '10.20.0.5'],
  cluster_pod_cidr: '10.60.0.0/16',
  cluster_svc_cidr: '10.61.0.0/16',
  talos_version: 'v1.13.4',
  kubernetes_version: 'v1.33.2',
  schematic_id: ID,
  proxmox_api_url: 'https://PVE.example:8443/api2/json',
  proxmox_api_token_id: 'ci@pve!build',
  proxmox_node: 'pve1',
  proxmox_insecure: true,
  proxmox_vlan_mode: true,
  proxmox_iso_storage: 'isos',
  proxmox_disk_storage: 'disks',
  proxmox_ccm_enabled: true,
  proxmox_vm_defaults: { cores: 6, sockets: 2, memory: 5000, disk_size: 70 },
  proxmox_vm_controller_defaults: { cores: 3, memory: 4000 },
  proxmox_vm_worker_defaults: { sockets: 4, disk_size: 90 },
  proxmox_vm_advanced: {
    bios: 'seabios',
    machine: 'i440fx',
    cpu_type: 'x86-64-v3',
    scsi_hw: 'lsi',
    balloon: 0,
    numa: false,
    qemu_agent: false,
    net_queues: 2,
    disk_discard: false,
    disk_ssd: false,
    tags: ['Zone_B', 'alpha'],
    network_bridge: 'vmbr3',
    ostype: 'other',
    disk_backup: true,
    disk_replicate: true,
  },
  talos: {
    factory_url: 'https://factory.example:8443/mirror/',
    age_recipients: [],
    cni: 'flannel',
    disk_encryption: 'node_id',
    sysctls: { 'vm.a': 1, 'vm.b': true },
    registry_mirrors: { 'docker.io': ['https://m.example'] },
    kernel_log_url: 'udp://log.example:514',
    service_log_url: 'tcp://log.example:515',
    extra_args: {
      kubelet: { a: 1 },
      api_server: { b: 'x' },
      controller_manager: { c: false },
      scheduler: { d: 2 },
      etcd: { e: 'y' },
    },
    api_access: { allowed_roles: ['os:reader'], allowed_namespaces: ['ops'] },
    kubelet_config: { maxPods: 99 },
    containerd_config: '[x]\n\n',
    host_dns_on_loopback: true,
    admission_control: false,
    tool: 'topf',
  },
  nocloud: { method: 'cicustom', server_url: 'http://10.20.0.9:8080//', dhcp: true, user_data: 'include' },
  proxmox: {
    default_target: 'tofu',
    vm_id_base: 2000,
    template_full_clone: false,
    template_node: 'pve2',
    pool: 'lab',
    import_storage: 'imports',
    snippets_storage: 'snips',
    protection: true,
    on_boot: false,
    firewall: true,
    watchdog: true,
    boot_source: 'iso',
    hosts: {
      pve1: {},
      pve2: {
        disk_storage: 'disks2',
        iso_storage: 'isos2',
        import_storage: 'imports2',
        snippets_storage: 'snips2',
        bridge: 'vmbr9',
        template_id: 7000,
      },
    },
  },
  ansible: { forks: 2, restart_if_needed: true, wait_timeout: 20, task_timeout: 61 },
  crossplane: { context: 'mgmt', namespace: 'vms', group: 'x.example', style: 'managed' },
  tofu: { backend: 'http', backend_address: 'https://state.example/lab', encryption: false, parallelism: 5 },
};

const NODES = [
  { name: 'cp-1', address: '10.20.1.0', controller: true },
  {
    name: 'w-1',
    address: '10.20.0.21',
    controller: false,
    disk: 'SER1',
    mac_addr: 'BC:24:11:00:00:AA',
    schematic_id: OTHER_ID,
    mtu: 9000,
    secureboot: false,
    encrypt_disk: true,
    kernel_modules: ['nbd nbds_max=4 x=1', 'dummy'],
    labels: { zone: 'b' },
    taints: ['dedicated=db:NoSchedule', 'plain:NoExecute'],
    vlan_tag: 9,
    proxmox_node: 'pve2',
    vm_id: 555,
    vm_cores: 7,
    vm_sockets: 1,
    vm_memory: 7000,
    vm_disk_size: 77,
    vm_startup_order: 9,
    vm_startup_delay: 1,
    vm_shutdown_delay: 2,
    vm_boot_source: 'template',
    vm_disk_storage: 'disks2',
    vm_bridge: 'vmbr5',
    vm_cpu_type: 'host',
    vm_tags: ['GPU', 'alpha'],
    routes: [{ network: '10.70.0.0/16', gateway: '10.20.3.1', metric: 5 }],
    vm_extra_disks: [{ size: 10, storage: 'slow', name: 'data', serial: 'D1', backup: false }, { size: 20 }],
    vm_extra_nics: [
      {
        bridge: 'vmbr6',
        mac_addr: 'BC:24:11:00:00:BB',
        vlan_tag: '12',
        mtu: 1600,
        address: '10.80.0.5/24',
        routes: [{ network: '10.90.0.0/16', gateway: '10.80.0.1' }],
      },
      { bridge: 'vmbr7' },
    ],
  },
];

const encoder = new TextEncoder();
const { cluster, issues, settings } = validate(
  {
    clusterText: encoder.encode(JSON.stringify(CLUSTER)),
    nodesText: encoder.encode(JSON.stringify({ nodes: NODES })),
  },
  { trace: true },
);

it('nothing is wrong with it', () => {
  expect(issues).toEqual([]);
});

describe('the model', () => {
  it('has every setting of the cluster', () => {
    const { nodes: _, ...others } = cluster ?? {};
    expect(others).toEqual({
      name: 'lab',
      endpoint: {
        vip: '10.20.0.5',
        url: 'https://10.20.0.5:6443',
        certSans: ['127.0.0.1', '10.20.0.5', 'api.example'],
      },
      network: {
        cidr: '10.20.0.0/22',
        prefixLength: 22,
        gateway: '10.20.3.254',
        nameservers: ['9.9.9.9'],
        timeServers: ['time.example'],
      },
      kubernetes: {
        version: { major: 1, minor: 33, patch: 2, text: '1.33.2' },
        podSubnets: ['10.60.0.0/16'],
        serviceSubnets: ['10.61.0.0/16'],
        cni: 'flannel',
        externalCloudProvider: true,
      },
      talos: {
        version: { major: 1, minor: 13, patch: 4, text: '1.13.4' },
        factoryUrl: 'https://factory.example:8443/mirror',
        factoryHost: 'factory.example:8443/mirror',
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
          id: 'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515',
          text: 'customization:\n    systemExtensions:\n        officialExtensions:\n            - siderolabs/qemu-guest-agent\n',
        },
        tool: 'topf',
        ageRecipients: [],
        diskEncryption: 'node_id',
        machine: {
          sysctls: { 'vm.a': '1', 'vm.b': 'true' },
          registryMirrors: { 'docker.io': ['https://m.example'] },
          kernelLogUrl: 'udp://log.example:514/',
          serviceLogUrl: 'tcp://log.example:515',
          kubeletConfig: { maxPods: 99 },
          containerdConfig: '[x]\n',
          hostDnsOnLoopback: true,
          extraArgs: {
            kubelet: { a: '1' },
            apiServer: { b: 'x' },
            controllerManager: { c: 'false' },
            scheduler: { d: '2' },
            etcd: { e: 'y' },
          },
          admissionControl: false,
          apiAccess: { roles: ['os:reader'], namespaces: ['ops'] },
        },
      },
      nocloud: { method: 'cicustom', serverUrl: 'http://10.20.0.9:8080', dhcp: true, userData: 'include' },
      ansible: { forks: 2, restartIfNeeded: true, waitTimeoutSeconds: 20, taskTimeoutSeconds: 61 },
      crossplane: { context: 'mgmt', namespace: 'vms', group: 'x.example', style: 'managed' },
      tofu: { backend: 'http', backendAddress: 'https://state.example/lab', encryption: false, parallelism: 5 },
      proxmox: {
        apiUrl: 'https://pve.example:8443',
        apiHost: 'pve.example',
        apiPort: 8443,
        apiUser: 'ci@pve',
        apiTokenName: 'build',
        insecure: true,
        pool: 'lab',
        defaultTarget: 'tofu',
        hosts: [
          {
            name: 'pve1',
            diskStorage: 'disks',
            isoStorage: 'isos',
            importStorage: 'imports',
            snippetsStorage: 'snips',
            bridge: 'vmbr3',
          },
          {
            name: 'pve2',
            diskStorage: 'disks2',
            isoStorage: 'isos2',
            importStorage: 'imports2',
            snippetsStorage: 'snips2',
            bridge: 'vmbr9',
          },
        ],
        images: [
          {
            key: '376567988ad3-iso',
            kind: 'iso',
            contentType: 'iso',
            schematicId: ID,
            secureBoot: false,
            url: `https://factory.example:8443/mirror/image/${ID}/v1.13.4/nocloud-amd64.iso`,
            fileName: 'talos-v1.13.4-376567988ad3-nocloud-amd64.iso',
            placements: [
              { pveNode: 'pve1', storage: 'isos', volumeId: 'isos:iso/talos-v1.13.4-376567988ad3-nocloud-amd64.iso' },
            ],
          },
          {
            key: 'aaaaaaaaaaaa-image',
            kind: 'image',
            contentType: 'import',
            schematicId: OTHER_ID,
            secureBoot: false,
            url: `https://factory.example:8443/mirror/image/${OTHER_ID}/v1.13.4/nocloud-amd64.qcow2`,
            fileName: 'talos-v1.13.4-aaaaaaaaaaaa-nocloud-amd64.qcow2',
            placements: [
              {
                pveNode: 'pve2',
                storage: 'imports2',
                volumeId: 'imports2:import/talos-v1.13.4-aaaaaaaaaaaa-nocloud-amd64.qcow2',
              },
            ],
          },
        ],
        templates: [
          {
            vmId: 7000,
            name: 'talos-v1-13-4-aaaaaaaaaaaa',
            pveNode: 'pve2',
            storage: 'disks2',
            bridge: 'vmbr9',
            imageKey: 'aaaaaaaaaaaa-image',
            imageVolumeId: 'imports2:import/talos-v1.13.4-aaaaaaaaaaaa-nocloud-amd64.qcow2',
            secureBoot: false,
            bios: 'seabios',
            machine: 'pc',
          },
        ],
      },
    });
  });

  it('has every setting of a node that writes none', () => {
    expect(cluster?.nodes[0]).toEqual({
      index: 0,
      name: 'cp-1',
      role: 'controlplane',
      address: '10.20.1.0',
      macAddress: 'bc:24:11:29:4b:cf',
      links: [
        {
          alias: 'lan0',
          macAddress: 'bc:24:11:29:4b:cf',
          mtu: 1500,
          vlanTag: null,
          addresses: ['10.20.1.0/22'],
          gateway: '10.20.3.254',
          routes: [],
          bond: null,
        },
      ],
      installDisk: { kind: 'path', path: '/dev/sda' },
      schematicId: ID,
      secureBoot: false,
      encryptDisk: false,
      kernelModules: [],
      labels: {},
      taints: [],
      installerImage: `factory.example:8443/mirror/nocloud-installer/${ID}:v1.13.4`,
      userVolumes: [],
      systemUuid: 'f3fe00ea-27dd-5818-8c4c-3e8a7b7a353a',
      nocloudSerial: 'ds=nocloud-net;s=http://10.20.0.9:8080/lab/cp-1/;h=cp-1;i=lab-cp-1',
      vm: {
        vmId: 2256,
        pveNode: 'pve1',
        name: 'cp-1',
        description: 'Talos controlplane cp-1 of cluster lab, managed by talmox',
        tags: ['alpha', 'controller', 'zone_b'],
        pool: 'lab',
        bios: 'seabios',
        machine: 'pc',
        osType: 'other',
        cpuType: 'x86-64-v3',
        cores: 3,
        sockets: 2,
        memoryMiB: 4000,
        numa: false,
        balloonMiB: 0,
        scsiController: 'lsi',
        efiDisk: null,
        tpm: null,
        boot: {
          source: 'iso',
          imageKey: '376567988ad3-iso',
          volumeId: 'isos:iso/talos-v1.13.4-376567988ad3-nocloud-amd64.iso',
          drive: 'ide2',
        },
        bootOrder: ['scsi0', 'ide2'],
        disks: [
          {
            ssd: false,
            discard: false,
            iothread: false,
            replicate: true,
            slot: 'scsi0',
            storage: 'disks',
            sizeGiB: 70,
            backup: true,
            serial: null,
          },
        ],
        nics: [
          {
            model: 'virtio',
            mtu: null,
            queues: 2,
            firewall: true,
            slot: 'net0',
            bridge: 'vmbr3',
            macAddress: 'BC:24:11:29:4B:CF',
            vlanTag: 7,
          },
        ],
        cloudInit: {
          drive: 'ide0',
          storage: 'disks',
          ipConfigs: [{ address: '10.20.1.0/22', gateway: '10.20.3.254' }],
          nameservers: ['9.9.9.9'],
          snippets: {
            user: 'snips:snippets/lab-cp-1-user.yaml',
            meta: 'snips:snippets/lab-cp-1-meta.yaml',
            network: 'snips:snippets/lab-cp-1-network.yaml',
          },
        },
        agent: false,
        watchdog: { model: 'i6300esb', action: 'reset' },
        vga: { type: 'std', memoryMiB: null },
        serialPorts: ['socket'],
        smbios: { uuid: 'f3fe00ea-27dd-5818-8c4c-3e8a7b7a353a', serial: null },
        startup: { order: 3, upDelaySeconds: 15, downDelaySeconds: 60 },
        onBoot: false,
        protection: true,
      },
    });
  });

  it('has every setting of a node', () => {
    expect(cluster?.nodes[1]).toEqual({
      index: 1,
      name: 'w-1',
      role: 'worker',
      address: '10.20.0.21',
      macAddress: 'bc:24:11:00:00:aa',
      links: [
        {
          alias: 'lan0',
          macAddress: 'bc:24:11:00:00:aa',
          mtu: 9000,
          vlanTag: null,
          addresses: ['10.20.0.21/22'],
          gateway: '10.20.3.254',
          routes: [{ network: '10.70.0.0/16', gateway: '10.20.3.1', metric: 5 }],
          bond: null,
        },
        {
          alias: 'lan1',
          macAddress: 'bc:24:11:00:00:bb',
          mtu: 1600,
          vlanTag: null,
          addresses: ['10.80.0.5/24'],
          gateway: null,
          routes: [{ network: '10.90.0.0/16', gateway: '10.80.0.1', metric: null }],
          bond: null,
        },
        {
          alias: 'lan2',
          macAddress: 'bc:24:11:62:f3:c0',
          mtu: 1500,
          vlanTag: null,
          addresses: [],
          gateway: null,
          routes: [],
          bond: null,
        },
      ],
      installDisk: { kind: 'serial', serial: 'SER1' },
      schematicId: OTHER_ID,
      secureBoot: false,
      encryptDisk: true,
      kernelModules: [
        { name: 'nbd', parameters: ['nbds_max=4', 'x=1'] },
        { name: 'dummy', parameters: [] },
      ],
      labels: { zone: 'b' },
      taints: [
        { key: 'dedicated', value: 'db', effect: 'NoSchedule' },
        { key: 'plain', value: '', effect: 'NoExecute' },
      ],
      installerImage: `factory.example:8443/mirror/nocloud-installer/${OTHER_ID}:v1.13.4`,
      userVolumes: [{ name: 'data', slot: 'scsi1', serial: 'D1', sizeGiB: 10 }],
      systemUuid: 'c83c737b-4081-5f3e-9223-fbfee588a3db',
      nocloudSerial: 'ds=nocloud-net;s=http://10.20.0.9:8080/lab/w-1/;h=w-1;i=lab-w-1',
      vm: {
        vmId: 555,
        pveNode: 'pve2',
        name: 'w-1',
        description: 'Talos worker w-1 of cluster lab, managed by talmox',
        tags: ['alpha', 'gpu', 'worker', 'zone_b'],
        pool: 'lab',
        bios: 'seabios',
        machine: 'pc',
        osType: 'other',
        cpuType: 'host',
        cores: 7,
        sockets: 1,
        memoryMiB: 7000,
        numa: false,
        balloonMiB: 0,
        scsiController: 'lsi',
        efiDisk: null,
        tpm: null,
        boot: { source: 'template', templateId: 7000, templateNode: 'pve2', full: false },
        bootOrder: ['scsi0'],
        disks: [
          {
            ssd: false,
            discard: false,
            iothread: false,
            replicate: true,
            slot: 'scsi0',
            storage: 'disks2',
            sizeGiB: 77,
            backup: true,
            serial: 'SER1',
          },
          {
            ssd: false,
            discard: false,
            iothread: false,
            replicate: true,
            slot: 'scsi1',
            storage: 'slow',
            sizeGiB: 10,
            backup: false,
            serial: 'D1',
          },
          {
            ssd: false,
            discard: false,
            iothread: false,
            replicate: true,
            slot: 'scsi2',
            storage: 'disks2',
            sizeGiB: 20,
            backup: true,
            serial: null,
          },
        ],
        nics: [
          {
            model: 'virtio',
            mtu: null,
            queues: 2,
            firewall: true,
            slot: 'net0',
            bridge: 'vmbr5',
            macAddress: 'BC:24:11:00:00:AA',
            vlanTag: 9,
          },
          {
            model: 'virtio',
            mtu: null,
            queues: 2,
            firewall: true,
            slot: 'net1',
            bridge: 'vmbr6',
            macAddress: 'BC:24:11:00:00:BB',
            vlanTag: 12,
          },
          {
            model: 'virtio',
            mtu: null,
            queues: 2,
            firewall: true,
            slot: 'net2',
            bridge: 'vmbr7',
            macAddress: 'BC:24:11:62:F3:C0',
            vlanTag: null,
          },
        ],
        cloudInit: {
          drive: 'ide0',
          storage: 'disks2',
          ipConfigs: [
            { address: '10.20.0.21/22', gateway: '10.20.3.254' },
            { address: '10.80.0.5/24', gateway: null },
            null,
          ],
          nameservers: ['9.9.9.9'],
          snippets: {
            user: 'snips2:snippets/lab-w-1-user.yaml',
            meta: 'snips2:snippets/lab-w-1-meta.yaml',
            network: 'snips2:snippets/lab-w-1-network.yaml',
          },
        },
        agent: false,
        watchdog: { model: 'i6300esb', action: 'reset' },
        vga: { type: 'std', memoryMiB: null },
        serialPorts: ['socket'],
        smbios: { uuid: 'c83c737b-4081-5f3e-9223-fbfee588a3db', serial: null },
        startup: { order: 9, upDelaySeconds: 1, downDelaySeconds: 2 },
        onBoot: false,
        protection: true,
      },
    });
  });
});

/** Owner, key, whose value is taken, where it stands. */
const FALLBACKS: readonly (readonly [string | null, string, string, string])[] = [
  [null, 'proxmox_vm_controller_defaults.sockets', 'cluster default', '/proxmox_vm_defaults/sockets'],
  [null, 'proxmox_vm_controller_defaults.disk_size', 'cluster default', '/proxmox_vm_defaults/disk_size'],
  [null, 'proxmox_vm_worker_defaults.cores', 'cluster default', '/proxmox_vm_defaults/cores'],
  [null, 'proxmox_vm_worker_defaults.memory', 'cluster default', '/proxmox_vm_defaults/memory'],
  ['cp-1', 'vlan_tag', 'cluster default', '/node_vlan_tag'],
  ['cp-1', 'schematic_id', 'cluster default', '/schematic_id'],
  ['cp-1', 'proxmox_node', 'cluster default', '/proxmox_node'],
  [null, 'proxmox.hosts.pve1.disk_storage', 'cluster default', '/proxmox_disk_storage'],
  [null, 'proxmox.hosts.pve1.iso_storage', 'cluster default', '/proxmox_iso_storage'],
  [null, 'proxmox.hosts.pve1.import_storage', 'cluster default', '/proxmox/import_storage'],
  [null, 'proxmox.hosts.pve1.snippets_storage', 'cluster default', '/proxmox/snippets_storage'],
  [null, 'proxmox.hosts.pve1.bridge', 'cluster default', '/proxmox_vm_advanced/network_bridge'],
  ['cp-1', 'vm_disk_storage', 'cluster default', '/proxmox_disk_storage'],
  ['cp-1', 'vm_boot_source', 'cluster default', '/proxmox/boot_source'],
  ['cp-1', 'vm_bridge', 'cluster default', '/proxmox_vm_advanced/network_bridge'],
  ['cp-1', 'vm_cpu_type', 'cluster default', '/proxmox_vm_advanced/cpu_type'],
  ['cp-1', 'vm_cores', 'role default', '/proxmox_vm_controller_defaults/cores'],
  ['cp-1', 'vm_sockets', 'cluster default', '/proxmox_vm_defaults/sockets'],
  ['cp-1', 'vm_memory', 'role default', '/proxmox_vm_controller_defaults/memory'],
  ['cp-1', 'vm_disk_size', 'cluster default', '/proxmox_vm_defaults/disk_size'],
  ['cp-1', 'qemu agent', 'cluster default', '/proxmox_vm_advanced/qemu_agent'],
  ['w-1', 'vm_extra_disks[1].backup', 'cluster default', '/proxmox_vm_advanced/disk_backup'],
  ['w-1', 'qemu agent', 'cluster default', '/proxmox_vm_advanced/qemu_agent'],
];

describe('explain', () => {
  it('names the place of every key that is written for itself', () => {
    for (const { node, key, origin } of settings) {
      if (origin.kind !== 'file') continue;
      const index = NODES.findIndex(({ name }) => name === node);
      const path = key.replaceAll(/[.[]/g, '/').replaceAll(']', '');
      const own = index === -1 ? `cluster.yaml/${path}` : `nodes.yaml/nodes/${index}/${path}`;
      // An extra disk that names no storage is where the system disk is.
      const other = key === 'vm_extra_disks[1].storage' ? 'nodes.yaml/nodes/1/vm_disk_storage' : own;
      expect(`${origin.file}${origin.pointer}`, key).toBe(other);
    }
  });

  it('names every setting that a node, a host or a role falls back to', () => {
    const found = settings.flatMap(({ node, key, origin }) =>
      'pointer' in origin && origin.kind !== 'file' ? [[node, key, origin.kind, origin.pointer]] : [],
    );
    expect(found).toEqual(FALLBACKS);
  });

  it('shows each key that is written once, with its value', () => {
    const keys = settings.map(({ node, key }) => `${String(node)} ${key}`);
    expect(keys.filter((key, position) => keys.indexOf(key) < position)).toEqual([]);
    for (const [key, written] of Object.entries(NODES[1] ?? {}) as [string, unknown][]) {
      // Proxmox VE keeps tags sorted, in lower case.
      const value = key === 'vm_tags' ? ['alpha', 'gpu', 'worker', 'zone_b'] : written;
      expect(settings.find((setting) => setting.node === 'w-1' && setting.key === key)?.value, key).toEqual(value);
    }
  });
});
