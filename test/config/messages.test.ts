/** What is said of a value that no schema takes: what is wrong, and what to write instead. */

import { expect, it } from 'vitest';
import { validate } from '../../src/validate.ts';

type Json = Readonly<Record<string, unknown>>;

const CLUSTER = {
  node_cidr: '10.10.10.0/24',
  cluster_api_addr: '10.10.10.5',
  proxmox_api_url: 'https://a:1',
  proxmox_node: 'p',
};
const WORKER = { name: 'cp-1', address: '10.10.10.11', controller: false };
const NODE = { name: 'cp-1', address: '10.10.10.11', controller: true };

function messages(cluster: Json, ...nodes: unknown[]): string[] {
  const encoder = new TextEncoder();
  const { issues } = validate({
    clusterText: encoder.encode(JSON.stringify({ ...CLUSTER, ...cluster })),
    nodesText: encoder.encode(JSON.stringify({ nodes: nodes.length === 0 ? [NODE] : nodes })),
  });
  return issues.map(({ code, file, pointer, message }) => `${code} ${file}${pointer} ${message}`);
}

const OF_CLUSTER: readonly (readonly [Json, string])[] = [
  [
    { proxmox_insecure: 'yes' },
    'SCHEMA_TYPE cluster.yaml/proxmox_insecure proxmox_insecure must be true or false, not "yes"; write true',
  ],
  [{ proxmox_insecure: 'ON' }, 'proxmox_insecure must be true or false, not "ON"; write true'],
  [{ proxmox_insecure: 'n' }, 'proxmox_insecure must be true or false, not "n"; write false'],
  [{ proxmox_insecure: 'Off' }, 'proxmox_insecure must be true or false, not "Off"; write false'],
  [{ proxmox_insecure: 'True' }, 'proxmox_insecure must be true or false, not "True"; leave the quotes out'],
  [{ proxmox_insecure: 'maybe' }, 'proxmox_insecure must be true or false, not "maybe"'],
  [{ proxmox_insecure: 1 }, 'proxmox_insecure must be true or false, not 1'],
  [{ talos_version: 1.12 }, 'not 1.12; put it in quotes'],
  [{ cluster_name: true }, 'not true; put it in quotes'],
  [
    { cluster_name: [1] },
    'SCHEMA_TYPE cluster.yaml/cluster_name cluster_name must be a DNS label: lower-case letters, digits and dashes, at most 63, not a list',
  ],
  [
    { ansible: { forks: '10' } },
    'SCHEMA_TYPE cluster.yaml/ansible/forks ansible.forks must be a whole number from 1 to 500, not "10"; leave the quotes out',
  ],
  [{ ansible: { forks: 'ten' } }, 'ansible.forks must be a whole number from 1 to 500, not "ten"'],
  [
    { ansible: { forks: 501 } },
    'SCHEMA_RANGE cluster.yaml/ansible/forks ansible.forks must be a whole number from 1 to 500, not 501',
  ],
  [
    { node_dns_servers: '1.1.1.1' },
    'SCHEMA_TYPE cluster.yaml/node_dns_servers node_dns_servers must be a list, not "1.1.1.1"; put it in [ ]',
  ],
  [{ node_dns_servers: 5 }, 'node_dns_servers must be a list, not 5'],
  [{ node_dns_servers: [] }, 'SCHEMA_LENGTH cluster.yaml/node_dns_servers node_dns_servers must have at least 1 entry'],
  [
    { node_dns_servers: ['1.1.1.1', 'x'] },
    'SCHEMA_PATTERN cluster.yaml/node_dns_servers/1 node_dns_servers[1] must be an IP address',
  ],
  [
    { node_dns_servers: Array.from({ length: 33 }, (_, index) => `1.1.1.${index}`) },
    'node_dns_servers must have at most 32 entries',
  ],
  [
    { nocloud: { method: 'ipconfg' } },
    'SCHEMA_ENUM cluster.yaml/nocloud/method nocloud.method must be one of ipconfig, cicustom, nocloud-net, not "ipconfg"; did you mean ipconfig?',
  ],
  [{ nocloud: { method: 'other' } }, 'nocloud.method must be one of ipconfig, cicustom, nocloud-net, not "other"'],
  [{ talos: { image: { sector_size: 1024 } } }, 'talos.image.sector_size must be one of 512, 4096, not 1024'],
  [{ nocloud: 'x' }, 'SCHEMA_TYPE cluster.yaml/nocloud nocloud must be a mapping of keys to values, not "x"'],
  [
    { nocloud: { methd: 'ipconfig' } },
    'SCHEMA_UNKNOWN_KEY cluster.yaml/nocloud/methd unknown key methd; did you mean method?',
  ],
  [{ nocloud: { colour: 'x' } }, 'unknown key colour; known here: method, server_url, dhcp, user_data'],
  [
    { talos: { age_recipients: ['age1aaaaaaaa', 'age1aaaaaaaa'] } },
    'SCHEMA_DUPLICATE cluster.yaml/talos/age_recipients talos.age_recipients holds "age1aaaaaaaa" twice; write it once',
  ],
  [{ cluster_name: 'a'.repeat(70) }, 'cluster_name'],
  [
    { proxmox_region: 'a'.repeat(1025) },
    'SCHEMA_LENGTH cluster.yaml/proxmox_region proxmox_region has 1025 characters, and may have 1024',
  ],
  [
    { talos: { registry_mirrors: { 'a..b': ['https://m.example'] } } },
    'SCHEMA_PATTERN cluster.yaml/talos/registry_mirrors/a..b "a..b" is not a registry',
  ],
  [{ proxmox_api_token_secret: 5 }, 'proxmox_api_token_secret must be'],
  [
    { cluster_api_addr: undefined, cluster_api_adr: '10.10.10.5' },
    'SCHEMA_REQUIRED cluster.yaml/cluster_api_adr cluster_api_addr is missing; did you mean it by cluster_api_adr?',
  ],
  [{ cluster_api_addr: undefined }, 'SCHEMA_REQUIRED cluster.yaml/cluster_api_addr cluster_api_addr is missing: '],
  [
    { talos: { image: { overlay: { name: 'rock' } } } },
    'SCHEMA_REQUIRED cluster.yaml/talos/image/overlay/image image is missing: ',
  ],
  [
    {
      talos: {
        extra_args: { kubelet: Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`x${index}`, 1])) },
      },
    },
    'talos.extra_args.kubelet must have at most 500 keys',
  ],
];

