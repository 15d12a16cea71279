/** Rules about networks. */

import { networkText, overlaps, parseNetwork, type Network } from '../../model/net.ts';
import type { Finding, RuleContext, RuleRow } from '../../model/rule.ts';
import { inCluster, inNodes } from './finding.ts';

interface Named {
  readonly key: string;
  readonly network: Network;
}

/** Networks that must not share an address: pods, services and nodes are routed differently. */
function disjointNetworks({ cluster }: RuleContext): Named[] {
  return named([
    ['node_cidr', cluster.network.cidr],
    ...cluster.kubernetes.podSubnets.map((text) => ['cluster_pod_cidr', text] as const),
    ...cluster.kubernetes.serviceSubnets.map((text) => ['cluster_svc_cidr', text] as const),
  ]);
}

function named(entries: readonly (readonly [string, string])[]): Named[] {
  return entries.flatMap(([key, text]) => {
    const network = parseNetwork(text);
    return network === null ? [] : [{ key, network }];
  });
}

function hostBits(context: RuleContext): Finding[] {
  const pool = context.clusterFile.cilium_lb_pool_cidr;
  const all = [...disjointNetworks(context), ...named(pool === undefined ? [] : [['cilium_lb_pool_cidr', pool]])];
  return all
    .filter(({ network }) => network.address !== network.first)
    .map(({ key, network }) =>
      inCluster(`/${key}`, `${key} ${network.text} has host bits set; did you mean ${networkText(network)}?`),
    );
}

function overlapping(context: RuleContext): Finding[] {
  const all = disjointNetworks(context);
  return all.flatMap((later, position) =>
    all
      .slice(0, position)
      .filter((earlier) => overlaps(earlier.network, later.network))
      .map((earlier) =>
        inCluster(
          `/${later.key}`,
          `${later.key} ${later.network.text} overlaps ${earlier.key} ${earlier.network.text} ` +
            `(${context.at('cluster.yaml', `/${earlier.key}`)}); give one of them another range`,
        ),
      ),
  );
}

function podRangeTooSmall({ cluster }: RuleContext): Finding[] {
  return cluster.kubernetes.podSubnets.flatMap((text) => {
    const network = parseNetwork(text);
    // Kubernetes cuts a /24 out of it for every node.
    const room = network === null ? Infinity : 2 ** (24 - network.prefixLength);
    if (room >= cluster.nodes.length) return [];
    const prefix = 24 - Math.ceil(Math.log2(cluster.nodes.length));
    return [
      inCluster(
        '/cluster_pod_cidr',
        `cluster_pod_cidr ${text} has room for ${Math.floor(room)} node(s) of a /24 each, the cluster has ` +
          `${cluster.nodes.length}; write a /${prefix} or larger`,
      ),
    ];
  });
}

function serviceRangeTooLarge({ cluster }: RuleContext): Finding[] {
  return cluster.kubernetes.serviceSubnets.flatMap((text) => {
    const network = parseNetwork(text);
    return network === null || network.prefixLength >= 12
      ? []
      : [inCluster('/cluster_svc_cidr', `cluster_svc_cidr ${text} is larger than the API server allows; write a /12 or smaller`)];
  });
}

/** Proxmox' cloud-init drive describes no VLAN, so the declared address cannot be up at first boot. */
function vlanFirstBoot({ cluster }: RuleContext): Finding[] {
  if (cluster.nocloud.method !== 'ipconfig') return [];
  return cluster.nodes
    .filter((node) => node.vm !== null && node.links[0].vlanTag !== null)
    .map((node) =>
      inNodes(
        `/nodes/${node.index}`,
        `node ${node.name} is on VLAN ${String(node.links[0].vlanTag)} tagged by Talos, which nocloud.method ipconfig ` +
          `cannot deliver: it has no address at first boot; write proxmox_vlan_mode: true or nocloud.method: cicustom`,
      ),
    );
}

export const networkRules: readonly RuleRow[] = [
  {
    code: 'CIDR_HOST_BITS',
    severity: 'error',
    summary: 'A network is written with its network address, without host bits.',
    check: hostBits,
  },
  {
    code: 'CIDR_OVERLAP',
    severity: 'error',
    summary: 'Node, pod and service networks do not overlap.',
    check: overlapping,
  },
  {
    code: 'POD_CIDR_TOO_SMALL',
    severity: 'error',
    summary: 'The pod network holds a /24 for every node.',
    check: podRangeTooSmall,
  },
  {
    code: 'SERVICE_CIDR_TOO_LARGE',
    severity: 'error',
    summary: 'The service network is a /12 or smaller: the API server refuses more than 20 host bits.',
    check: serviceRangeTooLarge,
  },
  {
    code: 'VLAN_FIRST_BOOT',
    severity: 'warning',
    summary: 'A VLAN that Talos tags is not reachable at first boot with nocloud.method ipconfig.',
    check: vlanFirstBoot,
  },
];
