/** Clusters of every Talos release, network shape, NoCloud method and boot source, with and without everything that can be set. */

import { TALOS_MINORS } from '../../src/model/compatibility.ts';

export interface MatrixCase {
  readonly name: string;
  readonly minor: string;
  readonly shape: string;
  readonly settings: string;
  readonly clusterText: string;
  readonly nodesText: string;
}

type Json = Readonly<Record<string, unknown>>;

interface Shape {
  readonly cluster: Json;
  readonly node: (offset: number) => Json;
  readonly methods?: readonly string[];
  readonly metal?: true;
}

const mac = (nic: number, offset: number): string => `bc:24:11:00:0${nic}:${offset}`;
const route = { network: '10.60.0.0/16', gateway: '10.10.10.254' };

const SHAPES: Readonly<Record<string, Shape>> = {
  plain: { cluster: {}, node: () => ({}) },
  // With ipconfig such a node has no address at its first boot.
  'vlan by Talos': {
    cluster: { node_vlan_tag: 22 },
    node: () => ({ mtu: 1450 }),
    methods: ['cicustom', 'nocloud-net'],
  },
  'vlan by Proxmox': { cluster: { node_vlan_tag: '22', proxmox_vlan_mode: true }, node: () => ({}) },
  'two NICs': {
    cluster: {},
    node: (offset) => ({ vm_extra_nics: [{ bridge: 'vmbr1', address: `10.20.0.${offset}/24`, mtu: 9000 }] }),
  },
  routes: {
    cluster: {},
    node: (offset) => ({
      routes: [route, { ...route, network: '10.70.0.0/16', metric: 512 }],
      vm_extra_nics: [
        {
          bridge: 'vmbr1',
          address: `10.20.0.${offset}/24`,
          routes: [{ network: '10.80.0.0/16', gateway: '10.20.0.254' }],
        },
      ],
    }),
  },
  bond: {
    cluster: {},
    node: (offset) => ({
      bond: { mac_addrs: [mac(2, offset)], mode: '802.3ad', lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' },
    }),
    metal: true,
  },
  'vlan on a bond': {
    cluster: { node_vlan_tag: 22 },
    node: (offset) => ({ routes: [route], bond: { mac_addrs: [mac(2, offset)] } }),
    metal: true,
  },
};

const METHODS: Readonly<Record<string, Json>> = {
  ipconfig: { method: 'ipconfig' },
  cicustom: { method: 'cicustom' },
  'nocloud-net': { method: 'nocloud-net', server_url: 'http://10.10.10.9:8080', dhcp: true },
};

const SOURCES = ['image', 'template', 'iso'];

/** @param talos keys of the group `talos` */
const settings = (talos: Json, cluster: Json, node: (metal: boolean) => Json, workers = true): Settings => ({
  talos,
  cluster,
  node,
  workers,
});

interface Settings {
  readonly talos: Json;
  readonly cluster: Json;
  readonly node: (metal: boolean) => Json;
  readonly workers: boolean;
}

const SETTINGS: Readonly<Record<string, Settings>> = {
  none: settings({}, {}, () => ({})),
  all: settings(
    {
      disk_encryption: 'node_id',
      sysctls: { 'vm.max_map_count': 262144, 'net.core.rmem_max': '7500000' },
      registry_mirrors: {
        'docker.io': ['https://mirror.gcr.io', 'http://10.10.10.8:5000'],
        '*': ['https://mirror.example.org'],
      },
      kernel_log_url: 'udp://127.0.0.1:6050',
      extra_args: {
        kubelet: { 'rotate-server-certificates': true },
        api_server: { 'enable-aggregator-routing': 'true', 'max-requests-inflight': 800 },
        controller_manager: { 'bind-address': '0.0.0.0' },
        scheduler: { 'bind-address': '0.0.0.0' },
        etcd: { 'listen-metrics-urls': 'http://0.0.0.0:2381' },
      },
      kubelet_config: { serializeImagePulls: false, allowedUnsafeSysctls: ['net.core.somaxconn'] },
      containerd_config: '[plugins."io.containerd.cri.v1.images"]\n  discard_unpacked_layers = false\n',
      service_log_url: 'udp://127.0.0.1:6051',
      host_dns_on_loopback: true,
      admission_control: false,
      api_access: { allowed_roles: ['os:admin', 'os:etcd:backup'], allowed_namespaces: ['system-upgrade'] },
    },
    { proxmox_ccm_enabled: true, cluster_api_tls_sans: ['api.home.example'] },
    (metal) => ({
      encrypt_disk: true,
      disk: 'ROOT-01',
      kernel_modules: ['nbd nbds_max=16 max_part=8', 'br_netfilter'],
      labels: { 'topology.kubernetes.io/zone': 'a', 'example.org/rack': '7' },
      taints: ['dedicated=db:NoSchedule', 'example.org/slow:PreferNoSchedule'],
      ...(metal
        ? {}
        : {
            vm_extra_disks: [{ name: 'data', size: 100, serial: 'DATA01' }, { name: 'logs', size: 20 }, { size: 20 }],
          }),
    }),
  ),
  sealed: settings({}, {}, () => ({ secureboot: true, encrypt_disk: true })),
  'control planes alone': settings({ cni: 'flannel' }, {}, () => ({}), false),
};

function caseOf(minor: string, shapeName: string, settingsName: string, method: string, source: string): MatrixCase {
  const shape = SHAPES[shapeName] as Shape;
  const { talos, cluster, node, workers } = SETTINGS[settingsName] as Settings;
  const metal = shape.metal === true;
  const nodeOf = (name: string, offset: number, controller: boolean): Json => ({
    name,
    address: `10.10.10.${offset}`,
    controller,
    mac_addr: mac(1, offset),
    ...(metal ? { disk: '/dev/nvme0n1' } : {}),
    ...node(metal),
    ...shape.node(offset),
  });
  const file = {
    cluster_name: 'home',
    node_cidr: '10.10.10.0/24',
    cluster_api_addr: '10.10.10.5',
    talos_version: `${minor}.0`,
    kubernetes_version: '1.35.0',
    ...(metal ? {} : { proxmox_api_url: 'https://10.10.10.2:8006', proxmox_node: 'pve1', nocloud: METHODS[method] }),
    ...(metal ? {} : { proxmox: { watchdog: true, boot_source: source } }),
    ...(Object.keys(talos).length === 0 ? {} : { talos }),
    ...cluster,
    ...shape.cluster,
  };
  const nodes = [nodeOf('cp-1', 11, true), ...(workers ? [nodeOf('w-1', 21, false)] : [])];
  return {
    name: [minor, shapeName, settingsName, ...(metal ? [] : [method, source])].join(', '),
    minor,
    shape: shapeName,
    settings: settingsName,
    clusterText: JSON.stringify(file),
    nodesText: JSON.stringify({ nodes }),
  };
}

/** Every combination that the rules allow. */
export function talosMatrix(): MatrixCase[] {
  return TALOS_MINORS.flatMap((minor) =>
    Object.entries(SHAPES).flatMap(([shape, { metal = false, methods = Object.keys(METHODS) }]) =>
      Object.keys(SETTINGS).flatMap((name) =>
        (metal ? ['none'] : methods).flatMap((method) =>
          (metal ? ['none'] : SOURCES)
            // Before 1.14 only the ISO enrols the keys of Secure Boot.
            .filter((source) => name !== 'sealed' || metal || minor === '1.14' || source === 'iso')
            .map((source) => caseOf(minor, shape, name, method, source)),
        ),
      ),
    ),
  );
}

/** The same without what no Talos document depends on: one method and one boot source for each of the rest. */
export function talosMatrixOfDocuments(): MatrixCase[] {
  const first = new Map<string, MatrixCase>();
  for (const one of talosMatrix()) {
    const key = `${one.minor}, ${one.shape}, ${one.settings}`;
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()];
}
