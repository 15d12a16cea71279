/** Every bound of the schemas: the last value that passes and the first that is refused. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validate } from '../../src/validate.ts';
import { ROOT } from '../support/validation.ts';

type Json = Record<string, unknown>;

/** Whole numbers: key, least, most. `[]` is an entry of a list, `*` any key of a mapping. */
const NUMBERS: readonly (readonly [string, number, number])[] = [
  ['node_vlan_tag', 1, 4094],
  ['cilium_bgp_router_asn', 1, 4294967295],
  ['cilium_bgp_node_asn', 1, 4294967295],
  ['proxmox_vm_defaults.cores', 1, 64],
  ['proxmox_vm_defaults.sockets', 1, 4],
  ['proxmox_vm_defaults.memory', 1024, 262144],
  ['proxmox_vm_defaults.disk_size', 32, 4096],
  ['proxmox_vm_controller_defaults.cores', 1, 64],
  ['proxmox_vm_controller_defaults.sockets', 1, 4],
  ['proxmox_vm_controller_defaults.memory', 1024, 262144],
  ['proxmox_vm_controller_defaults.disk_size', 32, 4096],
  ['proxmox_vm_worker_defaults.cores', 1, 64],
  ['proxmox_vm_worker_defaults.sockets', 1, 4],
  ['proxmox_vm_worker_defaults.memory', 1024, 262144],
  ['proxmox_vm_worker_defaults.disk_size', 32, 4096],
  ['proxmox_vm_advanced.balloon', 0, 262144],
  ['proxmox_vm_advanced.net_queues', 0, 64],
  ['talos.image.overlay.options.*', -9007199254740991, 9007199254740991],
  ['talos.image.meta[].key', 1, 255],
  ['talos.sysctls.*', -9007199254740991, 9007199254740991],
  ['talos.extra_args.kubelet.*', -9007199254740991, 9007199254740991],
  ['talos.extra_args.api_server.*', -9007199254740991, 9007199254740991],
  ['talos.extra_args.controller_manager.*', -9007199254740991, 9007199254740991],
  ['talos.extra_args.scheduler.*', -9007199254740991, 9007199254740991],
  ['proxmox.vm_id_base', 100, 999000000],
  ['proxmox.template_id_base', 100, 999998000],
  ['proxmox.hosts.*.template_id', 100, 999999999],
  ['ansible.forks', 1, 500],
  ['ansible.wait_timeout', 10, 3600],
  ['ansible.task_timeout', 60, 7200],
  ['tofu.parallelism', 1, 32],
  ['nodes[].mtu', 1450, 9000],
  ['nodes[].vlan_tag', 0, 4094],
  ['nodes[].vm_id', 100, 999999999],
  ['nodes[].vm_cores', 1, 64],
  ['nodes[].vm_sockets', 1, 4],
  ['nodes[].vm_memory', 1024, 262144],
  ['nodes[].vm_disk_size', 32, 4096],
  ['nodes[].cores', 1, 64],
  ['nodes[].memory', 1024, 262144],
  ['nodes[].disk_size', 32, 4096],
  ['nodes[].vm_startup_order', 1, 100],
  ['nodes[].vm_startup_delay', 0, 300],
  ['nodes[].vm_shutdown_delay', 0, 600],
  ['nodes[].vm_extra_disks[].size', 1, 65536],
  ['nodes[].vm_extra_nics[].vlan_tag', 0, 4094],
  ['nodes[].vm_extra_nics[].mtu', 1450, 9000],
  ['nodes[].vm_extra_nics[].routes[].metric', 1, 4294967295],
  ['nodes[].routes[].metric', 1, 4294967295],
  ['nodes[].bond.miimon', 1, 10000],
];

/** Numbers that may stand in quotes. */
const ALSO_IN_QUOTES: readonly string[] = [
  'node_vlan_tag',
  'cilium_bgp_router_asn',
  'cilium_bgp_node_asn',
  'nodes[].vlan_tag',
  'nodes[].vm_extra_nics[].vlan_tag',
];

