/** Edges of the rules about networks, links and routes. */

import { edgesOf, each, metal, METAL_WARNS, node, vms, type Edge, type Fields } from './edge.ts';

const nic = (more: Fields): Fields => ({ vm_extra_nics: [{ bridge: 'vmbr1', ...more }] });
const route = (network: string, gateway: string, more: Fields = {}): Fields => ({
  routes: [{ network, gateway, ...more }],
});
const bond = (more: Fields): Fields => ({ bond: { mac_addrs: ['02:00:00:00:00:01'], ...more } });

const NOCLOUD_NET = { nocloud: { method: 'nocloud-net', server_url: 'http://10.10.10.9:8080', dhcp: true } };
const CICUSTOM = { nocloud: { method: 'cicustom' } };

const networks = edgesOf('CIDR_HOST_BITS', {
  node_cidr: {
    passes: vms({ node_cidr: '10.10.10.0/25' }),
    fails: vms({ node_cidr: '10.10.10.1/24' }),
    at: 'cluster.yaml/node_cidr',
    says: 'node_cidr 10.10.10.1/24 has host bits set; did you mean 10.10.10.0/24?',
  },
  cluster_pod_cidr: {
    fails: vms({ cluster_pod_cidr: '10.42.1.0/16' }),
    at: 'cluster.yaml/cluster_pod_cidr',
    says: 'did you mean 10.42.0.0/16?',
  },
  cluster_svc_cidr: {
    fails: vms({ cluster_svc_cidr: '10.43.0.128/24' }),
    at: 'cluster.yaml/cluster_svc_cidr',
    says: 'did you mean 10.43.0.0/24?',
  },
  cilium_lb_pool_cidr: {
    passes: vms({ cilium_lb_pool_cidr: '10.10.10.128/25' }),
    fails: vms({ cilium_lb_pool_cidr: '10.10.10.129/25' }),
    at: 'cluster.yaml/cilium_lb_pool_cidr',
    says: 'did you mean 10.10.10.128/25?',
  },
});

const overlaps = edgesOf('CIDR_OVERLAP', {
  'pods behind nodes': {
    passes: vms({ cluster_pod_cidr: '10.10.12.0/22' }),
    fails: vms({ cluster_pod_cidr: '10.10.8.0/22' }),
    at: 'cluster.yaml/cluster_pod_cidr',
    says: 'cluster_pod_cidr 10.10.8.0/22 overlaps node_cidr 10.10.10.0/24 (cluster.yaml:1:35); give one of them another range',
  },
  'services beside pods': {
    passes: vms({ cluster_pod_cidr: '10.42.0.0/17', cluster_svc_cidr: '10.42.128.0/17' }),
    fails: vms({ cluster_pod_cidr: '10.42.0.0/16', cluster_svc_cidr: '10.42.128.0/17' }),
    at: 'cluster.yaml/cluster_svc_cidr',
    says: 'cluster_svc_cidr 10.42.128.0/17 overlaps cluster_pod_cidr 10.42.0.0/16 (cluster.yaml:1:',
  },
  'a default is not what is wrong': {
    fails: vms({ node_cidr: '10.42.0.0/24' }),
    at: 'cluster.yaml/node_cidr',
    says: 'node_cidr 10.42.0.0/24 overlaps the default cluster_pod_cidr 10.42.0.0/16; give one of them another range',
    besides: ['ADDRESS_OUTSIDE_NODE_CIDR'],
  },
  'a load balancer pool may be in the node network': {
    passes: [vms({ cilium_lb_pool_cidr: '10.10.10.64/26' }), vms({ cilium_lb_pool_cidr: '10.44.0.0/24' })],
    fails: vms({ cilium_lb_pool_cidr: '10.43.255.0/24' }),
    at: 'cluster.yaml/cilium_lb_pool_cidr',
    says: 'cilium_lb_pool_cidr 10.43.255.0/24 overlaps the default cluster_svc_cidr 10.43.0.0/16; give one of them',
  },
  'an extra NIC as well, told once for each network': {
    passes: vms({}, nic({ address: '10.10.10.200/24' }), nic({ address: '10.41.255.1/24' })),
    fails: vms({}, nic({ address: '10.42.7.10/24' }), nic({ address: '10.42.7.11/24' })),
    at: 'nodes.yaml/nodes/1/vm_extra_nics/0/address',
    says: 'w-1 net1 10.42.7.11/24 overlaps the default cluster_pod_cidr 10.42.0.0/16; give',
  },
});

