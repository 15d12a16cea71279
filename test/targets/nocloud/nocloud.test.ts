import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { base64 } from '../../../src/model/base64.ts';
import type { Cluster, Link, Node } from '../../../src/model/cluster.ts';
import type { Generated } from '../../../src/generate.ts';
import { generateFixture, generateTexts } from '../../support/pipeline.ts';
import { FIXTURES, ROOT } from '../../support/validation.ts';
import { readNetworkConfig, type HostNic } from './talos-network.ts';
import { readMetadata, readSerial, readUserData } from './talos-reader.ts';

interface Rendered {
  readonly cluster: Cluster;
  /** `user-data` of a node. */
  readonly file: (node: Node, name: string) => string;
  /** `kind` documents of a node's Talos patch. */
  readonly patch: (node: Node, kind: string) => readonly Readonly<Record<string, unknown>>[];
}

function renderedFrom({ cluster, issues, files }: Generated): Rendered {
  if (cluster === null) throw new Error(issues.map(({ message }) => message).join('\n'));
  const contentOf = (path: string): string => files.find((file) => file.path === path)?.content ?? '';
  return {
    cluster,
    file: (node, name) => contentOf(`nocloud/${node.name}/${name}`),
    patch: (node, kind) =>
      parseAllDocuments(contentOf(`talos/nodes/${node.name}.yaml`))
        .map((document) => document.toJS() as Readonly<Record<string, unknown>>)
        .filter((document) => document['kind'] === kind && !('$patch' in document)),
  };
}

const macsOf = ({ bond, macAddress }: Link): string[] =>
  bond?.members.map((member) => member.macAddress) ?? [macAddress];

/** The NICs as a kernel may name them: not in the order of the file. */
const nicsOf = (node: Node): HostNic[] =>
  node.links.flatMap(macsOf).map((mac, position) => ({ name: `ens${30 - position}`, mac: mac.toUpperCase() }));

/** What the node comes up with is what the model says, no more and no less. */
function expectNetwork({ cluster, file, patch }: Rendered, node: Node): void {
  const nics = nicsOf(node);
  const network = readNetworkConfig(file(node, 'network-config'), nics);
  const nameOf = (mac: string): string => nics.find((nic) => nic.mac === mac.toUpperCase())?.name ?? '';
  expect(network.needsReconcile).toBe(false);
  expect(network.operators).toEqual([]);
  expect(network.resolvers, node.name).toEqual(cluster.network.nameservers);
  const parents = node.links.map(({ alias, bond, macAddress }) => (bond === null ? nameOf(macAddress) : alias));
  const carriers = node.links.map(({ alias, vlanTag }, position) =>
    vlanTag === null ? parents[position] : `${alias}.${vlanTag}`,
  );
  expect(network.links, node.name).toEqual(
    node.links.flatMap(({ alias, mtu, vlanTag, bond, ...link }, position) => [
      ...macsOf({ alias, mtu, vlanTag, bond, ...link }).map((mac) => ({
        name: nameOf(mac),
        kind: 'physical',
        mtu,
        ...(bond === null ? {} : { master: alias }),
      })),
      ...(bond === null ? [] : [{ name: alias, kind: 'bond', mtu, mode: bond.mode }]),
      ...(vlanTag === null
        ? []
        : [{ name: `${alias}.${vlanTag}`, kind: 'vlan', mtu, vlan: { id: vlanTag, parent: parents[position] } }]),
    ]),
  );
  expect(network.addresses).toEqual(
    node.links.flatMap(({ addresses }, position) =>
      addresses.map((address) => ({ link: carriers[position], address })),
    ),
  );
  expect(network.routes).toEqual(
    node.links.flatMap(({ gateway }, position) =>
      gateway === null ? [] : [{ link: carriers[position], to: '0.0.0.0/0', gateway }],
    ),
  );
  expect(JSON.stringify(network)).not.toContain(`"${cluster.endpoint.vip}/`);
  // What Talos makes has the same name in both layers: it would otherwise make it twice.
  const logical = network.links.filter(({ kind }) => kind !== 'physical').map(({ name }) => name);
  expect(logical).toEqual([...patch(node, 'BondConfig'), ...patch(node, 'VLANConfig')].map(({ name }) => name));
}

