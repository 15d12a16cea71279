import { describe, expect, it } from 'vitest';
import { validateTexts } from '../support/validation.ts';

type Slot = (address: string) => {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly node?: Readonly<Record<string, unknown>>;
  readonly other?: Readonly<Record<string, unknown>>;
};

/** Everything that can own an address, each where a user writes it. */
const OWNERS: Readonly<Record<string, Slot>> = {
  cluster_api_addr: (address) => ({ cluster: { cluster_api_addr: address } }),
  node_default_gateway: (address) => ({ cluster: { node_default_gateway: address } }),
  cluster_gateway_addr: (address) => ({ cluster: { cluster_gateway_addr: address } }),
  cluster_dns_gateway_addr: (address) => ({ cluster: { cluster_dns_gateway_addr: address } }),
  cloudflare_gateway_addr: (address) => ({ cluster: { cloudflare_gateway_addr: address } }),
  node_dns_servers: (address) => ({ cluster: { node_dns_servers: ['1.1.1.1', address] } }),
  node_ntp_servers: (address) => ({ cluster: { node_ntp_servers: [address] } }),
  cilium_bgp_router_addr: (address) => ({ cluster: { cilium_bgp_router_addr: address } }),
  proxmox_api_url: (address) => ({ cluster: { proxmox_api_url: `https://${address}:8006` } }),
  'nocloud.server_url': (address) => ({ cluster: { nocloud: { server_url: `http://${address}:8080` } } }),
  'talos.factory_url': (address) => ({ cluster: { talos: { factory_url: `https://${address}` } } }),
  'cp-1': (address) => ({ node: { address } }),
  'w-1': (address) => ({ other: { address } }),
  'w-1 net1': (address) => ({ other: { vm_extra_nics: [{ bridge: 'vmbr1', address: `${address}/24` }] } }),
};

/** Machines from before the cluster: two of these may be one. */
const MACHINES = [
  'node_default_gateway',
  'cilium_bgp_router_addr',
  'proxmox_api_url',
  'nocloud.server_url',
  'talos.factory_url',
];
/** Such machines, or addresses that the cluster itself serves. */
const SERVICES = ['node_dns_servers', 'node_ntp_servers'];
const LOAD_BALANCERS = ['cluster_gateway_addr', 'cluster_dns_gateway_addr', 'cloudflare_gateway_addr'];

function maySharing(a: string, b: string): boolean {
  const both = (group: readonly string[], other: readonly string[]): boolean =>
    (group.includes(a) && other.includes(b)) || (group.includes(b) && other.includes(a));
  return both([...MACHINES, ...SERVICES], [...MACHINES, ...SERVICES]) || both(SERVICES, LOAD_BALANCERS);
}

/** Where each is written. */
const PLACES: Readonly<Record<string, string>> = {
  'nocloud.server_url': '/nocloud/server_url',
  'talos.factory_url': '/talos/factory_url',
  node_ntp_servers: '/node_ntp_servers/0',
  node_dns_servers: '/node_dns_servers/1',
  'cp-1': '/nodes/0/address',
  'w-1': '/nodes/1/address',
  'w-1 net1': '/nodes/1/vm_extra_nics/0/address',
};

function clashesOf(a: string, b: string): { message: string; pointer: string }[] {
  const parts = [OWNERS[a]?.('10.10.10.77') ?? {}, OWNERS[b]?.('10.10.10.77') ?? {}];
  const cluster = Object.assign(
    {
      node_cidr: '10.10.10.0/24',
      cluster_api_addr: '10.10.10.5',
      proxmox_api_url: 'https://10.10.10.2:8006',
      proxmox_node: 'pve1',
      cilium_bgp_router_addr: '10.10.10.6',
      cilium_bgp_router_asn: 64513,
      cilium_bgp_node_asn: 64514,
    },
    ...parts.map((part) => part.cluster ?? {}),
  ) as object;
  const nodes = [
    Object.assign({ name: 'cp-1', address: '10.10.10.11', controller: true }, ...parts.map((part) => part.node ?? {})),
    Object.assign({ name: 'w-1', address: '10.10.10.21', controller: false }, ...parts.map((part) => part.other ?? {})),
  ];
  const { issues } = validateTexts(JSON.stringify(cluster), JSON.stringify({ nodes }));
  return issues.filter((issue) => issue.code === 'ADDRESS_CLASH');
}

