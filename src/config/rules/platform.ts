/** Rules about whether and where there is a Proxmox VE. */

import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { nearest } from '../../model/suggest.ts';
import { inCluster, inNodes } from './finding.ts';

/** There is no Proxmox VE in the input, and none of the keys that would name it is wrong. */
function isBareMetal({ cluster, refused }: RuleContext): boolean {
  const isRefused =
    refused.has('proxmox_api_url') ||
    refused.has('proxmox_node') ||
    cluster.nodes.some(({ index }) => refused.has(`${index}/proxmox_node`));
  return cluster.proxmox === null && !isRefused;
}

function bareMetal(context: RuleContext): Finding[] {
  if (!isBareMetal(context)) return [];
  const { clusterFile, nodesFile } = context;
  const somePlaced = nodesFile.nodes.some((node) => node.proxmox_node !== undefined);
  const { proxmox_api_url: api, proxmox_node: host } = clusterFile;
  if (api !== undefined) {
    const alternative = somePlaced ? ', or proxmox_node on every node' : '';
    return [
      inCluster(
        '/proxmox_api_url',
        `no VM target is rendered: proxmox_api_url is there, proxmox_node is not; write proxmox_node${alternative}`,
      ),
    ];
  }
  if (host !== undefined) {
    return [
      inCluster(
        '/proxmox_node',
        'no VM target is rendered: proxmox_node is there, proxmox_api_url is not; write proxmox_api_url',
      ),
    ];
  }
  return [
    inCluster(
      '',
      'no Proxmox VE: only Talos, NoCloud and tasks are rendered; proxmox_api_url and proxmox_node switch the VM targets on',
    ),
  ];
}

function hostUnknown({ cluster, clusterFile, nodesFile, refused }: RuleContext): Finding[] {
  if (refused.has('proxmox') || refused.has('proxmox_node')) return [];
  const hosts = Object.keys(clusterFile.proxmox?.hosts ?? {});
  if (hosts.length === 0) return [];
  const known = [...new Set([...hosts, ...(clusterFile.proxmox_node === undefined ? [] : [clusterFile.proxmox_node])])];
  const unknown = (host: string | undefined, what: string): string[] => {
    if (host === undefined || known.includes(host)) return [];
    const meant = nearest(host, known);
    const advice = meant === null ? `write one of ${known.join(', ')}, or add it there` : `did you mean ${meant}?`;
    return [`${what} is not in proxmox.hosts; ${advice}`];
  };
  const template = clusterFile.proxmox?.template_node;
  return [
    ...unknown(template, `proxmox.template_node ${template}`).map((message) =>
      inCluster('/proxmox/template_node', message),
    ),
    ...cluster.nodes.flatMap((node) => {
      const host = nodesFile.nodes[node.index]?.proxmox_node;
      return unknown(host, `proxmox_node ${host} of ${node.name}`).map((message) =>
        inNodes(nodePointer(node, 'proxmox_node'), message),
      );
    }),
  ];
}

/** The volume of a linked clone is based on the volume of its template. */
function linkedCloneStorage({ cluster, refused }: RuleContext): Finding[] {
  if (cluster.proxmox === null || refused.has('proxmox') || refused.has('proxmox_disk_storage')) return [];
  const { templates } = cluster.proxmox;
  return cluster.nodes.flatMap((node) => {
    if (node.vm?.boot.source !== 'template' || node.vm.boot.full || refused.has(`${node.index}/vm_disk_storage`))
      return [];
    const { templateId, templateNode } = node.vm.boot;
    const template = templates.find(({ vmId, pveNode }) => vmId === templateId && pveNode === templateNode);
    const { storage } = node.vm.disks[0];
    return template === undefined || template.storage === storage
      ? []
      : [
          inNodes(
            nodePointer(node, 'vm_disk_storage'),
            `${node.name} is a linked clone: its system disk is on ${template.storage}, where template ${templateId} is, not on ${storage}; ` +
              `write vm_disk_storage: ${template.storage}, or proxmox.template_full_clone: true`,
          ),
        ];
  });
}

/** Pools that earlier versions made are kept. Source: pve-access-control src/PVE/API2/Pool.pm `create_pool`. */
function poolName({ cluster }: RuleContext): Finding[] {
  const pool = cluster.proxmox?.pool ?? '';
  const part = pool.split('/').find((name) => /^[^A-Za-z]/.test(name));
  return part === undefined
    ? []
    : [
        inCluster(
          '/proxmox/pool',
          `proxmox.pool ${pool}: Proxmox VE 9 makes no pool called ${part}, only such as begin with a letter; write another name, unless the pool is there since Proxmox VE 8`,
        ),
      ];
}

/** Nothing can be derived for a real machine: it has its own MAC address and disks. */
function metalIncomplete(key: 'mac_addr' | 'disk', why: string): (context: RuleContext) => Finding[] {
  return (context) =>
    !isBareMetal(context)
      ? []
      : context.cluster.nodes
          .filter(
            ({ index }) =>
              context.nodesFile.nodes[index]?.[key] === undefined && !context.refused.has(`${index}/${key}`),
          )
          .map((node) => inNodes(nodePointer(node), `node ${node.name} has no ${key}: ${why}`));
}

export const platformRules = [
  {
    code: 'BARE_METAL',
    severity: 'warning',
    summary: 'proxmox_api_url and proxmox_node together switch the VM targets on.',
    check: bareMetal,
  },
  {
    code: 'HOST_UNKNOWN',
    severity: 'error',
    summary: 'Where proxmox.hosts lists hosts, a node and the template are placed on one of them.',
    check: hostUnknown,
  },
  {
    code: 'LINKED_CLONE_STORAGE',
    severity: 'error',
    summary: 'The system disk of a linked clone is on the storage of its template.',
    check: linkedCloneStorage,
  },
  {
    code: 'POOL_NAME',
    severity: 'warning',
    summary: 'Each part of the name of a pool begins with a letter: Proxmox VE 9 makes no other.',
    check: poolName,
  },
  {
    code: 'MAC_MISSING',
    severity: 'error',
    summary: 'A bare-metal node has a MAC address.',
    check: metalIncomplete('mac_addr', 'on bare metal Talos finds the NIC by it; write it'),
  },
  {
    code: 'DISK_MISSING',
    severity: 'error',
    summary: 'A bare-metal node has an install disk.',
    check: metalIncomplete(
      'disk',
      'on bare metal the disk to install to is not known; write /dev/… or its serial number',
    ),
  },
] as const satisfies readonly RuleRow[];