/** Lists: key, least entries, most entries. */
const LISTS: readonly (readonly [string, number, number])[] = [
  ['node_dns_servers', 1, 32],
  ['node_ntp_servers', 1, 32],
  ['cluster_api_tls_sans', 0, 1000],
  ['proxmox_vm_advanced.tags', 0, 100],
  ['talos.extensions', 0, 200],
  ['talos.kernel_args', 0, 200],
  ['talos.image.meta', 0, 256],
  ['talos.age_recipients', 0, 100],
  ['talos.registry_mirrors.*', 1, 100],
  ['talos.api_access.allowed_roles', 1, 100],
  ['talos.api_access.allowed_namespaces', 1, 100],
  ['nodes', 1, 10000],
  ['nodes[].kernel_modules', 0, 100],
  ['nodes[].taints', 0, 100],
  ['nodes[].vm_tags', 0, 100],
  ['nodes[].vm_extra_disks', 0, 24],
  ['nodes[].vm_extra_nics', 0, 7],
  ['nodes[].vm_extra_nics[].routes', 0, 1000],
  ['nodes[].routes', 0, 1000],
  ['nodes[].bond.mac_addrs', 1, 7],
];

/** Mappings: key, most keys. */
const MAPPINGS: readonly (readonly [string, number])[] = [
  ['talos.image.overlay.options', 100],
  ['talos.sysctls', 1000],
  ['talos.registry_mirrors', 1000],
  ['talos.extra_args.kubelet', 500],
  ['talos.extra_args.api_server', 500],
  ['talos.extra_args.controller_manager', 500],
  ['talos.extra_args.scheduler', 500],
  ['talos.extra_args.etcd', 500],
  ['talos.kubelet_config', 500],
  ['proxmox.hosts', 1000],
  ['nodes[].labels', 250],
];

/** Texts of a form, by their number of characters. */
type Make = (length: number) => string;
const after =
  (start: string, end = ''): Make =>
  (length) =>
    start + 'a'.repeat(length - start.length - end.length) + end;
const WORD = after('');
const CPU_TYPE = after('custom-');
const URL = after('https://a.b/');
const PATH = after('a/');
const TOKEN = after('a@pve!');
const VERSION = after('1.13.9-');
const AGE = after('age1');
/** Labels of 63 characters at most. */
const NAME: Make = (length) => {
  const labels = `${'a'.repeat(31)}.`.repeat(Math.floor(length / 32));
  return labels + 'a'.repeat(length - labels.length);
};

const LOG_URL: Make = (length) => `udp://${NAME(length - 10)}:514`;
// 145 characters behind the prefix, which is a DNS name.
const TAINT: Make = (length) => `${NAME(length - 145)}/${'b'.repeat(63)}=${'c'.repeat(63)}:PreferNoSchedule`;

