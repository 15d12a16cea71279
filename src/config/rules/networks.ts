/** Rules about networks. */

import { networkText, overlaps, parseNetwork, type Network } from '../../model/net.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { inCluster, inNodes } from './finding.ts';

interface Named {
  /** `cluster_pod_cidr`, or `the default cluster_pod_cidr`. */
  readonly owner: string;
  readonly file: Finding['file'];
  readonly pointer: string;
  readonly isWritten: boolean;
  readonly network: Network;
}

function named(
  key: 'node_cidr' | 'cluster_pod_cidr' | 'cluster_svc_cidr' | 'cilium_lb_pool_cidr',
  text: string | undefined,
  context: RuleContext,
): Named[] {
  const network = parseNetwork(text ?? '');
  if (network === null || context.refused.has(key)) return [];
  const isWritten = context.clusterFile[key] !== undefined;
  return [
    { owner: isWritten ? key : `the default ${key}`, file: 'cluster.yaml', pointer: `/${key}`, isWritten, network },
  ];
}

/** Networks that must not share an address: pods, services and nodes are routed differently. */
function disjointNetworks(context: RuleContext): Named[] {
  const { network, kubernetes } = context.cluster;
  return [
    ...named('node_cidr', network.cidr, context),
    ...kubernetes.podSubnets.flatMap((text) => named('cluster_pod_cidr', text, context)),
    ...kubernetes.serviceSubnets.flatMap((text) => named('cluster_svc_cidr', text, context)),
  ];
}

function loadBalancerPool(context: RuleContext): Named[] {
  return named('cilium_lb_pool_cidr', context.clusterFile.cilium_lb_pool_cidr, context);
}

/** Networks of extra NICs, once each: a node reaches them directly. */
function extraNetworks({ cluster, nodesFile }: RuleContext): Named[] {
  const all = cluster.nodes.flatMap((node) =>
    (nodesFile.nodes[node.index]?.vm_extra_nics ?? []).flatMap((nic, position): Named[] => {
      const network = parseNetwork(nic.address ?? '');
      const pointer = nodePointer(node, `vm_extra_nics/${position}/address`);
      return network === null
        ? []
        : [{ owner: `${node.name} net${position + 1}`, file: 'nodes.yaml', pointer, isWritten: true, network }];
    }),
  );
  return [...new Map(all.map((one) => [networkText(one.network), one])).values()];
}

function hostBits(context: RuleContext): Finding[] {
  return [...disjointNetworks(context), ...loadBalancerPool(context)]
    .filter(({ network }) => network.address !== network.first)
    .map(({ owner, file, pointer, network }) => ({
      file,
      pointer,
      message: `${owner} ${network.text} has host bits set; did you mean ${networkText(network)}?`,
    }));
}

/** Load balancers and extra NICs may share the node network, but not the networks of pods and services. */
function overlapping(context: RuleContext): Finding[] {
  const disjoint = disjointNetworks(context);
  const inside = disjoint.filter(({ pointer }) => pointer !== '/node_cidr');
  const pairs = [
    ...disjoint.flatMap((later, position) => disjoint.slice(0, position).map((earlier) => [earlier, later] as const)),
    ...[...loadBalancerPool(context), ...extraNetworks(context)].flatMap((later) =>
      inside.map((earlier) => [earlier, later] as const),
    ),
  ];
  return pairs
    .filter(([a, b]) => overlaps(a.network, b.network))
    .map(([a, b]) => {
      const [other, faulty] = b.isWritten ? [a, b] : [b, a];
      const where = other.isWritten ? ` (${context.at(other.file, other.pointer)})` : '';
      return {
        file: faulty.file,
        pointer: faulty.pointer,
        message: `${faulty.owner} ${faulty.network.text} overlaps ${other.owner} ${other.network.text}${where}; give one of them another range`,
      };
    });
}

function podRangeTooSmall({ cluster }: RuleContext): Finding[] {
  return cluster.kubernetes.podSubnets.flatMap((text) => {
    const network = parseNetwork(text);
    // Kubernetes gives every node a /24 of it.
    const nodes = network === null ? Infinity : 2 ** (24 - network.prefixLength);
    if (nodes >= cluster.nodes.length) return [];
    const prefix = 24 - Math.ceil(Math.log2(cluster.nodes.length));
    return [
      inCluster(
        '/cluster_pod_cidr',
        `cluster_pod_cidr ${text} is enough for ${Math.floor(nodes)} node(s) with a /24 each, and the cluster has ` +
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
      : [
          inCluster(
            '/cluster_svc_cidr',
            `cluster_svc_cidr ${text} is larger than the API server allows; write a /12 or smaller`,
          ),
        ];
  });
}

/** The cluster's DNS has the tenth address of the range. */
function serviceRangeTooSmall({ cluster }: RuleContext): Finding[] {
  return cluster.kubernetes.serviceSubnets.flatMap((text) => {
    const network = parseNetwork(text);
    return network === null || network.prefixLength <= 28
      ? []
      : [
          inCluster(
            '/cluster_svc_cidr',
            `cluster_svc_cidr ${text} has no tenth address, which is the cluster's DNS; write a /28 or larger, best a /16`,
          ),
        ];
  });
}

/**
 * Before a node is configured it knows no VLAN: the cloud-init drive of Proxmox describes none, and a node of
 * nocloud-net sends its DHCP request untagged.
 */
function vlanFirstBoot({ cluster, refused }: RuleContext): Finding[] {
  const { method } = cluster.nocloud;
  if (method === 'cicustom' || refused.has('nocloud') || refused.has('proxmox_vlan_mode')) return [];
  const consequence =
    method === 'ipconfig'
      ? 'which nocloud.method ipconfig does not tell it: it has no address at first boot'
      : 'but sends its DHCP request without a tag at first boot: it gets no address of that VLAN';
  return cluster.nodes
    .filter((node) => node.vm !== null && node.links[0].vlanTag !== null)
    .map((node) =>
      inNodes(
        `/nodes/${node.index}`,
        `node ${node.name} is on VLAN ${String(node.links[0].vlanTag)}, tagged by Talos, ${consequence}; ` +
          `write proxmox_vlan_mode: true or nocloud.method: cicustom`,
      ),
    );
}

export const networkRules = [
  {
    code: 'CIDR_HOST_BITS',
    severity: 'error',
    summary: 'A network is written with its network address, without host bits.',
    check: hostBits,
  },
  {
    code: 'CIDR_OVERLAP',
    severity: 'error',
    summary: 'Node, pod and service networks do not overlap, and no other network overlaps pods or services.',
    check: overlapping,
  },
  {
    code: 'POD_CIDR_TOO_SMALL',
    severity: 'error',
    summary: 'The pod network has a /24 for every node.',
    check: podRangeTooSmall,
  },
  {
    code: 'SERVICE_CIDR_TOO_LARGE',
    severity: 'error',
    summary: 'The service network is a /12 or smaller: the API server refuses more than 20 host bits.',
    check: serviceRangeTooLarge,
  },
  {
    code: 'SERVICE_CIDR_TOO_SMALL',
    severity: 'error',
    summary: 'The service network is a /28 or larger: its tenth address is the DNS of the cluster.',
    check: serviceRangeTooSmall,
  },
  {
    code: 'VLAN_FIRST_BOOT',
    severity: 'warning',
    summary: 'A VLAN that Talos tags is not reachable at first boot with nocloud.method ipconfig or nocloud-net.',
    check: vlanFirstBoot,
  },
] as const satisfies readonly RuleRow[];
