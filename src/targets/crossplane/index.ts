/** Crossplane: a management cluster that keeps the VMs as its objects say. */

import { asVmCluster, type Cluster, type Node, type VmCluster, type VmNode } from '../../model/cluster.ts';
import type { Backend } from '../../model/target.ts';
import { applyFile } from './commands.ts';
import { composition } from './composition.ts';
import { secretAroundToken, secretExample } from './credentials.ts';
import { definition } from './definition.ts';
import { environmentVm } from './environment-vm.ts';
import { nodeImages, templateImages, templates } from './images.ts';
import { LEFT_OUT } from './machine.ts';
import {
  CREDENTIALS_KEY,
  ENVIRONMENT_DOWNLOAD_FILE,
  ENVIRONMENT_VM,
  FUNCTION_NAME,
  PROVIDER_NAME,
  providerConfigName,
  secretName,
  SYSTEM_NAMESPACE,
} from './names.ts';
import { rules } from './rules.ts';
import { hasImages, hasTemplates, isComposed } from './shape.ts';
import { talosNode } from './talos-node.ts';
import { tasks } from './tasks.ts';
import { tools } from './tools.ts';
import { VERSIONS } from './versions.ts';

export const crossplane = {
  name: 'crossplane',
  summary: 'VMs as objects of a management cluster, through Crossplane and provider-proxmox-bpg',
  rules,
  tools,
  includes,
  view: (cluster) => view(asVmCluster(cluster)),
  nodeView: (cluster, node) => nodeView(asVmCluster(cluster), node),
  tasks,
  // It needs a management cluster with the provider in it.
  rehearsal: null,
  privileges: null,
  leftOut: LEFT_OUT,
} satisfies Backend;

/** Phases that a cluster may have or not. */
function includes(path: string, cluster: Cluster): boolean {
  if (path.startsWith('30-api/') || path === '10-packages/functions.yaml') return isComposed(cluster);
  if (path.startsWith('35-images/')) return hasImages(cluster);
  if (path.startsWith('36-templates/')) return hasTemplates(cluster);
  return true;
}

/** Whole documents, phase by phase, and what the manifests that are plain templates print. */
function view(cluster: VmCluster): Readonly<Record<string, unknown>> {
  return {
    versions: VERSIONS,
    names: {
      systemNamespace: SYSTEM_NAMESPACE,
      provider: PROVIDER_NAME,
      function: FUNCTION_NAME,
      providerConfig: providerConfigName(cluster),
      secret: secretName(cluster),
      credentialsKey: CREDENTIALS_KEY,
    },
    kinds: { vm: ENVIRONMENT_VM.resource, image: ENVIRONMENT_DOWNLOAD_FILE.resource },
    secretExample: [secretExample(cluster)],
    definition: [definition(cluster)],
    composition: [composition(cluster)],
    images: nodeImages(cluster),
    templateImages: templateImages(cluster),
    templates: templates(cluster),
    nodeFiles: cluster.nodes.map(({ name }) => `${name}.yaml`).sort(),
    credentials: credentials(cluster),
  };
}

/** What the script that pushes the token needs besides the token. */
function credentials(cluster: VmCluster): Readonly<Record<string, unknown>> {
  return { ...secretAroundToken(cluster), apply: applyFile(cluster, '-').argv };
}

function nodeView(cluster: VmCluster, node: Node): Readonly<Record<string, unknown>> {
  return {
    nodeDocuments: [isComposed(cluster) ? talosNode(cluster, vmNode(node)) : environmentVm(cluster, vmNode(node))],
  };
}

function vmNode(node: Node): VmNode {
  if (node.vm === null) throw new TypeError(`node ${node.name} has no VM`);
  return { ...node, vm: node.vm };
}
