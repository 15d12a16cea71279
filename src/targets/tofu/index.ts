/** OpenTofu with the bpg/proxmox provider. */

import { asVmCluster, type VmCluster } from '../../model/cluster.ts';
import { ownershipMark } from '../../model/identity.ts';
import type { Backend } from '../../model/target.ts';
import { privilegesOf, TOFU_NEEDS } from '../privileges.ts';
import { tokenScript } from '../token-script.ts';
import { images, templates } from './images.ts';
import { LEFT_OUT, nodeObject } from './node-object.ts';
import { tofuRehearsal } from './rehearsal.ts';
import { tofuRules } from './rules.ts';
import { tofuTasks } from './tasks.ts';
import { VERSIONS } from './versions.ts';

export const tofu = {
  name: 'tofu',
  summary: 'VMs as an OpenTofu configuration for the bpg/proxmox provider',
  rules: tofuRules,
  tools: [
    {
      name: 'tofu',
      purpose: 'planning and applying the configuration',
      versionArgs: ['version'],
      minimum: VERSIONS.tofu,
      install: 'mise use opentofu, or see https://opentofu.org/docs/intro/install',
    },
  ],
  includes(path, cluster) {
    if (path === 'encryption.tofu') return cluster.tofu.encryption;
    if (path === 'backend.tf') return cluster.tofu.backend === 'http';
    if (path === 'templates.tf') return (cluster.proxmox?.templates.length ?? 0) > 0;
    return true;
  },
  view: (cluster) => view(asVmCluster(cluster)),
  nodeView: () => ({}),
  tasks: tofuTasks,
  rehearsal: tofuRehearsal,
  privileges: (cluster) => privilegesOf(TOFU_NEEDS, cluster),
  leftOut: LEFT_OUT,
} satisfies Backend;

function view(cluster: VmCluster): Readonly<Record<string, unknown>> {
  return {
    versions: VERSIONS,
    tokenScript: tokenScript(cluster, privilegesOf(TOFU_NEEDS, cluster)),
    images: images(cluster),
    templates: templates(cluster),
    templateDescription: ownershipMark('template', cluster.name),
    nodes: Object.fromEntries(cluster.nodes.map((node) => [node.name, nodeObject(node)])),
    endpoint: `${cluster.proxmox.apiUrl}/`,
    addresses: Object.fromEntries(cluster.nodes.map(({ name, address }) => [name, address])),
    nodeCount: cluster.nodes.length,
    first: { name: cluster.nodes[0]?.name ?? '', uuid: cluster.nodes[0]?.vm.smbios.uuid ?? '' },
  };
}