/** Texts: key, most characters, form. */
const TEXTS: readonly (readonly [string, number, Make])[] = [
  ['cluster_name', 63, WORD],
  ['proxmox_node', 63, WORD],
  ['proxmox_iso_storage', 100, WORD],
  ['proxmox_disk_storage', 100, WORD],
  ['proxmox_api_token_secret', 4096, WORD],
  ['proxmox_vm_advanced.cpu_type', 64, CPU_TYPE],
  ['proxmox_vm_advanced.tags[]', 100, WORD],
  ['proxmox_vm_advanced.network_bridge', 15, WORD],
  ['talos.kernel_args[]', 2048, WORD],
  ['talos.image.overlay.name', 63, WORD],
  ['talos.image.overlay.options.*', 1024, WORD],
  ['talos.image.meta[].value', 65536, WORD],
  ['talos.sysctls.*', 4096, WORD],
  ['talos.extra_args.kubelet.*', 16384, WORD],
  ['talos.extra_args.api_server.*', 16384, WORD],
  ['talos.extra_args.controller_manager.*', 16384, WORD],
  ['talos.extra_args.scheduler.*', 16384, WORD],
  ['talos.extra_args.etcd.*', 16384, WORD],
  ['talos.api_access.allowed_namespaces[]', 63, WORD],
  ['talos.containerd_config', 262144, WORD],
  ['proxmox.template_node', 63, WORD],
  ['proxmox.pool', 100, WORD],
  ['proxmox.import_storage', 100, WORD],
  ['proxmox.snippets_storage', 100, WORD],
  ['proxmox.hosts.*.disk_storage', 100, WORD],
  ['proxmox.hosts.*.iso_storage', 100, WORD],
  ['proxmox.hosts.*.import_storage', 100, WORD],
  ['proxmox.hosts.*.snippets_storage', 100, WORD],
  ['proxmox.hosts.*.bridge', 15, WORD],
  ['crossplane.context', 1024, WORD],
  ['crossplane.namespace', 63, WORD],
  ['proxmox_ccm_token_secret', 4096, WORD],
  ['proxmox_csi_token_secret', 4096, WORD],
  ['proxmox_csi_storage', 100, WORD],
  ['proxmox_region', 1024, WORD],
  ['cf_account_id', 1024, WORD],
  ['tfstate_username', 1024, WORD],
  ['tfstate_password', 4096, WORD],
  ['backup_s3_bucket', 1024, WORD],
  ['backup_s3_region', 1024, WORD],
  ['backup_s3_access_key', 4096, WORD],
  ['backup_s3_secret_key', 4096, WORD],
  ['kubernetes_oidc_client_id', 1024, WORD],
  ['kubernetes_oidc_username_claim', 1024, WORD],
  ['kubernetes_oidc_username_prefix', 1024, WORD],
  ['kubernetes_oidc_groups_claim', 1024, WORD],
  ['kubernetes_oidc_groups_prefix', 1024, WORD],
  ['kubernetes_oidc_signing_algs', 1024, WORD],
  ['keycloak_subdomain', 1024, WORD],
  ['keycloak_realm', 1024, WORD],
  ['cloudflare_domain', 1024, WORD],
  ['nodes[].name', 63, WORD],
  ['nodes[].disk', 256, WORD],
  ['nodes[].kernel_modules[]', 1024, WORD],
  ['nodes[].labels.*', 63, WORD],
  ['nodes[].proxmox_node', 63, WORD],
  ['nodes[].vm_disk_storage', 100, WORD],
  ['nodes[].vm_bridge', 15, WORD],
  ['nodes[].vm_cpu_type', 64, CPU_TYPE],
  ['nodes[].vm_tags[]', 100, WORD],
  ['nodes[].vm_extra_disks[].storage', 100, WORD],
  ['nodes[].vm_extra_disks[].name', 34, WORD],
  ['nodes[].vm_extra_disks[].serial', 20, WORD],
  ['nodes[].vm_extra_nics[].bridge', 15, WORD],
  ['node_ntp_servers[]', 253, NAME],
  ['cluster_api_tls_sans[]', 253, NAME],
  ['crossplane.group', 253, NAME],
  ['talos_version', 64, VERSION],
  ['kubernetes_version', 64, VERSION],
  ['proxmox_api_url', 2048, URL],
  ['talos.factory_url', 255, URL],
  ['talos.registry_mirrors.*[]', 2048, URL],
  ['nocloud.server_url', 2048, URL],
  ['tofu.backend_address', 2048, URL],
  ['proxmox_endpoint', 2048, URL],
  ['backup_s3_endpoint', 2048, URL],
  ['proxmox_api_token_id', 150, TOKEN],
  ['proxmox_ccm_token_id', 150, TOKEN],
  ['proxmox_csi_token_id', 150, TOKEN],
  ['talos.extensions[]', 128, PATH],
  ['talos.image.overlay.image', 128, PATH],
  ['talos.age_recipients[]', 4096, AGE],
  ['backup_age_public_key', 4096, AGE],
  ['talos.kernel_log_url', 300, LOG_URL],
  ['talos.service_log_url', 300, LOG_URL],
  ['nodes[].taints[]', 398, TAINT],
];

