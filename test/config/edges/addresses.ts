/** Edges of the rules about single addresses; who may share one is in test/config/addresses.test.ts. */

import { edgesOf, each, vms, type Edge, type Fields } from './edge.ts';

const nic = (address: string): Fields => ({ vm_extra_nics: [{ bridge: 'vmbr1', address }] });
const BGP = { cilium_bgp_router_addr: '10.10.10.6', cilium_bgp_router_asn: 64513, cilium_bgp_node_asn: 64514 };
const GATEWAYS = ['cluster_gateway_addr', 'cluster_dns_gateway_addr', 'cloudflare_gateway_addr'];

export const addressEdges: readonly Edge[] = [
  ...edgesOf('ADDRESS_CLASH', {
    'two nodes, whose derived ids are no second fault': {
      passes: vms({}, {}, { address: '10.10.10.12' }),
      fails: vms({}, {}, { address: '10.10.10.11' }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'address 10.10.10.11 of w-1 is used by cp-1 (nodes.yaml:1:36) too; give one of them another address',
    },
    'the gateway that nobody wrote': {
      passes: vms({ node_default_gateway: '10.10.10.254' }, {}, { address: '10.10.10.1' }),
      fails: vms({}, {}, { address: '10.10.10.1' }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'is used by the default node_default_gateway (cluster.yaml:1:35) too',
    },
    'a name server that is listed twice is one, and may be the router': {
      passes: vms({ node_dns_servers: ['10.10.10.1', '10.10.10.1'], node_ntp_servers: ['10.10.10.1'] }),
      fails: vms({ node_dns_servers: ['1.1.1.1', '10.10.10.21'] }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'of w-1 is used by node_dns_servers (cluster.yaml:1:',
    },
    'an extra NIC': {
      passes: vms({}, {}, nic('10.20.0.11/24')),
      fails: vms({}, {}, nic('10.10.10.11/24')),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/address',
      says: 'address 10.10.10.11 of w-1 net1 is used by cp-1 (',
    },
    'two load balancers': {
      passes: vms({ cluster_gateway_addr: '10.10.10.70', node_dns_servers: ['10.10.10.70'] }),
      fails: vms({ cluster_gateway_addr: '10.10.10.70', cloudflare_gateway_addr: '10.10.10.70' }),
      at: 'cluster.yaml/cloudflare_gateway_addr',
      says: 'of cloudflare_gateway_addr is used by cluster_gateway_addr (',
    },
  }),
  ...edgesOf('ADDRESS_OUTSIDE_NODE_CIDR', {
    'a node': {
      passes: vms({}, { address: '10.10.10.254' }, { address: '10.10.10.2' }),
      fails: vms({}, {}, { address: '10.10.11.0' }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'address 10.10.11.0 of w-1 is not in node_cidr 10.10.10.0/24 (cluster.yaml:1:35); give it an address of that range',
      besides: ['ADDRESS_CLASH'],
    },
    'a node so far away that its derived id would leave the range': {
      fails: vms({}, {}, { address: '200.0.0.1' }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'address 200.0.0.1 of w-1 is not in node_cidr',
    },
    'the virtual IP': {
      fails: vms({ cluster_api_addr: '10.10.9.255' }),
      at: 'cluster.yaml/cluster_api_addr',
      says: 'of cluster_api_addr is not in node_cidr',
    },
    'the default gateway': {
      fails: vms({ node_default_gateway: '10.10.11.1' }),
      at: 'cluster.yaml/node_default_gateway',
      says: 'of node_default_gateway is not in',
    },
    ...each(GATEWAYS, (key) => ({
      passes: [
        vms({ [key]: '10.10.10.70' }),
        vms({ [key]: '10.70.0.1', ...BGP }),
        vms({ [key]: '10.70.0.1', cilium_lb_pool_cidr: '10.70.0.0/24' }),
      ],
      fails: vms({ [key]: '10.70.0.1' }),
      at: `cluster.yaml/${key}`,
      says: `address 10.70.0.1 of ${key} is not in node_cidr 10.10.10.0/24`,
    })),
    'other machines are where they are': {
      passes: vms({ nocloud: { server_url: 'http://10.99.0.1' }, node_dns_servers: ['10.99.0.2'] }),
      fails: vms({ nocloud: { server_url: 'http://10.99.0.1' }, cluster_api_addr: '10.99.0.3' }),
      at: 'cluster.yaml/cluster_api_addr',
      says: '10.99.0.3',
    },
  }),
  ...edgesOf('ADDRESS_RESERVED', {
    'the network address': {
      fails: vms({}, {}, { address: '10.10.10.0' }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'address 10.10.10.0 of w-1 is the network address of node_cidr 10.10.10.0/24; give it a host address',
    },
    'the broadcast address': {
      passes: vms({}, {}, { address: '10.10.10.254' }),
      fails: vms({}, {}, { address: '10.10.10.255' }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'address 10.10.10.255 of w-1 is the broadcast address of node_cidr 10.10.10.0/24; give it a host address',
    },
    'the virtual IP': {
      fails: vms({ cluster_api_addr: '10.10.10.255' }),
      at: 'cluster.yaml/cluster_api_addr',
      says: 'of cluster_api_addr is the broadcast address',
    },
    'in the network of an extra NIC': {
      passes: [vms({}, {}, nic('10.20.0.1/24')), vms({}, {}, nic('10.20.0.1/31')), vms({}, {}, nic('10.20.0.1/32'))],
      fails: vms({}, {}, nic('10.20.0.255/24')),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/address',
      says: 'address 10.20.0.255 of w-1 net1 is the broadcast address of its network 10.20.0.0/24; give it a host address',
    },
    'an extra NIC in the node network, told once': {
      fails: vms({}, {}, nic('10.10.10.255/24')),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/address',
      says: 'of w-1 net1 is the broadcast address of node_cidr',
    },
  }),
  ...edgesOf('ADDRESS_IN_LB_POOL', {
    'a node': {
      passes: [
        vms({ cilium_lb_pool_cidr: '10.10.10.64/26' }, { address: '10.10.10.63' }, { address: '10.10.10.128' }),
        vms({ cilium_lb_pool_cidr: '10.10.10.0/24' }),
      ],
      fails: vms({ cilium_lb_pool_cidr: '10.10.10.64/26' }, {}, { address: '10.10.10.64' }),
      at: 'nodes.yaml/nodes/1/address',
      says: 'address 10.10.10.64 of w-1 lies in cilium_lb_pool_cidr 10.10.10.64/26 (cluster.yaml:1:',
    },
    'the virtual IP': {
      fails: vms({ cilium_lb_pool_cidr: '10.10.10.64/26', cluster_api_addr: '10.10.10.127' }),
      at: 'cluster.yaml/cluster_api_addr',
      says: 'from which load balancers get their addresses; give it an address outside',
    },
    'the default gateway': {
      fails: vms({ cilium_lb_pool_cidr: '10.10.10.64/26', node_default_gateway: '10.10.10.65' }),
      at: 'cluster.yaml/node_default_gateway',
      says: 'of node_default_gateway lies in',
    },
    'an extra NIC': {
      fails: vms({ cilium_lb_pool_cidr: '10.70.0.0/24' }, {}, nic('10.70.0.9/24')),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/address',
      says: 'of w-1 net1 lies in',
    },
  }),
  ...edgesOf('ADDRESS_OUTSIDE_LB_POOL', {
    ...each(GATEWAYS, (key) => ({
      passes: [
        vms({ [key]: '10.10.10.64', cilium_lb_pool_cidr: '10.10.10.64/26' }),
        vms({ [key]: '10.10.10.127', cilium_lb_pool_cidr: '10.10.10.64/26' }),
      ],
      fails: vms({ [key]: '10.10.10.128', cilium_lb_pool_cidr: '10.10.10.64/26' }),
      at: `cluster.yaml/${key}`,
      says: `address 10.10.10.128 of ${key} is not in cilium_lb_pool_cidr 10.10.10.64/26 (cluster.yaml:1:`,
    })),
  }),
];
