/** Every built-in default by value: as `talmox explain` tells it, and as it reaches the backends. */

import { describe, expect, it } from 'vitest';
import { validate } from '../../src/validate.ts';

const encoder = new TextEncoder();
const NODES = [
  { name: 'cp-1', address: '10.10.10.11', controller: true },
  { name: 'w-1', address: '10.10.10.21', controller: false },
];

/** The least that can be written. */
function resolved(cluster: object, nodes: readonly object[] = NODES): ReturnType<typeof validate> {
  const required = { node_cidr: '10.10.10.0/24', cluster_api_addr: '10.10.10.5' };
  return validate(
    {
      clusterText: encoder.encode(JSON.stringify({ ...required, ...cluster })),
      nodesText: encoder.encode(JSON.stringify({ nodes })),
    },
    { trace: true },
  );
}

const onProxmox = resolved({ proxmox_api_url: 'https://10.10.10.2', proxmox_node: 'pve1' });
const SCHEMATIC = 'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515';

/** Key, value, reason. A key that takes part in nothing where it is not written has the reason "not written". */
const OF_CLUSTER: readonly (readonly [string, unknown, string])[] = [
  ['proxmox_vm_advanced.bios', 'ovmf', ''],
  ['proxmox_vm_advanced.machine', 'q35', ''],
  ['proxmox_vm_advanced.cpu_type', 'host', ''],
  ['proxmox_vm_advanced.scsi_hw', 'virtio-scsi-pci', ''],
  ['proxmox_vm_advanced.balloon', 0, ''],
  ['proxmox_vm_advanced.numa', true, ''],
  ['proxmox_vm_advanced.net_queues', 4, ''],
  ['proxmox_vm_advanced.disk_discard', true, ''],
  ['proxmox_vm_advanced.disk_ssd', true, ''],
  ['proxmox_vm_advanced.tags', ['kubernetes', 'linux', 'talos'], ''],
  ['proxmox_vm_advanced.network_bridge', 'vmbr0', ''],
  ['proxmox_vm_advanced.ostype', 'l26', ''],
  ['proxmox_vm_advanced.disk_backup', false, ''],
  ['proxmox_vm_advanced.disk_replicate', false, ''],
  ['proxmox_insecure', false, ''],
  ['proxmox.pool', null, ''],
  ['proxmox.default_target', null, ''],
  ['proxmox_vm_controller_defaults.cores', 4, 'for a controlplane'],
  ['proxmox_vm_controller_defaults.sockets', 1, 'for a controlplane'],
  ['proxmox_vm_controller_defaults.memory', 8192, 'for a controlplane'],
  ['proxmox_vm_controller_defaults.disk_size', 64, 'for a controlplane'],
  ['proxmox_vm_worker_defaults.cores', 8, 'for a worker'],
  ['proxmox_vm_worker_defaults.sockets', 1, 'for a worker'],
  ['proxmox_vm_worker_defaults.memory', 16384, 'for a worker'],
  ['proxmox_vm_worker_defaults.disk_size', 256, 'for a worker'],
  ['proxmox.vm_id_base', 1000, ''],
  ['proxmox.template_node', null, ''],
  ['proxmox.template_full_clone', true, ''],
  ['proxmox.on_boot', true, ''],
  ['proxmox.protection', false, ''],
  ['proxmox.firewall', false, ''],
  ['proxmox.watchdog', false, ''],
  ['proxmox_disk_storage', 'local-lvm', ''],
  ['proxmox_iso_storage', 'local', ''],
  ['proxmox.import_storage', 'local', ''],
  ['proxmox.snippets_storage', 'local', ''],
  ['cluster_name', 'kubernetes', ''],
  ['cluster_api_tls_sans', [], ''],
  ['node_default_gateway', '10.10.10.1', 'the first address of node_cidr'],
  ['node_dns_servers', ['1.1.1.1', '1.0.0.1'], ''],
  ['node_ntp_servers', ['162.159.200.1', '162.159.200.123'], ''],
  ['cluster_pod_cidr', '10.42.0.0/16', ''],
  ['cluster_svc_cidr', '10.43.0.0/16', ''],
  ['kubernetes_version', '1.35.0', ''],
  ['talos.cni', 'none', 'a CNI such as Cilium is installed later'],
  ['proxmox_ccm_enabled', false, ''],
  ['talos_version', '1.12.0', ''],
  ['talos.factory_url', 'https://factory.talos.dev', ''],
  ['talos.extensions', ['siderolabs/qemu-guest-agent'], 'so that Proxmox can shut the VMs down in order'],
  ['talos.kernel_args', [], ''],
  ['talos.image.overlay', null, ''],
  ['talos.image.meta', [], ''],
  ['talos.image.bootloader', null, ''],
  ['talos.image.enroll_keys', null, ''],
  ['talos.image.well_known_certificates', false, ''],
  ['talos.image.sector_size', null, ''],
  ['talos.tool', 'talosctl', ''],
  ['talos.age_recipients', [], 'the .sops.yaml of the repository or SOPS_AGE_RECIPIENTS says'],
  ['talos.disk_encryption', 'tpm', ''],
  ['talos.extra_args', {}, ''],
  ['talos.sysctls', {}, ''],
  ['talos.registry_mirrors', {}, ''],
  ['talos.kernel_log_url', null, ''],
  ['talos.service_log_url', null, ''],
  ['talos.kubelet_config', {}, ''],
  ['talos.containerd_config', null, ''],
  ['talos.host_dns_on_loopback', false, ''],
  ['talos.admission_control', true, ''],
  ['talos.api_access', null, ''],
  ['nocloud.method', 'ipconfig', 'needs no DHCP, no server and no secret on the host'],
  ['nocloud.server_url', null, ''],
  ['nocloud.dhcp', false, ''],
  ['nocloud.user_data', 'none', 'with nocloud.method ipconfig Proxmox writes its own'],
  ['ansible.forks', 10, ''],
  ['ansible.restart_if_needed', false, ''],
  ['ansible.wait_timeout', 300, ''],
  ['ansible.task_timeout', 900, ''],
  ['crossplane.context', null, ''],
  ['crossplane.namespace', 'kubernetes', 'cluster_name'],
  ['crossplane.group', 'talmox.internal', ''],
  ['crossplane.style', 'composition', ''],
  ['tofu.backend', 'local', ''],
  ['tofu.backend_address', null, ''],
  ['tofu.encryption', true, ''],
  ['tofu.parallelism', 3, ''],
  [
    'schematic_id',
    'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515',
    'talos.extensions, talos.kernel_args and talos.image',
  ],
  ['node_vlan_tag', 0, 'untagged'],
  ['proxmox_vm_advanced.qemu_agent', true, 'siderolabs/qemu-guest-agent is in talos.extensions'],
  ['proxmox.hosts.pve1.disk_storage', 'local-lvm', 'the default of proxmox_disk_storage'],
  ['proxmox.hosts.pve1.iso_storage', 'local', 'the default of proxmox_iso_storage'],
  ['proxmox.hosts.pve1.import_storage', 'local', 'the default of proxmox.import_storage'],
  ['proxmox.hosts.pve1.snippets_storage', 'local', 'the default of proxmox.snippets_storage'],
  ['proxmox.hosts.pve1.bridge', 'vmbr0', 'the default of proxmox_vm_advanced.network_bridge'],
  ['proxmox.hosts.pve1.template_id', null, 'one for each boot file, from proxmox.template_id_base'],
  ['cluster_gateway_addr', null, 'not written'],
  ['cluster_dns_gateway_addr', null, 'not written'],
  ['cloudflare_gateway_addr', null, 'not written'],
  ['cilium_lb_pool_cidr', null, 'not written'],
  ['cilium_bgp_router_addr', null, 'not written'],
  ['cilium_bgp_router_asn', null, 'not written'],
  ['cilium_bgp_node_asn', null, 'not written'],
  ['proxmox_vlan_mode', false, ''],
  ['proxmox_api_token_id', null, 'not written'],
  ['proxmox_api_token_secret', null, 'not written'],
  ['proxmox_vm_defaults.cores', null, 'not written'],
  ['proxmox_vm_defaults.sockets', null, 'not written'],
  ['proxmox_vm_defaults.memory', null, 'not written'],
  ['proxmox_vm_defaults.disk_size', null, 'not written'],
  ['talos.image', null, 'not written'],
  ['proxmox.boot_source', null, 'not written'],
  ['proxmox.template_id_base', 9000, ''],
  ['proxmox.hosts', null, 'not written'],
  ['proxmox_ccm_token_id', null, 'not written'],
  ['proxmox_ccm_token_secret', null, 'not written'],
  ['proxmox_csi_enabled', false, ''],
  ['proxmox_csi_token_id', null, 'not written'],
  ['proxmox_csi_token_secret', null, 'not written'],
  ['proxmox_csi_storage', null, 'not written'],
  ['proxmox_endpoint', null, 'not written'],
  ['proxmox_region', 'pve', ''],
  ['cf_account_id', null, 'not written'],
  ['tfstate_username', 'terraform', ''],
  ['tfstate_password', null, 'not written'],
  ['backup_s3_endpoint', null, 'not written'],
  ['backup_s3_bucket', null, 'not written'],
  ['backup_s3_region', 'us-east-1', ''],
  ['backup_s3_access_key', null, 'not written'],
  ['backup_s3_secret_key', null, 'not written'],
  ['backup_age_public_key', null, 'not written'],
  ['loki_enabled', false, ''],
  ['kubernetes_oidc_enabled', false, ''],
  ['kubernetes_oidc_client_id', 'kubernetes', ''],
  ['kubernetes_oidc_username_claim', 'email', ''],
  ['kubernetes_oidc_username_prefix', 'oidc:', ''],
  ['kubernetes_oidc_groups_claim', 'groups', ''],
  ['kubernetes_oidc_groups_prefix', 'oidc:', ''],
  ['kubernetes_oidc_signing_algs', 'RS256', ''],
  ['keycloak_subdomain', 'sso', ''],
  ['keycloak_realm', null, 'not written'],
  ['cloudflare_domain', null, 'not written'],
];

