/** Rules about single addresses: who owns them and where they lie. */

import { contains, isReserved, networkText, parseIpv4, parseNetwork, parseUrl } from '../../model/net.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { place, type Owned } from './finding.ts';

/**
 * Who owns an address. Two `infrastructure` owners may be one machine that was there before the
 * cluster (the router that also tells the time), and a `service` is such a machine or a load balancer
 * address of the cluster itself (its own DNS).
 */
type Kind = 'cluster' | 'load balancer' | 'infrastructure' | 'service';

interface OwnedAddress extends Owned {
  readonly kind: Kind;
}

/** Pairs that may be one and the same. */
const MAY_SHARE: Readonly<Record<Kind, readonly Kind[]>> = {
  cluster: [],
  'load balancer': ['service'],
  infrastructure: ['infrastructure', 'service'],
  service: ['infrastructure', 'service', 'load balancer'],
};

/** Keys of `cluster.yaml` that reserve a load balancer address. */
const LOAD_BALANCER_KEYS = ['cluster_gateway_addr', 'cluster_dns_gateway_addr', 'cloudflare_gateway_addr'] as const;

function clusterAddress(owner: string, value: string | undefined, kind: Kind, pointer = `/${owner}`): OwnedAddress[] {
  return value === undefined || parseIpv4(value) === null
    ? []
    : [{ value, owner, file: 'cluster.yaml', pointer, kind }];
}

function hostOf(url: string | null | undefined): string | undefined {
  return parseUrl(url ?? '')?.host;
}

function virtualIp({ cluster }: RuleContext): OwnedAddress[] {
  return clusterAddress('cluster_api_addr', cluster.endpoint.vip, 'cluster');
}

function defaultGateway({ cluster, clusterFile, refused }: RuleContext): OwnedAddress[] {
  if (refused.has('node_default_gateway')) return [];
  return clusterFile.node_default_gateway === undefined
    ? clusterAddress('the default node_default_gateway', cluster.network.gateway, 'infrastructure', '/node_cidr')
    : clusterAddress('node_default_gateway', cluster.network.gateway, 'infrastructure');
}

function loadBalancers({ clusterFile }: RuleContext): OwnedAddress[] {
  return LOAD_BALANCER_KEYS.flatMap((key) => clusterAddress(key, clusterFile[key], 'load balancer'));
}

/** Servers that nodes ask before the cluster runs; only written ones, since the defaults are public. */
function services({ clusterFile }: RuleContext): OwnedAddress[] {
  return (['node_dns_servers', 'node_ntp_servers'] as const).flatMap((key) =>
    [...new Set(clusterFile[key] ?? [])].flatMap((value) =>
      clusterAddress(key, value, 'service', `/${key}/${(clusterFile[key] ?? []).indexOf(value)}`),
    ),
  );
}

function nodeAddresses({ cluster, nodesFile }: RuleContext): OwnedAddress[] {
  return cluster.nodes.flatMap((node) => [
    owned(node.name, node.address, nodePointer(node, 'address')),
    ...(nodesFile.nodes[node.index]?.vm_extra_nics ?? []).flatMap((nic, position) => {
      const address = nic.address?.split('/')[0];
      const pointer = nodePointer(node, `vm_extra_nics/${position}/address`);
      return address === undefined ? [] : [owned(`${node.name} net${position + 1}`, address, pointer)];
    }),
  ]);
}

function owned(owner: string, value: string, pointer: string): OwnedAddress {
  return { value, owner, file: 'nodes.yaml', pointer, kind: 'cluster' };
}

function allAddresses(context: RuleContext): OwnedAddress[] {
  const { cluster, clusterFile } = context;
  return [
    ...virtualIp(context),
    ...defaultGateway(context),
    ...clusterAddress('proxmox_api_url', cluster.proxmox?.apiHost, 'infrastructure'),
    ...clusterAddress('nocloud.server_url', hostOf(cluster.nocloud.serverUrl), 'infrastructure', '/nocloud/server_url'),
    ...clusterAddress(
      'talos.factory_url',
      hostOf(clusterFile.talos?.factory_url),
      'infrastructure',
      '/talos/factory_url',
    ),
    ...clusterAddress('cilium_bgp_router_addr', clusterFile.cilium_bgp_router_addr, 'infrastructure'),
    ...services(context),
    ...loadBalancers(context),
    ...nodeAddresses(context),
  ];
}

function addressClash(context: RuleContext): Finding[] {
  const seen = new Map<string, OwnedAddress[]>();
  return allAddresses(context).flatMap((later) => {
    const earlier = seen.get(later.value) ?? [];
    seen.set(later.value, [...earlier.slice(0, 3), later]);
    const first = earlier.find((other) => !MAY_SHARE[later.kind].includes(other.kind));
    if (first === undefined) return [];
    const { file, pointer, value, owner } = later;
    const message = `address ${value} of ${owner} is used by ${place(context, first)} too; give one of them another address`;
    return [{ file, pointer, message }];
  });
}

