/** A value that was refused is one mistake: no rule builds on what stands in its place. */

import type { IssueCode } from '../../../src/validate.ts';
import { metal, METAL_WARNS, vms, type Fields, type Input } from './edge.ts';

export interface Refused {
  readonly what: string;
  readonly input: Input;
  /** What the schemas say, and all that is said. */
  readonly says: readonly IssueCode[];
}

const WRONG = { no: 'such key' };
const OTHER_ID = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';
const OIDC = { kubernetes_oidc_enabled: true, cloudflare_domain: 'example.org', keycloak_realm: 'home' };
const talos = (more: Fields): Fields => ({ talos: { ...WRONG, ...more } });
const nic = (more: Fields): Fields => ({ vm_extra_nics: [{ bridge: 'vmbr1', ...more }] });

const row = (what: string, input: Input, ...says: IssueCode[]): Refused => ({ what, input, says });
const unknown = (what: string, cluster: Fields, controlPlane: Fields = {}, worker: Fields = {}): Refused =>
  row(what, vms(cluster, controlPlane, worker), 'SCHEMA_UNKNOWN_KEY');

/** Each would break a rule if it could be read; `talos`, `nocloud`, `proxmox` and `tofu` hold a key that nobody knows. */
export const refusedInputs: readonly Refused[] = [
  row(
    'talos_version and Secure Boot',
    vms({ talos_version: 'new' }, { secureboot: true, vm_boot_source: 'image' }),
    'SCHEMA_PATTERN',
  ),
  row(
    'talos_version and an extension',
    vms({ talos_version: 'new', talos: { extensions: ['siderolabs/qemu-guest-agent', 'siderolabs/joydev'] } }),
    'SCHEMA_PATTERN',
  ),
  row('secureboot and disk encryption', vms({}, {}, { encrypt_disk: true, secureboot: 'x' }), 'SCHEMA_TYPE'),
  unknown('talos and disk encryption', talos({}), {}, { encrypt_disk: true }),
  unknown('talos and the guest agent', { ...talos({ extensions: [] }), proxmox_vm_advanced: { qemu_agent: true } }),
  unknown('talos and an extension', talos({ extensions: ['example/ours'] })),
  unknown('talos and a newer extension', {
    ...talos({ extensions: ['siderolabs/joydev'] }),
    talos_version: '1.12.1',
    kubernetes_version: '1.35.0',
  }),
  unknown('talos and a kernel module', talos({}), { kernel_modules: ['zfs'] }),
  unknown('talos and schematic_id', { ...talos({ extensions: [] }), schematic_id: OTHER_ID }),
  unknown('talos and the schematic_id of a node', talos({ extensions: [] }), { schematic_id: OTHER_ID }),
  unknown('talos and its image', talos({ image: { sector_size: 4096, enroll_keys: 'force' } })),
  unknown('talos and its bootloader', {
    ...talos({ image: { bootloader: 'sd-boot' } }),
    proxmox_vm_advanced: { bios: 'seabios' },
  }),
  unknown('talos and its arguments', talos({ extra_args: { kubelet: { config: 'x' } } })),
  unknown('talos and its sysctls', talos({ sysctls: { 'vm.a': 1, 'vm/a': 1 } })),
  unknown('talos and its recipients', talos({ age_recipients: ['age18z2uqed9tt940ntp7axqy963ggrp0'] })),
  unknown('talos and its tool', { ...talos({ tool: 'topf' }), talos_version: '1.14.0' }),
  row('cloudflare_domain and OIDC', vms({ ...OIDC, cloudflare_domain: 1 }), 'SCHEMA_TYPE'),
  row('keycloak_realm and OIDC', vms({ ...OIDC, keycloak_realm: 1 }), 'SCHEMA_TYPE'),
  unknown('nocloud and its server', { nocloud: { ...WRONG, method: 'nocloud-net', dhcp: true } }),
  unknown('nocloud and DHCP', { nocloud: { ...WRONG, method: 'nocloud-net', server_url: 'http://10.10.10.9' } }),
  unknown('nocloud and user data', { nocloud: { ...WRONG, user_data: 'partial' } }),
  unknown('nocloud and its URL', { nocloud: { ...WRONG, server_url: 'http://localhost' } }),
  unknown('nocloud and a VLAN', { nocloud: WRONG, node_vlan_tag: 7 }),
  row('proxmox_vlan_mode and a VLAN', vms({ proxmox_vlan_mode: 'x', node_vlan_tag: 7 }), 'SCHEMA_TYPE'),
  unknown('proxmox and a host', { proxmox: { ...WRONG, hosts: { pve2: {} } } }, { proxmox_node: 'other' }),
  row(
    'proxmox_node and the hosts',
    vms({ proxmox_node: '_', proxmox: { hosts: { pve2: {} } } }, { proxmox_node: 'a' }),
    'SCHEMA_PATTERN',
  ),
  row('proxmox_node and bare metal', vms({ proxmox_node: '_' }), 'SCHEMA_PATTERN'),
  row('proxmox_api_url and bare metal', vms({ proxmox_api_url: 'x' }), 'SCHEMA_PATTERN'),
  row(
    'proxmox_node of a node and bare metal',
    vms({ proxmox_node: undefined }, { proxmox_node: '_' }),
    'SCHEMA_PATTERN',
  ),
  row('mac_addr of a real machine', metal({}, {}, { mac_addr: 'x' }), 'SCHEMA_PATTERN', ...METAL_WARNS),
  row('disk of a real machine', metal({}, {}, { disk: 'a b' }), 'SCHEMA_PATTERN', ...METAL_WARNS),
  unknown(
    'proxmox and a linked clone',
    { proxmox: { ...WRONG, boot_source: 'template', template_full_clone: false } },
    {},
    { vm_disk_storage: 'fast' },
  ),
  row(
    'proxmox_disk_storage and a linked clone',
    vms(
      { proxmox: { boot_source: 'template', template_full_clone: false }, proxmox_disk_storage: '-' },
      { vm_disk_storage: 'fast' },
    ),
    'SCHEMA_PATTERN',
  ),
  row(
    'vm_disk_storage and a linked clone',
    vms(
      {
        proxmox: {
          boot_source: 'template',
          template_full_clone: false,
          template_node: 'pve1',
          hosts: { pve1: {}, pve2: { disk_storage: 'tank' } },
        },
      },
      {},
      { proxmox_node: 'pve2', vm_disk_storage: '-' },
    ),
    'SCHEMA_PATTERN',
  ),
  row('vm_id and that of another', vms({}, { vm_id: 1021 }, { vm_id: 1 }), 'SCHEMA_RANGE'),
  row('node_cidr and its neighbours', vms({ node_cidr: 'x', cluster_pod_cidr: '10.10.0.0/16' }), 'SCHEMA_PATTERN'),
  row(
    'cluster_pod_cidr and its neighbours',
    vms(
      { cluster_pod_cidr: 'x', node_cidr: '10.42.0.0/24', cluster_api_addr: '10.42.0.5' },
      { address: '10.42.0.11' },
      { address: '10.42.0.21' },
    ),
    'SCHEMA_PATTERN',
  ),
  row(
    'node_default_gateway and a node',
    vms({ node_default_gateway: 'x' }, {}, { address: '10.10.10.1' }),
    'SCHEMA_PATTERN',
  ),
  row(
    'an extra NIC and its route',
    vms({}, {}, nic({ address: 'x', routes: [{ network: '10.60.0.0/16', gateway: '10.20.0.1' }] })),
    'SCHEMA_PATTERN',
  ),
  row(
    'a bond and its options',
    metal({}, {}, { bond: { mac_addrs: ['02:00:00:00:00:01'], mode: 'x', lacp_rate: 'fast' } }),
    'SCHEMA_ENUM',
    ...METAL_WARNS,
  ),
  row(
    'a key of BGP',
    vms({ cilium_bgp_router_addr: 'x', cilium_bgp_router_asn: 1, cilium_bgp_node_asn: 2 }),
    'SCHEMA_PATTERN',
  ),
  unknown('tofu and its address', { tofu: { ...WRONG, backend: 'http' } }),
  row('a control plane that cannot be read', vms({}, { address: 'x' }), 'SCHEMA_PATTERN'),
  row(
    'kubernetes_version with another fault',
    vms({ kubernetes_version: '1.20.0', node_ntp_servers: 'x' }),
    'SCHEMA_TYPE',
  ),
  row(
    'Secure Boot of a node that cannot be read',
    vms({ talos: { image: { enroll_keys: 'force' } } }, {}, { secureboot: true, address: 'x' }),
    'SCHEMA_PATTERN',
  ),
];