const sizes = [
  ...edgesOf('POD_CIDR_TOO_SMALL', {
    'two nodes': {
      passes: vms({ cluster_pod_cidr: '10.42.0.0/23' }),
      fails: vms({ cluster_pod_cidr: '10.42.0.0/24' }),
      at: 'cluster.yaml/cluster_pod_cidr',
      says: 'cluster_pod_cidr 10.42.0.0/24 is enough for 1 node(s) with a /24 each, and the cluster has 2; write a /23 or larger',
    },
    'three nodes': {
      passes: vms({ cluster_pod_cidr: '10.42.0.0/22' }, {}, {}, node(31, false)),
      fails: vms({ cluster_pod_cidr: '10.42.0.0/23' }, {}, {}, node(31, false)),
      at: 'cluster.yaml/cluster_pod_cidr',
      says: 'enough for 2 node(s) with a /24 each, and the cluster has 3; write a /22 or larger',
    },
    'less than one node': {
      fails: vms({ cluster_pod_cidr: '10.42.0.0/25' }),
      at: 'cluster.yaml/cluster_pod_cidr',
      says: 'enough for 0 node(s)',
    },
  }),
  ...edgesOf('SERVICE_CIDR_TOO_LARGE', {
    '20 host bits': {
      passes: vms({ cluster_svc_cidr: '10.96.0.0/12' }),
      fails: vms({ cluster_svc_cidr: '10.96.0.0/11' }),
      at: 'cluster.yaml/cluster_svc_cidr',
      says: 'cluster_svc_cidr 10.96.0.0/11 is larger than the API server allows; write a /12 or smaller',
    },
  }),
  ...edgesOf('SERVICE_CIDR_TOO_SMALL', {
    'a tenth address': {
      passes: vms({ cluster_svc_cidr: '10.43.0.0/28' }),
      fails: vms({ cluster_svc_cidr: '10.43.0.0/29' }),
      at: 'cluster.yaml/cluster_svc_cidr',
      says: "cluster_svc_cidr 10.43.0.0/29 has no tenth address, which is the cluster's DNS; write a /28 or larger, best a /16",
    },
  }),
  ...edgesOf('VLAN_FIRST_BOOT', {
    'ipconfig does not tell it': {
      passes: [
        vms({ node_vlan_tag: 7, proxmox_vlan_mode: true }),
        vms({ node_vlan_tag: 7, ...CICUSTOM }),
        vms({ node_vlan_tag: 7 }, { vlan_tag: 0 }, { vlan_tag: 0 }),
        metal({ node_vlan_tag: 7 }),
      ],
      fails: vms({}, {}, { vlan_tag: 7 }),
      at: 'nodes.yaml/nodes/1',
      says:
        'node w-1 is on VLAN 7, tagged by Talos, which nocloud.method ipconfig does not tell it: it has no address at first boot; ' +
        'write proxmox_vlan_mode: true or nocloud.method: cicustom',
      besides: METAL_WARNS,
    },
    'nocloud-net sends no tag': {
      passes: vms(NOCLOUD_NET),
      fails: vms(NOCLOUD_NET, { vlan_tag: 7 }),
      at: 'nodes.yaml/nodes/0',
      says: 'node cp-1 is on VLAN 7, tagged by Talos, but sends its DHCP request without a tag at first boot: it gets no address of that VLAN; write',
    },
  }),
];

