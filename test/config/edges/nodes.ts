/** Edges of the rules about the set of nodes and their identities. */

import { edgesOf, metal, METAL_WARNS, node, vms, type Edge, type Fields } from './edge.ts';

const WORKERS = [node(21, false)];
const controlPlanes = (count: number): Fields[] => Array.from({ length: count }, (_, index) => node(30 + index, true));

/** A cluster of that many control planes and one worker. */
const withControlPlanes = (count: number) => ({ ...vms({}), nodes: [...controlPlanes(count), ...WORKERS] });

/** The lowest and highest ids are reached from a network in which an address is that far from its start. */
const WIDE = {
  node_cidr: '10.0.0.0/8',
  cluster_pod_cidr: '172.16.0.0/16',
  cluster_svc_cidr: '172.20.0.0/16',
  proxmox: { vm_id_base: 999_000_000 },
};
const template = (hosts: Fields, more: Fields = {}): Fields => ({ proxmox: { hosts, ...more } });

export const nodeEdges: readonly Edge[] = [
  ...edgesOf('NO_CONTROL_PLANE', {
    'one is enough': {
      passes: vms({}),
      fails: { ...vms({}), nodes: WORKERS },
      at: 'nodes.yaml/nodes',
      says: 'no node is a control plane; write controller: true on at least one',
    },
  }),
  ...edgesOf('EVEN_CONTROL_PLANES', {
    two: {
      passes: [withControlPlanes(1), withControlPlanes(3), withControlPlanes(5)],
      fails: withControlPlanes(2),
      at: 'nodes.yaml/nodes',
      says: '2 control planes tolerate no more failures than 1; write one or three',
    },
    four: {
      fails: withControlPlanes(4),
      at: 'nodes.yaml/nodes',
      says: '4 control planes tolerate no more failures than 3; write 3 or 5',
    },
  }),
  ...edgesOf('NODE_NAME_DUPLICATE', {
    'of two nodes, whose derived MAC addresses are no second fault': {
      fails: vms({}, {}, { name: 'cp-1' }),
      at: 'nodes.yaml/nodes/1/name',
      says: 'name cp-1 is used by cp-1 (nodes.yaml:1:19) too; give one of them another name',
    },
  }),
  ...edgesOf('MAC_DUPLICATE', {
    'of two nodes': {
      passes: vms({}, { mac_addr: '02:00:00:00:00:01' }, { mac_addr: '02:00:00:00:00:02' }),
      fails: vms({}, { mac_addr: '02:00:00:00:00:aa' }, { mac_addr: '02:00:00:00:00:AA' }),
      at: 'nodes.yaml/nodes/1/mac_addr',
      says: 'mac_addr 02:00:00:00:00:aa of w-1 is used by cp-1 (nodes.yaml:1:79) too; give one of them another MAC address',
    },
    'of an extra NIC': {
      fails: vms(
        {},
        { mac_addr: '02:00:00:00:00:aa' },
        { vm_extra_nics: [{ bridge: 'vmbr1' }, { bridge: 'vmbr1', mac_addr: '02:00:00:00:00:aa' }] },
      ),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/1/mac_addr',
      says: 'of w-1 net2 is used by cp-1',
    },
    'of two extra NICs of one node': {
      fails: vms(
        {},
        {},
        {
          vm_extra_nics: [
            { bridge: 'vmbr1', mac_addr: '02:00:00:00:00:aa' },
            { bridge: 'vmbr1', mac_addr: '02:00:00:00:00:aa' },
          ],
        },
      ),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/1/mac_addr',
      says: 'of w-1 net2 is used by w-1 net1',
    },
    'of a bond and its node': {
      fails: metal({}, {}, { bond: { mac_addrs: ['02:00:00:00:00:01', 'BC:24:11:00:00:15'] } }),
      at: 'nodes.yaml/nodes/1/bond/mac_addrs/1',
      says: 'mac_addr bc:24:11:00:00:15 of w-1 bond is used by w-1 (',
      besides: METAL_WARNS,
    },
    'of the bonds of two nodes': {
      fails: metal({}, { bond: { mac_addrs: ['02:00:00:00:00:01'] } }, { bond: { mac_addrs: ['02:00:00:00:00:01'] } }),
      at: 'nodes.yaml/nodes/1/bond/mac_addrs/0',
      says: 'of w-1 bond is used by cp-1 bond (nodes.yaml:1:',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('MAC_MULTICAST', {
    'the lowest bit of the first part': {
      passes: [vms({}, {}, { mac_addr: '02:00:00:00:00:01' }), vms({}, {}, { mac_addr: 'fe:00:00:00:00:01' })],
      fails: vms({}, {}, { mac_addr: '03:00:00:00:00:01' }),
      at: 'nodes.yaml/nodes/1/mac_addr',
      says: 'mac_addr 03:00:00:00:00:01 of w-1 is a multicast address, which no NIC can have; did you mean 02:00:00:00:00:01?',
    },
    'all bits': {
      fails: vms({}, {}, { mac_addr: 'ff:ff:ff:ff:ff:ff' }),
      at: 'nodes.yaml/nodes/1/mac_addr',
      says: 'did you mean fe:ff:ff:ff:ff:ff?',
    },
  }),
  ...edgesOf('MAC_FOREIGN', {
    'the range of Proxmox, a local one, a real machine': {
      passes: [
        vms({}, { mac_addr: 'bc:24:11:00:00:01' }, { mac_addr: '06:00:00:00:00:01' }),
        metal({}, { mac_addr: 'bc:24:12:00:00:01' }),
      ],
      fails: vms({}, { mac_addr: 'bc:24:12:00:00:01' }),
      at: 'nodes.yaml/nodes/0/mac_addr',
      says: "mac_addr bc:24:12:00:00:01 of VM cp-1 is in another vendor's range; prefer bc:24:11:… or a locally administered one (02:…)",
      besides: METAL_WARNS,
    },
    'of an extra NIC': {
      fails: vms({}, {}, { vm_extra_nics: [{ bridge: 'vmbr1', mac_addr: '00:1b:21:00:00:11' }] }),
      at: 'nodes.yaml/nodes/1/vm_extra_nics/0/mac_addr',
      says: 'of VM w-1 net1',
    },
  }),
  ...edgesOf('VMID_DUPLICATE', {
    'a written one and a derived one': {
      passes: vms({}, {}, { vm_id: 1012 }),
      fails: vms({}, {}, { vm_id: 1011 }),
      at: 'nodes.yaml/nodes/1/vm_id',
      says: 'vm_id 1011 of w-1 is used by cp-1 (nodes.yaml:1:11) too; give w-1 another one',
    },
    'two written ones': {
      fails: vms({}, { vm_id: 500 }, { vm_id: 500 }),
      at: 'nodes.yaml/nodes/1/vm_id',
      says: 'vm_id 500 of w-1',
    },
    'a derived one after a written one': {
      fails: vms({}, { vm_id: 1021 }),
      at: 'nodes.yaml/nodes/1/vm_id',
      says: 'vm_id 1021 of w-1 is used by cp-1',
    },
  }),
  ...edgesOf('VMID_IS_TEMPLATE', {
    'a template id that is written': {
      passes: vms(template({ pve1: { template_id: 5001 } }), { vm_id: 5000 }),
      fails: vms(template({ pve1: { template_id: 5000 } }), {}, { vm_id: 5000 }),
      at: 'nodes.yaml/nodes/1/vm_id',
      says: 'vm_id 5000 of w-1 is template_id of pve1 (cluster.yaml:1:',
    },
    'a template id that is derived': {
      passes: vms(template({}, { boot_source: 'template' }), {}, { vm_id: 9864 }),
      fails: vms(template({}, { boot_source: 'template' }), {}, { vm_id: 9865 }),
      at: 'nodes.yaml/nodes/1/vm_id',
      says: 'vm_id 9865 of w-1 is the id of template talos-v1-13-9-ce4c980550dd; give w-1 another one',
    },
  }),
  ...edgesOf('VMID_RANGE', {
    'the highest id': {
      passes: [
        vms(WIDE, {}, { address: '10.15.66.63' }),
        vms({}, { vm_id: 999_999_999 }, { vm_id: 100 }),
        metal(WIDE, {}, { address: '10.15.66.64' }),
      ],
      besides: METAL_WARNS,
      fails: vms(WIDE, {}, { address: '10.15.66.64' }),
      at: 'nodes.yaml/nodes/1/vm_id',
      says: 'vm_id 1000000000 of w-1 is outside 100 to 999999999; write vm_id or another proxmox.vm_id_base',
    },
  }),
  ...edgesOf('TEMPLATE_ID_CLASH', {
    'of two hosts': {
      passes: [
        vms(
          template({ pve1: { template_id: 9000 }, pve2: { template_id: 9001 } }, { boot_source: 'template' }),
          {},
          {
            proxmox_node: 'pve2',
          },
        ),
        vms(template({ pve1: { template_id: 9000 }, pve2: { template_id: 9000 } }), {}, { proxmox_node: 'pve2' }),
      ],
      fails: vms(
        template({ pve1: { template_id: 9000 }, pve2: { template_id: 9000 } }, { boot_source: 'template' }),
        {},
        { proxmox_node: 'pve2' },
      ),
      at: 'cluster.yaml/proxmox/hosts/pve2/template_id',
      says:
        'template id 9000 stands for talos-v1-13-9-ce4c980550dd on pve1 and for talos-v1-13-9-ce4c980550dd on pve2; ' +
        'write another proxmox.hosts.<host>.template_id, or boot one of them from an image',
    },
  }),
];