function outsideNodeNetwork(context: RuleContext): Finding[] {
  const { cluster, clusterFile } = context;
  const network = parseNetwork(cluster.network.cidr);
  if (network === null) return [];
  const bgp = clusterFile.cilium_bgp_router_addr !== undefined;
  const inside = [
    ...virtualIp(context),
    ...defaultGateway(context),
    // With BGP the router learns the routes to load balancer addresses, wherever they are.
    ...(bgp || clusterFile.cilium_lb_pool_cidr !== undefined ? [] : loadBalancers(context)),
    ...cluster.nodes.map((node) => owned(node.name, node.address, nodePointer(node, 'address'))),
  ];
  return inside
    .filter(({ value }) => !contains(network, parseIpv4(value) ?? -1))
    .map(({ value, owner, file, pointer }) => ({
      file,
      pointer,
      message: `address ${value} of ${owner} is not in node_cidr ${network.text} (${context.at('cluster.yaml', '/node_cidr')}); give it an address of that range`,
    }));
}

function reserved(context: RuleContext): Finding[] {
  const { cluster, nodesFile } = context;
  const network = parseNetwork(cluster.network.cidr);
  const inNodeNetwork =
    network === null ? [] : allAddresses(context).map((address) => [address, network, 'node_cidr'] as const);
  const inNicNetwork = cluster.nodes.flatMap((node) =>
    (nodesFile.nodes[node.index]?.vm_extra_nics ?? []).flatMap((nic, position) => {
      const range = parseNetwork(nic.address ?? '');
      if (range === null || range.address === 0 || (network !== null && contains(network, range.address))) return [];
      const address = owned(
        `${node.name} net${position + 1}`,
        nic.address?.split('/')[0] ?? '',
        nodePointer(node, `vm_extra_nics/${position}/address`),
      );
      return [[address, range, 'its network'] as const];
    }),
  );
  return [...inNodeNetwork, ...inNicNetwork]
    .filter(([{ value }, range]) => isReserved(range, parseIpv4(value) ?? -1))
    .map(([{ value, owner, file, pointer }, range, name]) => {
      const kind = parseIpv4(value) === range.first ? 'network' : 'broadcast';
      return {
        file,
        pointer,
        message: `address ${value} of ${owner} is the ${kind} address of ${name} ${networkText(range)}; give it a host address`,
      };
    });
}

/** Cilium answers for every address of its pool: two machines would answer for one address. */
function inLoadBalancerPool(context: RuleContext): Finding[] {
  const { cluster, clusterFile } = context;
  const pool = parseNetwork(clusterFile.cilium_lb_pool_cidr ?? '');
  // A pool equal to the node network is the community's default: Cilium leaves used addresses alone there.
  if (pool === null || clusterFile.cilium_lb_pool_cidr === cluster.network.cidr) return [];
  const taken = [...virtualIp(context), ...defaultGateway(context), ...nodeAddresses(context)];
  return taken
    .filter(({ value }) => contains(pool, parseIpv4(value) ?? -1))
    .map(({ value, owner, file, pointer }) => ({
      file,
      pointer,
      message:
        `address ${value} of ${owner} lies in cilium_lb_pool_cidr ${pool.text} ` +
        `(${context.at('cluster.yaml', '/cilium_lb_pool_cidr')}), from which load balancers get their addresses; give it an address outside`,
    }));
}

/** Cilium gives a load balancer only addresses of its pools. */
function outsidePool(context: RuleContext): Finding[] {
  const pool = parseNetwork(context.clusterFile.cilium_lb_pool_cidr ?? '');
  if (pool === null) return [];
  return loadBalancers(context)
    .filter(({ value }) => !contains(pool, parseIpv4(value) ?? -1))
    .map(({ value, owner, file, pointer }) => ({
      file,
      pointer,
      message:
        `address ${value} of ${owner} is not in cilium_lb_pool_cidr ${pool.text} ` +
        `(${context.at('cluster.yaml', '/cilium_lb_pool_cidr')}), from which Cilium gives out addresses; give it an address of that range`,
    }));
}

export const addressRules = [
  {
    code: 'ADDRESS_CLASH',
    severity: 'error',
    summary: 'Nodes, virtual IP, gateways and servers have different addresses.',
    check: addressClash,
  },
  {
    code: 'ADDRESS_OUTSIDE_NODE_CIDR',
    severity: 'error',
    summary: 'Nodes, virtual IP, default gateway and (without BGP) load balancer addresses lie in node_cidr.',
    check: outsideNodeNetwork,
  },
  {
    code: 'ADDRESS_RESERVED',
    severity: 'error',
    summary: 'Nobody uses the network or broadcast address of node_cidr.',
    check: reserved,
  },
  {
    code: 'ADDRESS_IN_LB_POOL',
    severity: 'error',
    summary: 'The load balancer pool holds no node, virtual IP or gateway.',
    check: inLoadBalancerPool,
  },
  {
    code: 'ADDRESS_OUTSIDE_LB_POOL',
    severity: 'warning',
    summary: 'Where there is a load balancer pool, the addresses of the gateways are in it.',
    check: outsidePool,
  },
] as const satisfies readonly RuleRow[];
