/** Rules about the set of nodes and their identities. */

import type { Node } from '../../model/cluster.ts';
import { contains, isLocalMac, isMulticastMac, parseIpv4, parseNetwork, PROXMOX_OUI } from '../../model/net.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { clashes, inCluster, inNodes, place, type Owned } from './finding.ts';

function ownedByNodes(cluster: RuleContext['cluster'], key: string, value: (node: Node) => string): Owned[] {
  return cluster.nodes.map((node) => ({
    value: value(node),
    owner: node.name,
    file: 'nodes.yaml',
    pointer: nodePointer(node, key),
  }));
}

function noControlPlane({ cluster, partial }: RuleContext): Finding[] {
  if (partial || cluster.nodes.some((node) => node.role === 'controlplane')) return [];
  return [inNodes('/nodes', 'no node is a control plane; write controller: true on at least one')];
}

function evenControlPlanes({ cluster, partial }: RuleContext): Finding[] {
  const count = cluster.nodes.filter((node) => node.role === 'controlplane').length;
  if (partial || count === 0 || count % 2 === 1) return [];
  const advice = count === 2 ? 'one or three' : `${count - 1} or ${count + 1}`;
  return [inNodes('/nodes', `${count} control planes tolerate no more failures than ${count - 1}; write ${advice}`)];
}

function duplicateNames(context: RuleContext): Finding[] {
  return clashes(ownedByNodes(context.cluster, 'name', (node) => node.name.toLowerCase())).map(({ first, later }) =>
    inNodes(
      later.pointer,
      `name ${later.owner} is used by ${place(context, first)} too; give one of them another name`,
    ),
  );
}

function macAddresses({ cluster, nodesFile }: RuleContext): Owned[] {
  return cluster.nodes.flatMap((node) => [
    ...node.links.map((link, position): Owned => {
      const extra = nodesFile.nodes[node.index]?.vm_extra_nics?.[position - 1];
      const key =
        position === 0
          ? 'mac_addr'
          : `vm_extra_nics/${position - 1}${extra?.mac_addr === undefined ? '' : '/mac_addr'}`;
      return {
        value: link.macAddress,
        owner: position === 0 ? node.name : `${node.name} net${position}`,
        file: 'nodes.yaml',
        pointer: nodePointer(node, key),
      };
    }),
    ...bondMembers(node),
  ]);
}

/** The first one is the node's own. */
function bondMembers(node: Node): Owned[] {
  return (node.links[0].bond?.members.slice(1) ?? []).map(({ macAddress }, position) => ({
    value: macAddress,
    owner: `${node.name} bond`,
    file: 'nodes.yaml',
    pointer: nodePointer(node, `bond/mac_addrs/${position}`),
  }));
}

function duplicateMacs(context: RuleContext): Finding[] {
  // Two nodes with one name get one derived address: the name is what is wrong.
  const found = clashes(macAddresses(context)).filter(
    ({ first, later }) => first.owner !== later.owner || later.pointer.includes('/bond/'),
  );
  return found.map(({ first, later }) =>
    inNodes(
      later.pointer,
      `mac_addr ${later.value} of ${later.owner} is used by ${place(context, first)} too; give one of them another MAC address`,
    ),
  );
}

function multicastMacs(context: RuleContext): Finding[] {
  return macAddresses(context)
    .filter(({ value }) => isMulticastMac(value))
    .map(({ value, owner, pointer }) => {
      const fixed = (Number.parseInt(value.slice(0, 2), 16) & 0xfe).toString(16).padStart(2, '0');
      return inNodes(
        pointer,
        `mac_addr ${value} of ${owner} is a multicast address, which no NIC can have; did you mean ${fixed}${value.slice(2)}?`,
      );
    });
}

/** An address of another vendor's range may belong to a real device on the same network. */
function foreignMacs(context: RuleContext): Finding[] {
  if (context.cluster.proxmox === null) return [];
  return macAddresses(context)
    .filter(({ value }) => !isMulticastMac(value) && !isLocalMac(value) && !value.startsWith(PROXMOX_OUI))
    .map(({ value, owner, pointer }) =>
      inNodes(
        pointer,
        `mac_addr ${value} of VM ${owner} is in another vendor's range; prefer ${PROXMOX_OUI}:… or a locally administered one (02:…)`,
      ),
    );
}

function vmIds({ cluster, refused }: RuleContext): Owned[] {
  return cluster.nodes.flatMap((node): Owned[] =>
    node.vm === null || refused.has(`${node.index}/vm_id`)
      ? []
      : [{ value: String(node.vm.vmId), owner: node.name, file: 'nodes.yaml', pointer: nodePointer(node, 'vm_id') }],
  );
}

