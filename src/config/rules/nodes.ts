/** Rules about the set of nodes and their identities. */

import type { Node } from '../../model/cluster.ts';
import { contains, parseIpv4, parseNetwork } from '../../model/net.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { VM_IDS } from '../../model/vm-ids.ts';
import { clashes, inCluster, inNodes, place, type Owned } from './finding.ts';
import { macRules } from './macs.ts';

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
      return vm !== null && isInside && vm.vmId > VM_IDS[1];
    })
    .map((node) =>
      inNodes(
        nodePointer(node, 'vm_id'),
        `vm_id ${String(node.vm?.vmId)} of ${node.name} is outside ${VM_IDS.join(' to ')}; write vm_id or another proxmox.vm_id_base`,
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
  ...macRules,
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
