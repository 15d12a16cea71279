/** Rules about single addresses: who owns them and where they lie. */

import { contains, isReserved, parseIpv4, parseNetwork } from '../../model/net.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { clashes, place, type Owned } from './finding.ts';

interface OwnedAddress extends Owned {
  /** Machines that exist before the cluster and may share an address: the router, the Proxmox host. */
  readonly infrastructure: boolean;
}

/** Keys of `cluster.yaml` that reserve a load balancer address. */
const LOAD_BALANCER_KEYS = ['cluster_gateway_addr', 'cluster_dns_gateway_addr', 'cloudflare_gateway_addr'] as const;

function clusterAddress(owner: string, value: string | undefined, pointer: string, infrastructure: boolean): OwnedAddress[] {
  return value === undefined || parseIpv4(value) === null
    ? []
    : [{ value, owner, file: 'cluster.yaml', pointer, infrastructure }];
}

function hostOf(url: string | null | undefined): string | undefined {
  return url === null || url === undefined ? undefined : new URL(url).hostname;
}

function loadBalancers({ clusterFile }: RuleContext): OwnedAddress[] {
  return LOAD_BALANCER_KEYS.flatMap((key) => clusterAddress(key, clusterFile[key], `/${key}`, false));
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
  return { value, owner, file: 'nodes.yaml', pointer, infrastructure: false };
}

function allAddresses(context: RuleContext): OwnedAddress[] {
  const { cluster } = context;
  return [
    ...clusterAddress('cluster_api_addr', cluster.endpoint.vip, '/cluster_api_addr', false),
    ...clusterAddress('node_default_gateway', cluster.network.gateway, '/node_default_gateway', true),
    ...clusterAddress('proxmox_api_url', cluster.proxmox?.apiHost, '/proxmox_api_url', true),
    ...clusterAddress('nocloud.server_url', hostOf(cluster.nocloud.serverUrl), '/nocloud/server_url', true),
    ...loadBalancers(context),
    ...nodeAddresses(context),
  ];
}

function addressClash(context: RuleContext): Finding[] {
  const all = allAddresses(context);
  const infrastructure = new Set<Owned>(all.filter((address) => address.infrastructure));
  return clashes(all)
    .filter(({ first, later }) => !(infrastructure.has(first) && infrastructure.has(later)))
    .map(({ first, later }) => ({
      file: later.file,
      pointer: later.pointer,
      message: `address ${later.value} of ${later.owner} is used by ${place(context, first)} too; give one of them another address`,
    }));
}

function outsideNodeNetwork(context: RuleContext): Finding[] {
  const { cluster, clusterFile } = context;
  const network = parseNetwork(cluster.network.cidr);
  if (network === null) return [];
  const bgp = clusterFile.cilium_bgp_router_addr !== undefined;
  const inside = [
    ...clusterAddress('cluster_api_addr', cluster.endpoint.vip, '/cluster_api_addr', false),
    ...clusterAddress('node_default_gateway', cluster.network.gateway, '/node_default_gateway', false),
    // With BGP the router learns the way to load balancer addresses wherever they are.
    ...(bgp || clusterFile.cilium_lb_pool_cidr !== undefined ? [] : loadBalancers(context)),
    ...cluster.nodes.map((node) => owned(node.name, node.address, nodePointer(node, 'address'))),
  ];
  return inside
    .filter(({ value }) => !contains(network, parseIpv4(value) ?? -1))
    .map(({ value, owner, file, pointer }) => ({
      file,
      pointer,
      message: `address ${value} of ${owner} is not in node_cidr ${network.text} (${context.at('cluster.yaml', '/node_cidr')})`,
    }));
}

function reserved(context: RuleContext): Finding[] {
  const network = parseNetwork(context.cluster.network.cidr);
  if (network === null) return [];
  return allAddresses(context)
    .filter(({ value }) => isReserved(network, parseIpv4(value) ?? -1))
    .map(({ value, owner, file, pointer }) => {
      const kind = parseIpv4(value) === network.first ? 'network' : 'broadcast';
      return {
        file,
        pointer,
        message: `address ${value} of ${owner} is the ${kind} address of node_cidr ${network.text}; give it a host address`,
      };
    });
}

/** Whoever answers for the pool would answer for these addresses too. */
function inLoadBalancerPool(context: RuleContext): Finding[] {
  const { cluster, clusterFile } = context;
  const pool = parseNetwork(clusterFile.cilium_lb_pool_cidr ?? '');
  // A pool equal to the node network is the community's default: Cilium leaves used addresses alone there.
  if (pool === null || clusterFile.cilium_lb_pool_cidr === cluster.network.cidr) return [];
  const taken = [
    ...clusterAddress('cluster_api_addr', cluster.endpoint.vip, '/cluster_api_addr', false),
    ...clusterAddress('node_default_gateway', cluster.network.gateway, '/node_default_gateway', false),
    ...nodeAddresses(context),
  ];
  return taken
    .filter(({ value }) => contains(pool, parseIpv4(value) ?? -1))
    .map(({ value, owner, file, pointer }) => ({
      file,
      pointer,
      message:
        `address ${value} of ${owner} lies in cilium_lb_pool_cidr ${pool.text} ` +
        `(${context.at('cluster.yaml', '/cilium_lb_pool_cidr')}), from which load balancers are served`,
    }));
}

export const addressRules: readonly RuleRow[] = [
  {
    code: 'ADDRESS_CLASH',
    severity: 'error',
    summary: 'No two of the nodes, the virtual IP, the gateways and the servers share an address.',
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
];