function duplicateVmIds(context: RuleContext): Finding[] {
  const { cluster, nodesFile } = context;
  const derived = new Set(
    cluster.nodes
      .filter(({ index }) => nodesFile.nodes[index]?.vm_id === undefined)
      .map((node) => nodePointer(node, 'vm_id')),
  );
  // Two nodes with one address get one derived id: the address is what is wrong.
  const found = clashes(vmIds(context)).filter(
    ({ first, later }) => !derived.has(first.pointer) || !derived.has(later.pointer),
  );
  return found.map(({ first, later }) =>
    inNodes(
      later.pointer,
      `vm_id ${later.value} of ${later.owner} is used by ${place(context, first)} too; give ${later.owner} another one`,
    ),
  );
}

function vmIdIsTemplate(context: RuleContext): Finding[] {
  // A written id is taken on its host, also while no node is cloned from it.
  const written = Object.entries(context.clusterFile.proxmox?.hosts ?? {}).flatMap(([host, { template_id: id }]) =>
    id === undefined
      ? []
      : [
          [
            String(id),
            `template_id of ${host} (${context.at('cluster.yaml', `/proxmox/hosts/${host}/template_id`)})`,
          ] as const,
        ],
  );
  const used = (context.cluster.proxmox?.templates ?? []).map(
    ({ vmId, name }) => [String(vmId), `the id of template ${name}`] as const,
  );
  const templates = new Map([...used, ...written]);
  return vmIds(context).flatMap(({ value, owner, pointer }) => {
    const template = templates.get(value);
    return template === undefined
      ? []
      : [inNodes(pointer, `vm_id ${value} of ${owner} is ${template}; give ${owner} another one`)];
  });
}

/** A written id has its bounds in the schema, and one that is derived from an address elsewhere is not what is wrong. */
function vmIdOutOfRange({ cluster }: RuleContext): Finding[] {
  const network = parseNetwork(cluster.network.cidr);
  return cluster.nodes
    .filter(({ vm, address }) => {
      const isInside = network !== null && contains(network, parseIpv4(address) ?? -1);
      return vm !== null && isInside && vm.vmId > 999_999_999;
    })
    .map((node) =>
      inNodes(
        nodePointer(node, 'vm_id'),
        `vm_id ${String(node.vm?.vmId)} of ${node.name} is outside 100 to 999999999; write vm_id or another proxmox.vm_id_base`,
      ),
    );
}

function templateIdClash({ cluster }: RuleContext): Finding[] {
  const owned = (cluster.proxmox?.templates ?? []).map((template): Owned => ({
    value: String(template.vmId),
    owner: `${template.name} on ${template.pveNode}`,
    file: 'cluster.yaml',
    pointer: `/proxmox/hosts/${template.pveNode}/template_id`,
  }));
  return clashes(owned).map(({ first, later }) =>
    inCluster(
      later.pointer,
      `template id ${later.value} stands for ${first.owner} and for ${later.owner}; ` +
        `write another proxmox.hosts.<host>.template_id, or boot one of them from an image`,
    ),
  );
}

export const nodeRules = [
  {
    code: 'NO_CONTROL_PLANE',
    severity: 'error',
    summary: 'At least one node is a control plane.',
    check: noControlPlane,
  },
  {
    code: 'EVEN_CONTROL_PLANES',
    severity: 'warning',
    summary: 'The number of control planes is odd: one more tolerates no more failures.',
    check: evenControlPlanes,
  },
  {
    code: 'NODE_NAME_DUPLICATE',
    severity: 'error',
    summary: 'Node names differ in more than upper and lower case.',
    check: duplicateNames,
  },
  {
    code: 'MAC_DUPLICATE',
    severity: 'error',
    summary: 'NICs have different MAC addresses.',
    check: duplicateMacs,
  },
  {
    code: 'MAC_MULTICAST',
    severity: 'error',
    summary: 'The MAC address of a NIC is no multicast address.',
    check: multicastMacs,
  },
  {
    code: 'MAC_FOREIGN',
    severity: 'warning',
    summary: 'A VM has a MAC address of the Proxmox range or a locally administered one.',
    check: foreignMacs,
  },
  { code: 'VMID_DUPLICATE', severity: 'error', summary: 'VMs have different ids.', check: duplicateVmIds },
  { code: 'VMID_IS_TEMPLATE', severity: 'error', summary: 'No VM has the id of a template.', check: vmIdIsTemplate },
  {
    code: 'VMID_RANGE',
    severity: 'error',
    summary: 'A VM id, written or derived, lies between 100 and 999999999.',
    check: vmIdOutOfRange,
  },
  {
    code: 'TEMPLATE_ID_CLASH',
    severity: 'error',
    summary: 'Templates have different ids.',
    check: templateIdClash,
  },
] as const satisfies readonly RuleRow[];
