/**
 * Every default, once. `resolve` reads them; the schemas repeat them for editors, and a test fails
 * when the two disagree. Values under the community's own keys are that community's defaults.
 */

import type { Role, Vm } from '../model/cluster.ts';

/** Defaults of the flat keys of `cluster.yaml`. */
export const CLUSTER_DEFAULTS = {
  cluster_name: 'kubernetes',
  talos_version: '1.12.0',
  kubernetes_version: '1.35.0',
  node_dns_servers: ['1.1.1.1', '1.0.0.1'],
  // Cloudflare's time servers by address: they answer before any name can be resolved.
  node_ntp_servers: ['162.159.200.1', '162.159.200.123'],
  cluster_api_tls_sans: [],
  cluster_pod_cidr: '10.42.0.0/16',
  cluster_svc_cidr: '10.43.0.0/16',
  proxmox_vlan_mode: false,
  proxmox_insecure: false,
  proxmox_iso_storage: 'local',
  proxmox_disk_storage: 'local-lvm',
  proxmox_ccm_enabled: false,
  loki_enabled: false,
  kubernetes_oidc_enabled: false,
  kubernetes_oidc_client_id: 'kubernetes',
  kubernetes_oidc_username_claim: 'email',
  kubernetes_oidc_username_prefix: 'oidc:',
  kubernetes_oidc_groups_claim: 'groups',
  kubernetes_oidc_groups_prefix: 'oidc:',
  kubernetes_oidc_signing_algs: 'RS256',
  keycloak_subdomain: 'sso',
} as const;

/** Defaults of `proxmox_vm_advanced`. */
export const ADVANCED_DEFAULTS = {
  bios: 'ovmf',
  machine: 'q35',
  // `host` gives every instruction the host has; it also rules out live migration between unlike hosts.
  cpu_type: 'host',
  scsi_hw: 'virtio-scsi-pci',
  balloon: 0,
  numa: true,
  qemu_agent: true,
  net_queues: 4,
  disk_discard: true,
  disk_ssd: true,
  tags: ['kubernetes', 'linux', 'talos'],
  network_bridge: 'vmbr0',
  ostype: 'l26',
  disk_backup: false,
  disk_replicate: false,
} as const;

/** Sizes of a VM: memory in MiB, disk in GiB. */
export interface VmSize {
  readonly cores: number;
  readonly sockets: number;
  readonly memory: number;
  readonly disk_size: number;
}

/** What a VM of a role gets when neither the node, its role's defaults nor the global ones say. */
export const ROLE_SIZE_DEFAULTS: Readonly<Record<Role, VmSize>> = {
  controlplane: { cores: 4, sockets: 1, memory: 8192, disk_size: 64 },
  worker: { cores: 8, sockets: 1, memory: 16384, disk_size: 256 },
};

/**
 * Order in which a host starts its VMs, by role and not by position, so that inserting a node
 * never renumbers another. Proxmox starts VMs of one order one after the other.
 */
export const STARTUP_ORDER: Readonly<Record<Role, number>> = { controlplane: 3, worker: 4 };

/** Defaults of a node in `nodes.yaml`. */
export const NODE_DEFAULTS = {
  mtu: 1500,
  secureboot: false,
  encrypt_disk: false,
  kernel_modules: [],
  routes: [],
  vm_startup_delay: 15,
  vm_shutdown_delay: 60,
  // The first disk of a virtio-scsi controller.
  disk: '/dev/sda',
} as const;

/** Of a node's `bond`. */
export const BOND_DEFAULTS = {
  mode: 'active-backup',
  miimon: 100,
} as const;

/** Defaults of the grouped keys of `cluster.yaml`. */
export const GROUP_DEFAULTS = {
  talos: {
    kernel_args: [],
    factory_url: 'https://factory.talos.dev',
    tool: 'talosctl',
    age_recipients: [],
    cni: 'none',
    disk_encryption: 'tpm',
    sysctls: {},
    registry_mirrors: {},
    extra_args: {},
    kubelet_config: {},
    host_dns_on_loopback: false,
    admission_control: true,
  },
  nocloud: { method: 'ipconfig', dhcp: false },
  proxmox: {
    vm_id_base: 1000,
    template_id_base: 9000,
    template_full_clone: true,
    import_storage: 'local',
    snippets_storage: 'local',
    protection: false,
    on_boot: true,
    firewall: false,
    watchdog: false,
  },
  ansible: { forks: 10, restart_if_needed: false, wait_timeout: 300, task_timeout: 900 },
  crossplane: { group: 'talmox.internal', style: 'composition' },
  tofu: { backend: 'local', encryption: true, parallelism: 3 },
} as const;

/** Devices of every VM; nobody can set more of them than `proxmox.watchdog`. */
export const VM_DEVICES = {
  watchdog: { model: 'i6300esb', action: 'reset' },
  vga: { type: 'std', memoryMiB: null },
  serialPorts: ['socket'],
} as const satisfies Pick<Vm, 'watchdog' | 'vga' | 'serialPorts'>;

/** The extension that answers Proxmox' guest agent calls; the default on Proxmox. */
export const GUEST_AGENT_EXTENSION = 'siderolabs/qemu-guest-agent';