it.each(OF_CLUSTER.map((row, index) => [index, ...row] as const))(
  'of cluster.yaml, row %i',
  (_index, cluster, says) => {
    const found = messages(cluster);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(says);
  },
);

/** The second node of a file. */
const OF_NODES: readonly (readonly [unknown, string])[] = [
  [
    { ...WORKER, vm_cores: 65 },
    'SCHEMA_RANGE nodes.yaml/nodes/1/vm_cores node "cp-1": vm_cores must be a whole number from 1 to 64, not 65',
  ],
  [{ ...WORKER, name: 5 }, 'SCHEMA_TYPE nodes.yaml/nodes/1/name node 2: name must be'],
  [{ ...WORKER, name: 'global' }, 'SCHEMA_PATTERN nodes.yaml/nodes/1/name node "global": name must be'],
  [
    { ...WORKER, adress: 'x', address: undefined },
    'SCHEMA_UNKNOWN_KEY nodes.yaml/nodes/1/adress node "cp-1": unknown key adress; did you mean address?',
  ],
  [
    { ...WORKER, vm_extra_disks: [{}] },
    'SCHEMA_REQUIRED nodes.yaml/nodes/1/vm_extra_disks/0/size node "cp-1": size is missing: a whole number of GiB from 1 to 65536',
  ],
  [
    { ...WORKER, vm_extra_nics: [{ bridge: 'vmbr1' }, { bridge: 'vmbr1', mtu: 1 }] },
    'node "cp-1": vm_extra_nics[1].mtu must be a whole number from 1450 to 9000, not 1',
  ],
  [
    { ...WORKER, labels: { 'a//b': 'x' } },
    'SCHEMA_PATTERN nodes.yaml/nodes/1/labels/a~1~1b node "cp-1": "a//b" is not ',
  ],
  [{ ...WORKER, mac: 'x' }, 'unknown key mac; did you mean mac_addr?'],
  ['x', 'SCHEMA_TYPE nodes.yaml/nodes/1 node 2: this must be a mapping of keys to values, not "x"'],
];

it.each(OF_NODES.map((row, index) => [index, ...row] as const))('of nodes.yaml, row %i', (_index, node, says) => {
  const first = { name: 'first', address: '10.10.10.12', controller: true };
  const found = messages({}, first, node);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(says);
});

it('a credential is never shown', () => {
  const [told] = messages({ proxmox_api_token_secret: 12_345_678 });
  expect(told).toContain('; what stands there is not shown');
  expect(told).not.toContain('12345678');
});

it('one value that several nodes share is wrong once', () => {
  const encoder = new TextEncoder();
  const { issues } = validate({
    clusterText: encoder.encode(JSON.stringify(CLUSTER)),
    nodesText: encoder.encode(
      'nodes:\n  - { name: a, address: 10.10.10.11, controller: true, labels: &l { a: { b: c } } }\n' +
        '  - { name: b, address: 10.10.10.12, controller: false, labels: *l }\n',
    ),
  });
  expect(issues.map(({ code, line }) => [code, line])).toEqual([['SCHEMA_TYPE', 2]]);
});