const names = Object.keys(OWNERS);
const pairs = names.flatMap((later, index) => names.slice(0, index).map((earlier) => [earlier, later] as const));

describe('any two owners of one address are found, and both are named', () => {
  it.each(pairs.filter(([a, b]) => !maySharing(a, b)))('%s and %s', (a, b) => {
    const [clash, ...more] = clashesOf(a, b);
    expect(more).toEqual([]);
    for (const name of [a, b]) expect(clash?.message).toMatch(new RegExp(`(?:of|by) ${name.replaceAll('.', '\\.')} `));
    const later = / of (.+?) is used/.exec(clash?.message ?? '')?.[1] ?? '';
    expect(clash?.pointer).toBe(PLACES[later] ?? `/${later}`);
  });

  it.each(pairs.filter(([a, b]) => maySharing(a, b)))('%s and %s may be one', (a, b) => {
    expect(clashesOf(a, b)).toEqual([]);
  });

  it('also when one of them was never written', () => {
    const { issues } = validateTexts(
      'node_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nproxmox_api_url: https://pve:8006\nproxmox_node: pve1\n',
      'nodes: [{ name: cp-1, address: 10.10.10.1, controller: true }]\n',
    );
    expect(issues.map((issue) => issue.message)).toEqual([
      'address 10.10.10.1 of cp-1 is used by the default node_default_gateway (cluster.yaml:1:12) too; give one of them another address',
    ]);
  });
});

it('a fault in one key makes no second one elsewhere', () => {
  const { issues } = validateTexts(
    'node_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nproxmox_api_url: pve:8006\nproxmox_node: pve1\nnode_default_gateway: 10.10.10.254/24\ncluster_pod_cidr: 10.42.0.0\n',
    'nodes: [{ name: cp-1, address: 10.10.10.1, controller: true }]\n',
  );
  expect(issues.map(({ line, code }) => `${line} ${code}`)).toEqual([
    '3 SCHEMA_PATTERN',
    '5 SCHEMA_PATTERN',
    '6 SCHEMA_PATTERN',
  ]);
});

it('one address for two nodes is one mistake, though it makes one VM id for both', () => {
  const { issues } = validateTexts(
    'node_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nproxmox_api_url: https://10.10.10.2:8006\nproxmox_node: pve1\n',
    'nodes:\n  - { name: cp-1, address: 10.10.10.11, controller: true }\n  - { name: w-1, address: 10.10.10.11, controller: false }\n',
  );
  expect(issues.map(({ line, code }) => `${line} ${code}`)).toEqual(['3 ADDRESS_CLASH']);
});

it('what has to do with the pool of load balancers is told with the place of the pool', () => {
  const { issues } = validateTexts(
    'node_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nproxmox_api_url: https://10.10.10.2:8006\nproxmox_node: pve1\ncilium_lb_pool_cidr: 10.10.10.16/28\ncluster_gateway_addr: 10.10.10.40\n',
    'nodes:\n  - { name: cp-1, address: 10.10.10.17, controller: true }\n',
  );
  const told = (code: string): string | undefined => issues.find((issue) => issue.code === code)?.message;
  expect(told('ADDRESS_IN_LB_POOL')).toContain('cilium_lb_pool_cidr 10.10.10.16/28 (cluster.yaml:5:22)');
  expect(told('ADDRESS_OUTSIDE_LB_POOL')).toContain('cilium_lb_pool_cidr 10.10.10.16/28 (cluster.yaml:5:22)');
});