function expectNames({ cluster, file }: Rendered): void {
  const ids = cluster.nodes.map((node) => {
    const metaData = file(node, 'meta-data');
    const own = { hostname: node.name, instanceId: `${cluster.name}-${node.name}` };
    expect(readMetadata(readSerial(''), metaData)).toEqual(own);
    expect(readMetadata(readSerial(node.nocloudSerial), null)).toEqual(own);
    return own.instanceId;
  });
  expect(new Set(ids).size).toBe(cluster.nodes.length);
}

function expectUserData({ cluster, file }: Rendered, node: Node): void {
  const { userData, serverUrl } = cluster.nocloud;
  const read = readUserData(file(node, 'user-data'));
  // The node takes the name and waits in maintenance mode for the rest.
  if (userData === 'partial')
    expect(read).toMatchObject({
      isComplete: false,
      documents: [{ kind: 'HostnameConfig', auto: 'off', hostname: node.name }],
    });
  if (userData === 'include')
    expect(read).toEqual({ include: `${String(serverUrl)}/${cluster.name}/${node.name}/machine-config` });
  if (userData === 'none') expect(read).toBe('maintenance');
}

/** It leads to the node's folder, and is what Proxmox stores: at most 512 characters, no line break, stable UUID. */
function expectSerial({ cluster, file }: Rendered, node: Node): void {
  const { serverUrl, method } = cluster.nocloud;
  expect(readSerial(node.nocloudSerial).url).toBe(
    serverUrl === null ? null : `${serverUrl}/${cluster.name}/${node.name}/`,
  );
  const smbios = parse(file(node, 'smbios.yaml')) as { serial: string; serialBase64: string; smbios1: string };
  expect(smbios.serial).toBe(node.nocloudSerial);
  expect(Buffer.from(smbios.serialBase64, 'base64').toString()).toBe(node.nocloudSerial);
  expect(smbios.serialBase64).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  expect(smbios.smbios1).toBe(`uuid=${node.systemUuid},serial=${base64(node.nocloudSerial)},base64=1`);
  expect(smbios.smbios1.length).toBeLessThanOrEqual(512);
  expect(node.systemUuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  if (node.vm !== null)
    expect(node.vm.smbios).toEqual({
      uuid: node.systemUuid,
      serial: method === 'nocloud-net' ? node.nocloudSerial : null,
    });
}

/** With `user=` and without `meta=`, Proxmox would write meta-data that has no name in it. */
function expectSnippets({ cluster }: Rendered, node: Node): void {
  const drive = node.vm?.cloudInit ?? null;
  expect(drive === null, 'a nocloud-net node reads no drive').toBe(
    node.vm === null || cluster.nocloud.method === 'nocloud-net',
  );
  if (drive === null) return;
  const storage = cluster.proxmox?.hosts.find(({ name }) => name === node.vm?.pveNode)?.snippetsStorage ?? '';
  const volume = (part: string): string => `${storage}:snippets/${cluster.name}-${node.name}-${part}.yaml`;
  const expected = { user: volume('user'), meta: volume('meta'), network: volume('network') };
  expect(drive.snippets).toEqual(cluster.nocloud.method === 'cicustom' ? expected : null);
}

function expectAll(rendered: Rendered): void {
  expectNames(rendered);
  for (const node of rendered.cluster.nodes) {
    expectNetwork(rendered, node);
    expectUserData(rendered, node);
    expectSerial(rendered, node);
    expectSnippets(rendered, node);
  }
}

it.each(['.', ...readdirSync(join(FIXTURES, 'valid')).map((name) => join('test/fixtures/valid', name))])(
  '%s: Talos finds in every file what the model says',
  (path) => {
    const directory = join(ROOT, path);
    expectAll(renderedFrom(generateFixture(directory)));
  },
);

const METHODS = [
  '{ method: ipconfig }',
  '{ method: ipconfig, user_data: none, server_url: "http://10.10.10.9:8080" }',
  '{ method: cicustom }',
  '{ method: cicustom, user_data: none }',
  '{ method: cicustom, user_data: include, server_url: "https://conf.example/talos/" }',
  '{ method: nocloud-net, dhcp: true, server_url: "http://10.10.10.9:8080" }',
  '{ method: nocloud-net, dhcp: true, user_data: include, server_url: "http://[fd00::9]:8080" }',
  '{ method: nocloud-net, dhcp: true, user_data: none, server_url: "http://conf" }',
];
const VLANS = ['', 'node_vlan_tag: 22', 'node_vlan_tag: "4094"', 'node_vlan_tag: 22\nproxmox_vlan_mode: true'];
const NODES = [
  '',
  'mtu: 9000',
  'mtu: 1450, vlan_tag: 0, vm_extra_nics: [{ bridge: vmbr1 }]',
  'vlan_tag: 100, vm_extra_nics: [{ bridge: vmbr1, address: 10.99.0.11/16, vlan_tag: 30, mtu: 9000 }, { bridge: vmbr2, mac_addr: "02:00:00:00:00:AB" }, { bridge: vmbr3, address: 10.98.0.14/30 }]',
];
const RELEASES = [
  ['1.12.0', '1.34.1'],
  ['1.13.9', '1.36.3'],
  ['1.14.0', '1.37.0'],
] as const;

/** Every method with every VLAN, and each of them with every release. */
const PAIRS = METHODS.flatMap((nocloud, method) =>
  VLANS.map(
    (vlan, position) => [nocloud, vlan, ...(RELEASES[(method + position) % RELEASES.length] ?? RELEASES[0])] as const,
  ),
);

it.each(PAIRS)(
  'nocloud: %s, VLAN: %j, Talos %s with Kubernetes %s: every shape of node',
  (nocloud, vlan, talos, kubernetes) => {
    const cluster = `cluster_name: lab\nnode_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nnode_dns_servers: [10.10.10.1, "2606:4700:4700::1111"]\ntalos_version: "${talos}"\nkubernetes_version: "${kubernetes}"\nproxmox_api_url: https://10.10.10.2:8006\nproxmox_node: pve1\nproxmox: { snippets_storage: cephfs }\nnocloud: ${nocloud}\n${vlan}\n`;
    const nodes = `nodes:\n${NODES.map((more, index) => `- { name: n-${index}, address: 10.10.10.${11 + index}, controller: ${String(index === 0)}${more === '' ? '' : `, ${more}`} }\n`).join('')}`;
    expectAll(renderedFrom(generateTexts(cluster, nodes)));
  },
);

it('Talos finds the bonds of bare-metal nodes, and the VLAN on one', () => {
  const cluster =
    'cluster_name: metal\nnode_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nnode_vlan_tag: 22\ntalos_version: "1.13.9"\nkubernetes_version: "1.36.3"\n';
  const node = (index: number, more: string): string =>
    `- { name: n-${index}, address: 10.10.10.${11 + index}, controller: ${String(index === 0)}, disk: /dev/sda, mac_addr: "02:00:00:00:00:0${index}", ${more} }\n`;
  const bond = (mode: string): string =>
    `bond: { mac_addrs: ["02:00:00:00:01:0A", "02:00:00:00:01:0b"], mode: ${mode} }`;
  const nodes = `nodes:\n${node(0, bond('802.3ad, lacp_rate: fast, xmit_hash_policy: layer3+4'))}${node(1, `vlan_tag: 0, mtu: 9000, ${bond('balance-alb').replaceAll(':01:0', ':02:0')}`)}`;
  const rendered = renderedFrom(generateTexts(cluster, nodes));
  expectAll(rendered);
  expect(rendered.cluster.nodes.map(({ links }) => links[0].bond?.members.length)).toEqual([3, 3]);
});

it('user-data is never near the size that Proxmox takes of a snippet', () => {
  const name = 'n'.repeat(63);
  const cluster = `cluster_name: ${'c'.repeat(63)}\nnode_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nproxmox_api_url: https://10.10.10.2:8006\nproxmox_node: pve1\nnocloud: { method: cicustom }\n`;
  const {
    file,
    cluster: {
      nodes: [node],
    },
  } = renderedFrom(generateTexts(cluster, `nodes: [{ name: ${name}, address: 10.10.10.11, controller: true }]\n`));
  for (const part of ['user-data', 'meta-data', 'network-config'])
    expect(file(node as Node, part).length).toBeLessThan(4096);
});