/** Key, value of a control plane, value of a worker, reason. */
const OF_NODES: readonly (readonly [string, unknown, unknown, string])[] = [
  ['vm_extra_disks', [], [], ''],
  ['vm_extra_nics', [], [], ''],
  ['mac_addr', 'bc:24:11:0a:e7:b3', 'bc:24:11:16:5e:22', 'cluster and node name'],
  ['vlan_tag', 0, 0, 'untagged'],
  ['bond', null, null, ''],
  ['mtu', 1500, 1500, ''],
  ['routes', [], [], ''],
  [
    'schematic_id',
    'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515',
    'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515',
    'talos.extensions, talos.kernel_args and talos.image',
  ],
  ['secureboot', false, false, ''],
  ['encrypt_disk', false, false, ''],
  ['kernel_modules', [], [], ''],
  ['labels', {}, {}, ''],
  ['taints', [], [], ''],
  ['disk', '/dev/sda', '/dev/sda', 'the only disk of the VM'],
  [
    'smbios uuid',
    '7c5ee88b-8703-55ef-8455-d937a5d08e2a',
    '04ee140c-5002-5045-88a4-fbfa4afef8e0',
    'UUIDv5 of cluster and node name',
  ],
  ['vm_disk_storage', 'local-lvm', 'local-lvm', 'the default of proxmox_disk_storage'],
  ['vm_boot_source', 'image', 'image', 'imported by the host itself, no manual step'],
  ['vm_bridge', 'vmbr0', 'vmbr0', 'the default of proxmox_vm_advanced.network_bridge'],
  ['vm_id', 1011, 1021, "proxmox.vm_id_base 1000 + the address's offset in node_cidr"],
  [
    'vm_tags',
    ['controller', 'kubernetes', 'linux', 'talos'],
    ['kubernetes', 'linux', 'talos', 'worker'],
    'proxmox_vm_advanced.tags and the role',
  ],
  ['vm_cpu_type', 'host', 'host', 'the default of proxmox_vm_advanced.cpu_type'],
  ['vm_cores', 4, 8, 'for a ROLE'],
  ['vm_sockets', 1, 1, 'for a ROLE'],
  ['vm_memory', 8192, 16384, 'for a ROLE'],
  ['vm_disk_size', 64, 256, 'for a ROLE'],
  ['qemu agent', true, true, 'siderolabs/qemu-guest-agent is in talos.extensions'],
  ['watchdog', null, null, 'proxmox.watchdog'],
  ['vga', { type: 'std', memoryMiB: null }, { type: 'std', memoryMiB: null }, 'the screen for the dashboard of Talos'],
  ['serial ports', ['socket'], ['socket'], 'the console of qm terminal'],
  ['vm_startup_order', 3, 4, 'for a ROLE'],
  ['vm_startup_delay', 15, 15, ''],
  ['vm_shutdown_delay', 60, 60, ''],
];