/** Words: key, all of them. */
const WORDS: readonly (readonly [string, readonly (string | number)[]])[] = [
  ['proxmox_vm_advanced.bios', ['ovmf', 'seabios']],
  ['proxmox_vm_advanced.machine', ['q35', 'i440fx']],
  ['proxmox_vm_advanced.scsi_hw', ['virtio-scsi-pci', 'virtio-scsi-single', 'lsi']],
  ['proxmox_vm_advanced.ostype', ['l26', 'l24', 'other']],
  ['talos.image.bootloader', ['dual-boot', 'sd-boot', 'grub']],
  ['talos.image.enroll_keys', ['off', 'manual', 'if-safe', 'force']],
  ['talos.image.sector_size', [512, 4096]],
  ['talos.tool', ['talosctl', 'talhelper', 'topf']],
  ['talos.cni', ['none', 'flannel']],
  ['talos.disk_encryption', ['tpm', 'node_id']],
  ['talos.api_access.allowed_roles[]', ['os:admin', 'os:operator', 'os:reader', 'os:etcd:backup', 'os:impersonator']],
  ['nocloud.method', ['ipconfig', 'cicustom', 'nocloud-net']],
  ['nocloud.user_data', ['partial', 'include', 'none']],
  ['proxmox.boot_source', ['image', 'template', 'iso']],
  ['proxmox.default_target', ['ansible', 'crossplane', 'tofu']],
  ['crossplane.style', ['composition', 'managed']],
  ['tofu.backend', ['local', 'http']],
  ['nodes[].vm_boot_source', ['image', 'template', 'iso']],
  [
    'nodes[].bond.mode',
    ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb'],
  ],
  ['nodes[].bond.lacp_rate', ['slow', 'fast']],
  ['nodes[].bond.xmit_hash_policy', ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac']],
];

/** Lists in which an entry stands once. */
const WITHOUT_REPEATS: readonly string[] = [
  'talos.extensions',
  'talos.age_recipients',
  'talos.registry_mirrors.*',
  'talos.api_access.allowed_roles',
  'talos.api_access.allowed_namespaces',
  'nodes[].kernel_modules',
  'nodes[].taints',
  'nodes[].bond.mac_addrs',
];

const CLUSTER: Json = { node_cidr: '10.10.10.0/24', cluster_api_addr: '10.10.10.5' };

/** What a mapping needs besides the key in question, by where it stands. */
const REQUIRED: Readonly<Record<string, Json>> = {
  'nodes[]': { name: 'cp-1', address: '10.10.10.11', controller: true },
  'nodes[].vm_extra_disks[]': { size: 10 },
  'nodes[].vm_extra_nics[]': { bridge: 'vmbr1' },
  'nodes[].vm_extra_nics[].routes[]': { network: '10.60.0.0/16', gateway: '10.10.10.1' },
  'nodes[].routes[]': { network: '10.60.0.0/16', gateway: '10.10.10.1' },
  'nodes[].bond': { mac_addrs: ['02:00:00:00:00:01'] },
  'talos.image.overlay': { image: 'siderolabs/sbc-rock', name: 'rock' },
  'talos.image.meta[]': { key: 1, value: 'a' },
  'talos.api_access': { allowed_roles: ['os:reader'], allowed_namespaces: ['default'] },
};

/** What a free mapping has for a key. */
const KEYS: Readonly<Record<string, string>> = {
  'talos.sysctls': 'vm.a',
  'talos.registry_mirrors': 'docker.io',
};

interface Document {
  readonly file: Json;
  readonly pointer: string;
}

/** The file that holds the value at that key, and whatever has to stand around it. */
function holding(key: string, value: unknown): Document {
  const steps = key.split(/\.|(?=\[\])/);
  const build = (at: string, rest: readonly string[]): { value: unknown; pointer: string } => {
    const [step, ...others] = rest;
    if (step === undefined) return { value, pointer: '' };
    const isEntry = step === '[]';
    const inner = build(isEntry ? `${at}[]` : at === '' ? step : `${at}.${step}`, others);
    if (isEntry) return { value: [inner.value], pointer: `/0${inner.pointer}` };
    const name = step === '*' ? (KEYS[at] ?? 'abc') : step;
    return { value: { ...REQUIRED[at], [name]: inner.value }, pointer: `/${name}${inner.pointer}` };
  };
  const { value: file, pointer } = build('', steps);
  return { file: file as Json, pointer };
}

/** Codes of what the schemas refuse, each with where. */
function refused(key: string, value: unknown): string[] {
  const { file } = holding(key, value);
  const minimal = { nodes: [REQUIRED['nodes[]']] };
  const [cluster, nodes] = key.startsWith('nodes') ? [CLUSTER, file] : [{ ...CLUSTER, ...file }, minimal];
  const encoder = new TextEncoder();
  const { issues } = validate({
    clusterText: encoder.encode(JSON.stringify(cluster)),
    nodesText: encoder.encode(JSON.stringify(nodes)),
  });
  return issues
    .filter(({ code }) => code.startsWith('SCHEMA_'))
    .map(({ code, file: name, pointer }) => `${code} ${name}${pointer}`);
}

/** How a value at that key is refused. */
function refusal(code: string, key: string): string {
  return `${code} ${key.startsWith('nodes') ? 'nodes' : 'cluster'}.yaml${holding(key, null).pointer}`;
}

describe('numbers', () => {
  it.each(NUMBERS)('%s is from %i to %i', (key, least, most) => {
    expect(refused(key, least)).toEqual([]);
    expect(refused(key, most)).toEqual([]);
    const isChoice = WORDS.some(([name]) => name === key);
    expect(refused(key, least - 1)).toEqual([refusal(isChoice ? 'SCHEMA_ENUM' : 'SCHEMA_RANGE', key)]);
    expect(refused(key, most + 1)).toEqual([refusal(isChoice ? 'SCHEMA_ENUM' : 'SCHEMA_RANGE', key)]);
    if (most < Number.MAX_SAFE_INTEGER) expect(refused(key, least + 0.5)).toEqual([refusal('SCHEMA_TYPE', key)]);
  });

  it.each(ALSO_IN_QUOTES)('%s may stand in quotes, within the same bounds', (key) => {
    const [, least, most] = NUMBERS.find(([name]) => name === key) ?? [key, 0, 0];
    expect(refused(key, String(least))).toEqual([]);
    expect(refused(key, String(most))).toEqual([]);
    // Nothing is in front of 0, and `-1` is no number without a sign.
    expect(refused(key, String(least - 1))).toEqual([refusal('SCHEMA_PATTERN', key)]);
    expect(refused(key, String(most + 1))).toEqual([refusal('SCHEMA_PATTERN', key)]);
    for (const size of [10, 100, 1000]) {
      expect(refused(key, String(size - 1))).toEqual([]);
      expect(refused(key, String(size))).toEqual([]);
      expect(refused(key, `0${size}`)).toEqual([refusal('SCHEMA_PATTERN', key)]);
    }
  });
});

/** Entries that differ. */
const ENTRIES: Readonly<Record<string, (index: number) => unknown>> = {
  node_dns_servers: (index) => `10.10.10.${index}`,
  node_ntp_servers: (index) => `ntp-${index}`,
  cluster_api_tls_sans: (index) => `name-${index}`,
  'talos.extensions': (index) => `siderolabs/x${index}`,
  'talos.image.meta': (index) => ({ key: (index % 255) + 1, value: `v${index}` }),
  'talos.age_recipients': (index) => `age1${String(index).padStart(8, '0')}`,
  'talos.registry_mirrors.*': (index) => `https://m${index}.example`,
  'talos.api_access.allowed_namespaces': (index) => `n-${index}`,
  nodes: (index) => ({
    name: `n-${index}`,
    address: `10.10.${Math.floor(index / 250)}.${index % 250}`,
    controller: true,
  }),
  'nodes[].taints': (index) => `k${index}:NoSchedule`,
  'nodes[].vm_extra_disks': () => ({ size: 10 }),
  'nodes[].vm_extra_nics': () => ({ bridge: 'vmbr1' }),
  'nodes[].vm_extra_nics[].routes': (index) => ({ network: `10.60.0.0/16`, gateway: '10.10.10.1', metric: index + 1 }),
  'nodes[].routes': (index) => ({ network: `10.60.0.0/16`, gateway: '10.10.10.1', metric: index + 1 }),
  'nodes[].bond.mac_addrs': (index) => `02:00:00:00:00:0${index}`,
};
const list = (key: string, count: number): unknown[] =>
  Array.from({ length: count }, (_, index) => (ENTRIES[key] ?? ((at) => `x${at}`))(index));

describe('lists', () => {
  // There are fewer roles than the bound, and a role stands once.
  const rows = LISTS.filter(([key]) => key !== 'talos.api_access.allowed_roles');

  it.each(rows)('%s has from %i to %i entries', (key, least, most) => {
    expect(refused(key, list(key, least))).toEqual([]);
    expect(refused(key, list(key, most))).toEqual([]);
    expect(refused(key, list(key, most + 1))).toEqual([refusal('SCHEMA_LENGTH', key)]);
    if (least > 0) expect(refused(key, list(key, least - 1))).toEqual([refusal('SCHEMA_LENGTH', key)]);
  });

  it('talos.api_access.allowed_roles has one at least', () => {
    const key = 'talos.api_access.allowed_roles';
    expect(refused(key, ['os:reader'])).toEqual([]);
    expect(refused(key, [])).toEqual([refusal('SCHEMA_LENGTH', key)]);
  });

  it.each(WITHOUT_REPEATS)('%s repeats nothing', (key) => {
    const entry = key === 'talos.api_access.allowed_roles' ? 'os:reader' : list(key, 1)[0];
    expect(refused(key, [entry])).toEqual([]);
    expect(refused(key, [entry, entry])).toEqual([refusal('SCHEMA_DUPLICATE', key)]);
  });
});

describe('mappings', () => {
  const value = (key: string): unknown =>
    key === 'talos.registry_mirrors' ? ['https://m.example'] : key === 'proxmox.hosts' ? {} : 'x';
  const letters = (index: number): string => String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26));
  const name = (key: string, index: number): string =>
    key === 'talos.image.overlay.options' ? letters(index) : key === 'talos.sysctls' ? `vm.x${index}` : `x${index}`;
  const mapping = (key: string, count: number): Json =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [name(key, index), value(key)]));

  it.each(MAPPINGS)('%s has at most %i keys', (key, most) => {
    expect(refused(key, mapping(key, most))).toEqual([]);
    expect(refused(key, mapping(key, most + 1))).toEqual([refusal('SCHEMA_LENGTH', key)]);
  });
});

