/** Edges of the rules about Proxmox VE, about what was written, and about how nodes get their configuration. */

import { edgesOf, each, metal, METAL_WARNS, vms, type Edge, type Fields } from './edge.ts';

const hosts = (names: readonly string[], more: Fields = {}): Fields => ({
  proxmox: { hosts: Object.fromEntries(names.map((name) => [name, {}])), ...more },
});
const linked = (more: Fields = {}): Fields => ({
  proxmox: { boot_source: 'template', template_full_clone: false, template_node: 'pve1', ...more },
});
/** Linked clones on two hosts, each with a template of its own on a storage of its own. */
const OWN_TEMPLATES = linked({
  template_node: undefined,
  hosts: { pve1: { disk_storage: 'fast' }, pve2: { disk_storage: 'slow' } },
});
const nocloud = (settings: Fields): Fields => ({ nocloud: settings });
const server = (url: string): Fields => nocloud({ server_url: url });

const platform = [
  ...edgesOf('BARE_METAL', {
    'nothing of Proxmox': {
      passes: vms({}),
      fails: metal({}),
      at: 'cluster.yaml',
      says: 'no Proxmox VE: only Talos, NoCloud and tasks are rendered; proxmox_api_url and proxmox_node switch the VM targets on',
    },
    'no proxmox_node': {
      passes: vms({ proxmox_node: undefined }, { proxmox_node: 'a' }, { proxmox_node: 'b' }),
      fails: metal({ proxmox_api_url: 'https://10.10.10.2:8006' }),
      at: 'cluster.yaml/proxmox_api_url',
      says: 'no VM target is rendered: proxmox_api_url is there, proxmox_node is not; write proxmox_node',
      isEnd: true,
    },
    'proxmox_node on one node alone': {
      fails: metal({ proxmox_api_url: 'https://10.10.10.2:8006' }, { proxmox_node: 'a' }),
      at: 'cluster.yaml/proxmox_api_url',
      says: 'write proxmox_node, or proxmox_node on every node',
    },
    'no proxmox_api_url': {
      fails: metal({ proxmox_node: 'pve1' }),
      at: 'cluster.yaml/proxmox_node',
      says: 'no VM target is rendered: proxmox_node is there, proxmox_api_url is not; write proxmox_api_url',
    },
  }),
  ...edgesOf('POOL_NAME', {
    ...each(
      [
        ['1lab', '1lab'],
        ['_lab', '_lab'],
        ['lab/1a', '1a'],
        ['lab/a/9', '9'],
        ['0lab/a', '0lab'],
      ],
      ([pool, part]) => ({
        fails: vms({ proxmox: { pool } }),
        at: 'cluster.yaml/proxmox/pool',
        says: `proxmox.pool ${pool}: Proxmox VE 9 makes no pool called ${part}, only such as begin with a letter; write another name, unless the pool is there since Proxmox VE 8`,
      }),
    ),
    'each part begins with a letter': {
      passes: [
        ...['a', 'Z', 'a1', 'lab/a_1', 'lab/a/z9'].map((pool) => vms({ proxmox: { pool } })),
        metal({ proxmox: { pool: '1lab' } }),
      ],
      fails: vms({ proxmox: { pool: '9' } }),
      at: 'cluster.yaml/proxmox/pool',
      says: 'no pool called 9',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('HOST_UNKNOWN', {
    'a host of the list, or the one of the cluster': {
      passes: [
        vms(hosts(['pve2']), { proxmox_node: 'pve2' }),
        vms(hosts(['pve2']), { proxmox_node: 'pve1' }),
        vms(hosts([]), { proxmox_node: 'other' }),
        vms({}, { proxmox_node: 'other' }),
      ],
      fails: vms(hosts(['pve2']), {}, { proxmox_node: 'other' }),
      at: 'nodes.yaml/nodes/1/proxmox_node',
      says: 'proxmox_node other of w-1 is not in proxmox.hosts; write one of pve2, pve1, or add it there',
    },
    'a host that was misspelt': {
      fails: vms(hosts(['host-a']), {}, { proxmox_node: 'host-b' }),
      at: 'nodes.yaml/nodes/1/proxmox_node',
      says: 'proxmox_node host-b of w-1 is not in proxmox.hosts; did you mean host-a?',
    },
    'the host of the template': {
      passes: vms(hosts(['pve2'], { template_node: 'pve2' })),
      fails: vms(hosts(['pve2'], { template_node: 'other' })),
      at: 'cluster.yaml/proxmox/template_node',
      says: 'proxmox.template_node other is not in proxmox.hosts; write one of pve2, pve1, or add it there',
    },
    'without proxmox_node the list alone counts': {
      passes: vms({ ...hosts(['a', 'b']), proxmox_node: undefined }, { proxmox_node: 'a' }, { proxmox_node: 'b' }),
      fails: vms({ ...hosts(['a', 'b']), proxmox_node: undefined }, { proxmox_node: 'a' }, { proxmox_node: 'other' }),
      at: 'nodes.yaml/nodes/1/proxmox_node',
      says: 'write one of a, b, or add it there',
    },
  }),
  ...edgesOf('LINKED_CLONE_STORAGE', {
    'another storage than that of the template': {
      passes: [
        vms(linked(), {}, { vm_disk_storage: 'local-lvm' }),
        vms(linked({ template_full_clone: true }), {}, { vm_disk_storage: 'fast' }),
        vms(linked(), {}, { vm_disk_storage: 'fast', vm_boot_source: 'image' }),
        vms(linked({ hosts: { pve1: { disk_storage: 'tank' } } }), {}, { vm_disk_storage: 'tank' }),
      ],
      fails: vms(linked(), {}, { vm_disk_storage: 'fast' }),
      at: 'nodes.yaml/nodes/1/vm_disk_storage',
      says:
        'w-1 is a linked clone: its system disk is on local-lvm, where template 9865 is, not on fast; ' +
        'write vm_disk_storage: local-lvm, or proxmox.template_full_clone: true',
    },
    'where each host has a template of its own': {
      passes: vms(OWN_TEMPLATES, {}, { proxmox_node: 'pve2' }),
      fails: vms(OWN_TEMPLATES, {}, { proxmox_node: 'pve2', vm_disk_storage: 'fast' }),
      at: 'nodes.yaml/nodes/1/vm_disk_storage',
      says: 'w-1 is a linked clone: its system disk is on slow',
    },
    'on another host': {
      passes: vms(linked({ hosts: { pve1: {}, pve2: { disk_storage: 'local-lvm' } } }), {}, { proxmox_node: 'pve2' }),
      fails: vms(linked({ hosts: { pve1: {}, pve2: { disk_storage: 'tank' } } }), {}, { proxmox_node: 'pve2' }),
      at: 'nodes.yaml/nodes/1/vm_disk_storage',
      says: 'is on local-lvm, where template 9865 is, not on tank',
    },
  }),
  ...edgesOf('MAC_MISSING', {
    'of a real machine': {
      passes: vms({}, { mac_addr: undefined }),
      fails: metal({}, {}, { mac_addr: undefined }),
      at: 'nodes.yaml/nodes/1',
      says: 'node w-1 has no mac_addr: on bare metal Talos finds the NIC by it; write it',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('DISK_MISSING', {
    'of a real machine': {
      passes: vms({}, { disk: undefined }),
      fails: metal({}, { disk: undefined }),
      at: 'nodes.yaml/nodes/0',
      says: 'node cp-1 has no disk: on bare metal the disk to install to is not known; write /dev/… or its serial number',
      besides: METAL_WARNS,
    },
  }),
];

const ALIASES: readonly (readonly [string, string, number])[] = [
  ['cores', 'vm_cores', 4],
  ['memory', 'vm_memory', 4096],
  ['disk_size', 'vm_disk_size', 64],
];

const BGP: Fields = { cilium_bgp_router_addr: '10.10.10.6', cilium_bgp_router_asn: 1, cilium_bgp_node_asn: 2 };

const written = [
  ...edgesOf('ALIAS_AND_KEY', {
    ...Object.fromEntries(
      ALIASES.map(([alias, key, value]) => [
        alias,
        {
          passes: vms({}, {}, { [key]: value }),
          fails: vms({}, {}, { [alias]: value, [key]: value }),
          at: `nodes.yaml/nodes/1/${alias}`,
          says: `${alias} and ${key} of w-1 say the same thing; keep ${key}`,
        },
      ]),
    ),
  }),
  ...edgesOf('ALIAS_USED', {
    ...Object.fromEntries(
      ALIASES.map(([alias, key, value]) => [
        alias,
        {
          passes: vms({}, { [key]: value }),
          fails: vms({}, {}, { [alias]: value }),
          at: `nodes.yaml/nodes/1/${alias}`,
          says: `${alias} of w-1 is read as ${key}; rename it`,
        },
      ]),
    ),
  }),
  ...edgesOf('BGP_INCOMPLETE', {
    ...each(Object.keys(BGP), (key) => ({
      passes: vms(BGP),
      fails: vms({ [key]: BGP[key] }),
      at: `cluster.yaml/${key}`,
      says: `${key} without ${Object.keys(BGP)
        .filter((other) => other !== key)
        .join(' and ')}: BGP needs all three or none`,
    })),
    'two of three': {
      fails: vms({ ...BGP, cilium_bgp_router_addr: undefined }),
      at: 'cluster.yaml/cilium_bgp_router_asn',
      says: 'cilium_bgp_router_asn and cilium_bgp_node_asn without cilium_bgp_router_addr: BGP needs all three or none',
    },
  }),
  ...edgesOf('SANS_DUPLICATE', {
    'in upper and lower case': {
      passes: vms({ cluster_api_tls_sans: ['k8s.example.org', 'api.example.org'] }),
      fails: vms({ cluster_api_tls_sans: ['k8s.example.org', 'a.b', 'K8s.example.org'] }),
      at: 'cluster.yaml/cluster_api_tls_sans/2',
      says: 'K8s.example.org is in cluster_api_tls_sans as k8s.example.org (cluster.yaml:1:',
    },
  }),
  ...edgesOf('LIKELY_TYPO', {
    'two letters': {
      passes: [vms({ cluster_nabc: 'x' }), vms({ cluster_nme: 'x' })],
      fails: vms({ node_dns_servrs: ['1.1.1.1'] }),
      at: 'cluster.yaml/node_dns_servrs',
      says: 'node_dns_servrs is not a key of talmox and is kept for your own templates; did you mean node_dns_servers?',
    },
    'two letters that differ': {
      passes: vms({ node_dns_serXYZs: ['1.1.1.1'] }),
      fails: vms({ node_dns_servXYs: ['1.1.1.1'] }),
      at: 'cluster.yaml/node_dns_servXYs',
      says: 'did you mean node_dns_servers?',
    },
    'a key with a slash': {
      fails: vms({ 'loki/enabled': true }),
      at: 'cluster.yaml/loki~1enabled',
      says: 'did you mean loki_enabled?',
    },
  }),
  ...edgesOf('API_PORT', {
    'a URL names its port': {
      passes: [vms({ proxmox_api_url: 'https://pve:8006' }), vms({ proxmox_api_url: 'https://pve:443/' })],
      fails: vms({ proxmox_api_url: 'https://pve/' }),
      at: 'cluster.yaml/proxmox_api_url',
      says: 'proxmox_api_url names no port, so 8006 is taken; write https://pve:8006, or https://pve:443 where a reverse proxy answers',
    },
    'a URL without one, without Proxmox VE': {
      fails: metal({ proxmox_api_url: 'https://pve' }),
      at: 'cluster.yaml/proxmox_api_url',
      says: 'names no port',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('CREDENTIAL_RENDERED', {
    'a key that is called like one': {
      passes: [
        vms({ talos: { extra_args: { kubelet: { 'token-auth-file': 'word', token: '/word' } } } }),
        vms({ talos: { extra_args: { etcd: { 'auth-token': 'simple' } } } }),
      ],
      fails: vms({ talos: { extra_args: { kubelet: { token: 'word' } } } }),
      at: 'cluster.yaml/talos/extra_args/kubelet/token',
      says: 'talos.extra_args.kubelet.token holds a credential',
    },
    'a value that is rendered': {
      passes: vms({ talos: { kernel_args: ['log=https://host/token'] } }),
      fails: vms({ talos: { kernel_args: ['log=https://user:word@host/'] } }),
      at: 'cluster.yaml/talos/kernel_args/0',
      says: 'talos.kernel_args[0] holds a credential, and what stands here is rendered into out/, which is committed; write it without the credential',
    },
    'what is no key of talmox is rendered nowhere': {
      passes: vms({ x_mine: ['https://user:word@host/'] }),
      fails: vms({ x_mine: 'https://user:word@host/', talos: { sysctls: { 'kernel.core_pattern': 'password=word' } } }),
      at: 'cluster.yaml/talos/sysctls/kernel.core_pattern',
      says: 'holds a credential',
    },
  }),
  ...edgesOf('CREDENTIAL_IN_INPUT', {
    ...each(['my-api-token', 'my.secret', 'clientSecret', 'MY_API_KEY'], (key) => ({
      passes: vms({ [`${key}_file`]: 'x' }),
      fails: vms({ [key]: 'hunter2' }),
      at: `cluster.yaml/${key}`,
      says: `${key} holds a credential`,
    })),
    ...each(
      [
        'token',
        'secret',
        'password',
        'passphrase',
        'salt',
        'webhook_url',
        'access_key',
        'secret_key',
        'private_key',
        'api_key',
        'auth_key',
        'master_key',
        'salt_key',
        'encryption_key',
      ],
      (key) => ({
        passes: vms({ [`my_${key}s`]: 'x', [`x${key}`]: 'x', [key]: 1 }),
        fails: vms({ [`my_${key}`]: 'hunter2' }),
        at: `cluster.yaml/my_${key}`,
        says: `my_${key} holds a credential: nothing of it is rendered, but do not commit this file`,
      }),
    ),
    several: {
      fails: vms({ token: 'x', b_password: 'y' }),
      at: 'cluster.yaml/token',
      says: 'token, b_password hold credentials: nothing',
    },
    'a public key is none': {
      passes: vms({ backup_age_public_key: 'age1x', some_key: 'x' }),
      fails: vms({ 'a/b_key_token': 'x' }),
      at: 'cluster.yaml/a~1b_key_token',
      says: 'holds a credential',
    },
  }),
];

const SERVER = 'http://10.10.10.9:8080';
const NET = { method: 'nocloud-net', dhcp: true, server_url: SERVER };
/** The serial of cp-1 has 45 bytes besides the URL. */
const urlOf = (bytes: number): string => `${SERVER}/${'a'.repeat(bytes - 45 - SERVER.length - 1)}`;

const delivery = [
  ...edgesOf('NOCLOUD_SERVER_MISSING', {
    'nocloud-net': {
      passes: vms(nocloud(NET)),
      fails: vms(nocloud({ ...NET, server_url: undefined })),
      at: 'cluster.yaml/nocloud/method',
      says: 'nocloud.method nocloud-net fetches over HTTP; write nocloud.server_url (http://address:port)',
    },
    include: {
      passes: [
        vms(nocloud({ method: 'cicustom', user_data: 'include', server_url: SERVER })),
        vms(nocloud({ method: 'cicustom', user_data: 'partial' })),
        vms(nocloud({ method: 'cicustom', user_data: 'none' })),
      ],
      fails: vms(nocloud({ method: 'cicustom', user_data: 'include' })),
      at: 'cluster.yaml/nocloud/user_data',
      says: 'nocloud.user_data include points to a server; write nocloud.server_url (http://address:port)',
    },
  }),
  ...edgesOf('NOCLOUD_NEEDS_DHCP', {
    'nocloud-net alone': {
      passes: [vms(nocloud({ method: 'ipconfig', dhcp: false })), vms(nocloud({ method: 'cicustom', dhcp: false }))],
      fails: vms(nocloud({ ...NET, dhcp: false })),
      at: 'cluster.yaml/nocloud/method',
      says: 'nocloud.method nocloud-net needs DHCP at first boot; reserve the declared addresses and write nocloud.dhcp: true',
    },
  }),
  ...edgesOf('NOCLOUD_USER_DATA', {
    ...each(['partial', 'include'], (userData) => ({
      passes: [
        vms(nocloud({ method: 'ipconfig', user_data: 'none' })),
        vms(nocloud({ ...NET, user_data: userData })),
        vms(nocloud({ method: 'cicustom', user_data: userData, server_url: SERVER })),
      ],
      fails: vms(nocloud({ method: 'ipconfig', user_data: userData, server_url: SERVER })),
      at: 'cluster.yaml/nocloud/user_data',
      says:
        `nocloud.user_data ${userData} reaches no node with nocloud.method ipconfig, where Proxmox writes the user data; ` +
        'leave user_data out, or write method: cicustom or nocloud-net',
    })),
  }),
  ...edgesOf('NOCLOUD_SERVER_URL', {
    ...each([';', '?', ','], (sign) => ({
      passes: vms(server(`${SERVER}/a-b_c.d%20e`)),
      fails: vms(server(`${SERVER}/a${sign}b`)),
      at: 'cluster.yaml/nocloud/server_url',
      says: `nocloud.server_url "${SERVER}/a${sign}b" holds one of ; ? # or a comma, at which an SMBIOS serial would cut it off; write a plain http://address:port/path`,
    })),
    ...each(
      [
        'http://localhost',
        'http://LocalHost:80',
        'https://localhost/x',
        'http://127.0.0.1:8080',
        'http://127.9.9.9',
        'http://0.0.0.0:80',
        'http://[::1]:80',
        'http://[::]',
      ],
      (url) => ({
        passes: [
          'http://localhost.example',
          'http://128.0.0.1',
          'http://0.0.0.1',
          'http://[::2]',
          'http://x/localhost',
          'http://x/http://localhost',
        ].map((other) => vms(server(other))),
        fails: vms(server(url)),
        at: 'cluster.yaml/nocloud/server_url',
        says: `nocloud.server_url ${/[[\]]/.test(url) ? JSON.stringify(url) : url} means the node itself to every node; write the address at which nodes reach the server`,
      }),
    ),
  }),
  ...edgesOf('SERIAL_TOO_LONG', {
    '340 bytes': {
      passes: vms(server(urlOf(340))),
      fails: vms(server(urlOf(341))),
      at: 'nodes.yaml/nodes/0/name',
      says: 'the SMBIOS serial of cp-1 is 341 bytes long, and Proxmox takes 340; shorten nocloud.server_url',
    },
  }),
];

export const platformEdges: readonly Edge[] = [...platform, ...written, ...delivery];