interface Told {
  readonly key: string;
  readonly value: unknown;
  readonly reason: string;
}

/** What nobody wrote, of the cluster or of a node. */
function toldOf({ settings }: ReturnType<typeof validate>, node: string | null): Told[] {
  return settings.flatMap(({ node: owner, key, value, origin }) =>
    owner === node && 'reason' in origin ? [{ key, value, reason: origin.reason }] : [],
  );
}

const byKey = (a: Told, b: Told): number => (a.key < b.key ? -1 : 1);

describe('explain tells', () => {
  it('every default of the cluster', () => {
    const expected = OF_CLUSTER.map(([key, value, reason]) => ({ key, value, reason }));
    expect(toldOf(onProxmox, null).sort(byKey)).toEqual(expected.sort(byKey));
  });

  it.each([
    ['cp-1', 'controlplane', 1],
    ['w-1', 'worker', 2],
  ] as const)('every default of %s, a %s', (name, role, column) => {
    const expected = OF_NODES.map((row) => ({ key: row[0], value: row[column], reason: row[3].replace('ROLE', role) }));
    expect(toldOf(onProxmox, name).sort(byKey)).toEqual(expected.sort(byKey));
  });

  it.each([
    ['talos.extensions', [], 'no Proxmox, no guest agent'],
    ['vm_cores', null, 'a bare-metal node has none'],
    ['vm_id', null, 'a bare-metal node has none'],
    ['proxmox_node', null, 'not written'],
  ])('%s of real machines', (key, value, reason) => {
    const { settings } = resolved(
      {},
      NODES.map((node, index) => ({ ...node, disk: '/dev/sda', mac_addr: `02:00:00:00:00:0${index}` })),
    );
    expect(settings.find((setting) => setting.key === key)).toMatchObject({ value, origin: { reason } });
  });

  it.each([
    ['cicustom', 'partial', 'with nocloud.method cicustom the node learns its host name, and no secret'],
    ['nocloud-net', 'partial', 'with nocloud.method nocloud-net the node learns its host name, and no secret'],
  ])('the user data of %s', (method, value, reason) => {
    const { settings } = resolved({
      nocloud: { method, dhcp: true, server_url: 'http://10.10.10.9' },
      proxmox_api_url: 'https://10.10.10.2',
      proxmox_node: 'pve1',
    });
    expect(settings.find(({ key }) => key === 'nocloud.user_data')).toMatchObject({ value, origin: { reason } });
  });
});

