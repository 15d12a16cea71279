/** Rules about links beyond their addresses: bonds and static routes. */

import type { Link, Node } from '../../model/cluster.ts';
import { contains, networkText, parseIpv4, parseNetwork, type Network } from '../../model/net.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { clashes, inNodes, place, type Owned } from './finding.ts';

function bondInVm({ cluster }: RuleContext): Finding[] {
  return cluster.nodes
    .filter((node) => node.vm !== null && node.links[0].bond !== null)
    .map((node) =>
      inNodes(
        nodePointer(node, 'bond'),
        `${node.name} is a VM, which has no bond; leave bond out and bond the ports of its bridge on the Proxmox host`,
      ),
    );
}

const ONLY_WITH: Readonly<Record<'lacp_rate' | 'xmit_hash_policy', readonly string[]>> = {
  lacp_rate: ['802.3ad'],
  xmit_hash_policy: ['balance-xor', '802.3ad', 'balance-tlb'],
};

/** Linux refuses LACP settings without LACP; a hash policy has no effect in modes that use no hash. */
function bondOption({ cluster, nodesFile, refused }: RuleContext): Finding[] {
  return cluster.nodes.flatMap((node) => {
    const mode = node.links[0].bond?.mode;
    const written = nodesFile.nodes[node.index]?.bond;
    if (mode === undefined || refused.has(`${node.index}/bond`)) return [];
    return (['lacp_rate', 'xmit_hash_policy'] as const)
      .filter((key) => written?.[key] !== undefined && !ONLY_WITH[key].includes(mode))
      .map((key) =>
        inNodes(
          nodePointer(node, `bond/${key}`),
          `bond.${key} of ${node.name} is for mode ${ONLY_WITH[key].join(' or ')}, not ${mode}; leave it out`,
        ),
      );
  });
}

interface PlacedRoute {
  readonly route: Link['routes'][number];
  readonly link: Link;
  /** `cp-1`, `cp-1 net1`. */
  readonly owner: string;
  readonly pointer: string;
}

function routesOf(node: Node): PlacedRoute[] {
  return node.links.flatMap((link, position) =>
    link.routes.map((route, index) => ({
      route,
      link,
      owner: position === 0 ? node.name : `${node.name} net${position}`,
      pointer: nodePointer(node, position === 0 ? `routes/${index}` : `vm_extra_nics/${position - 1}/routes/${index}`),
    })),
  );
}

/** A node has one default gateway, and Talos refuses a route with the prefix length 0. */
function defaultRoute({ cluster }: RuleContext): Finding[] {
  return cluster.nodes
    .flatMap(routesOf)
    .flatMap(({ route, owner, pointer }) =>
      parseNetwork(route.network)?.prefixLength === 0
        ? [
            inNodes(
              `${pointer}/network`,
              `route ${route.network} of ${owner} is the default route, which is node_default_gateway; leave it out`,
            ),
          ]
        : [],
    );
}

/** Linux refuses a route whose gateway it cannot reach directly, or whose gateway is the node itself. */
function gatewayUnreachable({ cluster, refused }: RuleContext): Finding[] {
  return cluster.nodes
    .filter(
      ({ index }) =>
        !refused.has('node_cidr') && !refused.has(`${index}/address`) && !refused.has(`${index}/vm_extra_nics`),
    )
    .flatMap(routesOf)
    .flatMap(({ route, link, owner, pointer }) => {
      const networks = link.addresses.map((address) => parseNetwork(address)).filter((network) => network !== null);
      const gateway = parseIpv4(route.gateway) ?? -1;
      const direct = networks.find((network) => contains(network, gateway));
      if (direct !== undefined)
        return noRouter(gateway, direct, networks).map((why) =>
          inNodes(`${pointer}/gateway`, `gateway ${route.gateway} of ${owner} is ${why}; name a router in its network`),
        );
      const where =
        networks.length === 0 ? 'which has no address' : `which is in ${networks.map(networkText).join(', ')}`;
      return [
        inNodes(
          `${pointer}/gateway`,
          `gateway ${route.gateway} cannot be reached through the NIC of ${owner}, ${where}; name a router in its network`,
        ),
      ];
    });
}

/** @returns why no router can have the address, or nothing */
function noRouter(gateway: number, network: Network, all: readonly Network[]): string[] {
  if (all.some(({ address }) => address === gateway)) return ['the node itself'];
  if (network.prefixLength >= 31) return [];
  if (gateway === network.first) return ['the address of the network'];
  return gateway === network.last ? ['the broadcast address of the network'] : [];
}

function routeHostBits({ cluster }: RuleContext): Finding[] {
  return cluster.nodes.flatMap(routesOf).flatMap(({ route, owner, pointer }) => {
    const network = parseNetwork(route.network);
    return network === null || network.prefixLength === 0 || network.address === network.first
      ? []
      : [
          inNodes(
            `${pointer}/network`,
            `route ${route.network} of ${owner} has host bits set; did you mean ${networkText(network)}?`,
          ),
        ];
  });
}

/** Of two routes with one network and one metric, one is lost. */
function duplicateRoutes(context: RuleContext): Finding[] {
  return context.cluster.nodes.flatMap((node) => {
    const owned = routesOf(node).map(({ route, owner, pointer }): Owned => ({
      value: `${route.network} ${route.metric ?? 1024}`,
      owner,
      file: 'nodes.yaml',
      pointer,
    }));
    return clashes(owned).map(({ first, later }) =>
      inNodes(
        later.pointer,
        `route ${later.value.split(' ')[0] ?? ''} of ${later.owner} is the same as that of ${place(context, first)}; write it once, or give one of them another metric`,
      ),
    );
  });
}

export const linkRules = [
  {
    code: 'BOND_IN_VM',
    severity: 'error',
    summary: 'Only a bare-metal node has a bond; the bridge of a VM is bonded on its host.',
    check: bondInVm,
  },
  { code: 'BOND_OPTION', severity: 'error', summary: 'A bond has only options of its mode.', check: bondOption },
  {
    code: 'ROUTE_GATEWAY',
    severity: 'error',
    summary: 'The gateway of a static route is another machine in the network of its NIC.',
    check: gatewayUnreachable,
  },
  {
    code: 'ROUTE_DEFAULT',
    severity: 'error',
    summary: 'A static route is not the default route, which is node_default_gateway.',
    check: defaultRoute,
  },
  {
    code: 'ROUTE_HOST_BITS',
    severity: 'error',
    summary: 'A static route leads to a network, without host bits.',
    check: routeHostBits,
  },
  {
    code: 'ROUTE_DUPLICATE',
    severity: 'error',
    summary: 'Two routes of a node to one network have different metrics.',
    check: duplicateRoutes,
  },
] as const satisfies readonly RuleRow[];