describe('texts', () => {
  it.each(TEXTS)('%s has at most %i characters', (key, most, make) => {
    expect(refused(key, make(most))).toEqual([]);
    const code = refused(key, make(most + 1));
    // Where the form itself holds no more, the form is what is told.
    expect([[refusal('SCHEMA_LENGTH', key)], [refusal('SCHEMA_PATTERN', key)]]).toContainEqual(code);
  });
});

describe('words', () => {
  it.each(WORDS)('%s is one of %j', (key, all) => {
    for (const word of all) expect(refused(key, word)).toEqual([]);
    const other = typeof all[0] === 'number' ? all[0] + 1 : `${String(all[0])}x`;
    expect(refused(key, other)).toEqual([refusal('SCHEMA_ENUM', key)]);
  });
});

/** Keys of a schema that have the keyword, as the tables write them. */
function having(keyword: string): string[] {
  const found: string[] = [];
  const walk = (schema: Json, at: string): void => {
    if (keyword in schema) found.push(at);
    for (const [name, child] of Object.entries((schema['properties'] ?? {}) as Record<string, Json>))
      walk(child, at === '' ? name : `${at}.${name}`);
    for (const [part, mark] of [
      ['items', '[]'],
      ['additionalProperties', '.*'],
    ] as const)
      if (typeof schema[part] === 'object') walk(schema[part] as Json, `${at}${mark}`);
  };
  for (const name of ['cluster', 'nodes'])
    walk(JSON.parse(readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8')) as Json, '');
  return found.sort();
}

describe('a bound that is new is in a table', () => {
  const keys = (rows: readonly (readonly [string, ...unknown[]])[]): string[] => rows.map(([key]) => key).sort();

  it.each([
    ['minimum', keys(NUMBERS)],
    ['maximum', keys(NUMBERS)],
    ['maxItems', keys(LISTS)],
    ['maxProperties', keys(MAPPINGS)],
    ['enum', keys(WORDS)],
    ['uniqueItems', [...WITHOUT_REPEATS].sort()],
  ])('%s', (keyword, known) => {
    expect(having(keyword)).toEqual(known);
  });

  it('maxLength', () => {
    // Addresses, hashes and numbers in quotes have forms that hold no more than these.
    const byForm =
      /(?:_addr|_cidr|_gateway|schematic_id|vlan_tag|_asn|address|mac_addrs\[\]|\.network|\.gateway|node_dns_servers\[\])$/;
    expect(having('maxLength').filter((key) => !byForm.test(key))).toEqual(
      keys(TEXTS).filter((key) => !byForm.test(key)),
    );
  });
});