describe('the backends get', () => {
  it('the cluster', () => {
    const { nodes: _, ...cluster } = onProxmox.cluster ?? {};
    expect(cluster).toEqual({
      name: 'kubernetes',
      endpoint: { vip: '10.10.10.5', url: 'https://10.10.10.5:6443', certSans: ['127.0.0.1', '10.10.10.5'] },
      network: {
        cidr: '10.10.10.0/24',
        prefixLength: 24,
        gateway: '10.10.10.1',
        nameservers: ['1.1.1.1', '1.0.0.1'],
        timeServers: ['162.159.200.1', '162.159.200.123'],
      },
      kubernetes: {
        version: { major: 1, minor: 35, patch: 0, text: '1.35.0' },
        podSubnets: ['10.42.0.0/16'],
        serviceSubnets: ['10.43.0.0/16'],
        cni: 'none',
        externalCloudProvider: false,
      },
      talos: {
        version: { major: 1, minor: 12, patch: 0, text: '1.12.0' },
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
      nocloud: { method: 'ipconfig', serverUrl: null, dhcp: false, userData: 'none' },
      ansible: { forks: 10, restartIfNeeded: false, waitTimeoutSeconds: 300, taskTimeoutSeconds: 900 },
      crossplane: { context: null, namespace: 'kubernetes', group: 'talmox.internal', style: 'composition' },
      tofu: { backend: 'local', backendAddress: null, encryption: true, parallelism: 3 },
      proxmox: {
        apiUrl: 'https://10.10.10.2:8006',
        apiHost: '10.10.10.2',
        apiPort: 8006,
        apiUser: null,
        apiTokenName: null,
        insecure: false,
        pool: null,
        defaultTarget: null,
        hosts: [
          {
            name: 'pve1',
            diskStorage: 'local-lvm',
            isoStorage: 'local',
            importStorage: 'local',
            snippetsStorage: 'local',
            bridge: 'vmbr0',
          },
        ],
        images: [
          {
            key: 'ce4c980550dd-image',
            kind: 'image',
            contentType: 'import',
            schematicId: SCHEMATIC,
            secureBoot: false,
            url: `https://factory.talos.dev/image/${SCHEMATIC}/v1.12.0/nocloud-amd64.qcow2`,
            fileName: 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
            placements: [
              {
                pveNode: 'pve1',
                storage: 'local',
                volumeId: 'local:import/talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
              },
            ],
          },
        ],
        templates: [],
      },
    });
  });

  it('the control plane', () => {
    expect(onProxmox.cluster?.nodes[0]).toEqual({
      index: 0,
      name: 'cp-1',
      role: 'controlplane',
      address: '10.10.10.11',
      macAddress: 'bc:24:11:0a:e7:b3',
      links: [
        {
          alias: 'lan0',
          macAddress: 'bc:24:11:0a:e7:b3',
          mtu: 1500,
          vlanTag: null,
          addresses: ['10.10.10.11/24'],
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
      systemUuid: '7c5ee88b-8703-55ef-8455-d937a5d08e2a',
      nocloudSerial: 'h=cp-1;i=kubernetes-cp-1',
      vm: {
        vmId: 1011,
        pveNode: 'pve1',
        name: 'cp-1',
        description: 'Talos controlplane cp-1 of cluster kubernetes, managed by talmox',
        tags: ['controller', 'kubernetes', 'linux', 'talos'],
        pool: null,
        bios: 'ovmf',
        machine: 'q35',
        osType: 'l26',
        cpuType: 'host',
        cores: 4,
        sockets: 1,
        memoryMiB: 8192,
        numa: true,
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
            ssd: true,
            discard: true,
            iothread: false,
            replicate: false,
            slot: 'scsi0',
            storage: 'local-lvm',
            sizeGiB: 64,
            backup: false,
            serial: null,
          },
        ],
        nics: [
          {
            model: 'virtio',
            mtu: null,
            queues: 4,
            firewall: false,
            slot: 'net0',
            bridge: 'vmbr0',
            macAddress: 'BC:24:11:0A:E7:B3',
            vlanTag: null,
          },
        ],
        cloudInit: {
          drive: 'ide0',
          storage: 'local-lvm',
          ipConfigs: [{ address: '10.10.10.11/24', gateway: '10.10.10.1' }],
          nameservers: ['1.1.1.1', '1.0.0.1'],
          snippets: null,
        },
        agent: true,
        watchdog: null,
        vga: { type: 'std', memoryMiB: null },
        serialPorts: ['socket'],
        smbios: { uuid: '7c5ee88b-8703-55ef-8455-d937a5d08e2a', serial: null },
        startup: { order: 3, upDelaySeconds: 15, downDelaySeconds: 60 },
        onBoot: true,
        protection: false,
      },
    });
  });

  it('the worker, which differs by its role alone', () => {
    expect(onProxmox.cluster?.nodes[1]).toMatchObject({
      role: 'worker',
      nocloudSerial: 'h=w-1;i=kubernetes-w-1',
      vm: {
        vmId: 1021,
        description: 'Talos worker w-1 of cluster kubernetes, managed by talmox',
        tags: ['kubernetes', 'linux', 'talos', 'worker'],
        cores: 8,
        sockets: 1,
        memoryMiB: 16384,
        disks: [{ sizeGiB: 256 }],
        startup: { order: 4, upDelaySeconds: 15, downDelaySeconds: 60 },
      },
    });
  });

  it('what a bond and OpenID Connect need, where they are switched on', () => {
    const { cluster } = resolved(
      { kubernetes_oidc_enabled: true, cloudflare_domain: 'example.org', keycloak_realm: 'home', loki_enabled: true },
      [{ ...NODES[0], disk: '/dev/sda', mac_addr: '02:00:00:00:00:01', bond: { mac_addrs: ['02:00:00:00:00:0A'] } }],
    );
    expect(cluster?.nodes[0]?.links[0].bond).toEqual({
      members: [
        { alias: 'lan0', macAddress: '02:00:00:00:00:01' },
        { alias: 'lan1', macAddress: '02:00:00:00:00:0a' },
      ],
      mode: 'active-backup',
      miimon: 100,
      delay: 200,
      lacpRate: null,
      xmitHashPolicy: null,
    });
    expect(cluster?.talos.machine.extraArgs.apiServer).toEqual({
      'oidc-issuer-url': 'https://sso.example.org/realms/home',
      'oidc-client-id': 'kubernetes',
      'oidc-username-claim': 'email',
      'oidc-username-prefix': 'oidc:',
      'oidc-groups-claim': 'groups',
      'oidc-groups-prefix': 'oidc:',
      'oidc-signing-algs': 'RS256',
    });
    expect(cluster?.talos.machine.serviceLogUrl).toBe('udp://127.0.0.1:6051');
  });
});