const bonds = [
  ...edgesOf('BOND_IN_VM', {
    'a real machine': {
      passes: metal({}, bond({})),
      fails: vms({}, {}, bond({})),
      at: 'nodes.yaml/nodes/1/bond',
      says: 'w-1 is a VM, which has no bond; leave bond out and bond the ports of its bridge on the Proxmox host',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('BOND_OPTION', {
    ...each(['balance-rr', 'active-backup', 'balance-xor', 'broadcast', 'balance-tlb', 'balance-alb'], (mode) => ({
      passes: [metal({}, bond({ mode: '802.3ad', lacp_rate: 'fast' })), metal({}, bond({ mode }))],
      fails: metal({}, {}, bond({ mode, lacp_rate: 'fast' })),
      at: 'nodes.yaml/nodes/1/bond/lacp_rate',
      says: `bond.lacp_rate of w-1 is for mode 802.3ad, not ${mode}; leave it out`,
      besides: METAL_WARNS,
    })),
    ...Object.fromEntries(
      ['balance-rr', 'active-backup', 'broadcast', 'balance-alb'].map((mode) => [
        `${mode} has no hash`,
        {
          passes: ['balance-xor', '802.3ad', 'balance-tlb'].map((other) =>
            metal({}, {}, bond({ mode: other, xmit_hash_policy: 'layer2' })),
          ),
          fails: metal({}, {}, bond({ mode, xmit_hash_policy: 'layer2' })),
          at: 'nodes.yaml/nodes/1/bond/xmit_hash_policy',
          says: `bond.xmit_hash_policy of w-1 is for mode balance-xor or 802.3ad or balance-tlb, not ${mode}; leave it out`,
          besides: METAL_WARNS,
        },
      ]),
    ),
  }),
];

const routes = [
  ...edgesOf('ROUTE_GATEWAY', {
    'the first and the last address of the network of the NIC': {
      passes: [
        vms({}, route('10.60.0.0/16', '10.10.10.1'), route('10.60.0.0/16', '10.10.10.254')),
        vms({}, {}, nic({ address: '10.20.0.10/24', ...route('10.60.0.0/16', '10.20.0.1') })),
      ],
      fails: vms({}, {}, route('10.60.0.0/16', '10.10.11.1')),
      at: 'nodes.yaml/nodes/1/routes/0/gateway',
      says: 'gateway 10.10.11.1 cannot be reached through the NIC of w-1, which is in 10.10.10.0/24; name a router in its network',
    },
    'the NIC is one without address': {
      fails: vms({}, {}, nic(route('10.60.0.0/16', '10.20.0.1'))),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/routes/0/gateway',
      says: 'gateway 10.20.0.1 cannot be reached through the NIC of w-1 net1, which has no address; name a router',
    },
    'the node itself': {
      passes: vms({}, {}, route('10.60.0.0/16', '10.10.10.22')),
      fails: vms({}, {}, route('10.60.0.0/16', '10.10.10.21')),
      at: 'nodes.yaml/nodes/1/routes/0/gateway',
      says: 'gateway 10.10.10.21 of w-1 is the node itself; name a router in its network',
    },
    'the address of the network': {
      fails: vms({}, {}, route('10.60.0.0/16', '10.10.10.0')),
      at: 'nodes.yaml/nodes/1/routes/0/gateway',
      says: 'is the address of the network; name',
    },
    'the broadcast address': {
      fails: vms({}, {}, route('10.60.0.0/16', '10.10.10.255')),
      at: 'nodes.yaml/nodes/1/routes/0/gateway',
      says: 'is the broadcast address of the network; name',
    },
    'a network of two addresses has neither': {
      passes: [
        vms({}, {}, nic({ address: '10.20.0.0/31', ...route('10.60.0.0/16', '10.20.0.1') })),
        vms({}, {}, nic({ address: '10.20.0.1/31', ...route('10.60.0.0/16', '10.20.0.0') })),
      ],
      fails: vms({}, {}, nic({ address: '10.20.0.1/30', ...route('10.60.0.0/16', '10.20.0.0') })),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/routes/0/gateway',
      says: 'of w-1 net1 is the address of the network',
    },
  }),
  ...edgesOf('ROUTE_DEFAULT', {
    'the prefix length 0': {
      passes: vms({}, {}, route('128.0.0.0/1', '10.10.10.1')),
      fails: vms({}, {}, route('0.0.0.0/0', '10.10.10.1')),
      at: 'nodes.yaml/nodes/1/routes/0/network',
      says: 'route 0.0.0.0/0 of w-1 is the default route, which is node_default_gateway; leave it out',
    },
  }),
  ...edgesOf('ROUTE_HOST_BITS', {
    'one bit': {
      passes: vms({}, {}, route('10.60.0.1/32', '10.10.10.1')),
      fails: vms({}, {}, route('10.60.0.1/31', '10.10.10.1')),
      at: 'nodes.yaml/nodes/1/routes/0/network',
      says: 'route 10.60.0.1/31 of w-1 has host bits set; did you mean 10.60.0.0/31?',
    },
  }),
  ...edgesOf('ROUTE_DUPLICATE', {
    'the same metric': {
      passes: vms({}, route('10.60.0.0/16', '10.10.10.1'), {
        routes: [
          { network: '10.60.0.0/16', gateway: '10.10.10.1', metric: 1023 },
          { network: '10.60.0.0/16', gateway: '10.10.10.2' },
          { network: '10.61.0.0/16', gateway: '10.10.10.2' },
        ],
      }),
      fails: vms(
        {},
        {},
        {
          routes: [
            { network: '10.60.0.0/16', gateway: '10.10.10.1' },
            { network: '10.60.0.0/16', gateway: '10.10.10.2', metric: 1024 },
          ],
        },
      ),
      at: 'nodes.yaml/nodes/1/routes/1',
      says: 'route 10.60.0.0/16 of w-1 is the same as that of w-1 (nodes.yaml:1:',
    },
    'of two NICs': {
      fails: vms(
        {},
        {},
        {
          ...route('10.60.0.0/16', '10.10.10.1', { metric: 5 }),
          ...nic({ address: '10.20.0.9/24', ...route('10.60.0.0/16', '10.20.0.1', { metric: 5 }) }),
        },
      ),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/routes/0',
      says: 'of w-1 net1 is the same as that of w-1 (',
    },
  }),
];

export const networkEdges: readonly Edge[] = [...networks, ...overlaps, ...sizes, ...bonds, ...routes];
