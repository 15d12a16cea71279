/** What the provider, Terraform underneath it, and the management cluster refuse. */

import type { Cluster } from '../../model/cluster.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { COMPOSITE, TERRAFORM_LABEL } from './names.ts';

const SYSTEM_NAMESPACES = /^(?:default|crossplane-system|kube-.*)$/;

/** Groups that Kubernetes protects, and those whose roles Crossplane manages. */
const RESERVED_GROUPS = /(?:^|\.)(?:k8s\.io|kubernetes\.io|crossplane\.io)$/;

/** The limits of this backend do not apply to a team that chose another one. */
function isConcerned({ proxmox }: Cluster): boolean {
  return proxmox !== null && (proxmox.defaultTarget === null || proxmox.defaultTarget === 'crossplane');
}

function nodeName({ cluster }: RuleContext): Finding[] {
  if (!isConcerned(cluster)) return [];
  return cluster.nodes
    .filter(({ name }) => !TERRAFORM_LABEL.test(name))
    .map((node) => ({
      file: 'nodes.yaml',
      pointer: nodePointer(node, 'name'),
      message: `Crossplane cannot build ${node.name}: its provider takes the name as a Terraform label, which must begin with a letter; rename the node (node-${node.name}), or set proxmox.default_target to the backend you use instead`,
    }));
}

/** The kustomization of the nodes lies beside their files. */
function nodeFile({ cluster }: RuleContext): Finding[] {
  if (cluster.proxmox === null) return [];
  return cluster.nodes
    .filter(({ name }) => name === 'kustomization')
    .map((node) => ({
      file: 'nodes.yaml',
      pointer: nodePointer(node, 'name'),
      message:
        'a node named kustomization would overwrite crossplane/40-nodes/kustomization.yaml; give it another name',
    }));
}

function reservedNamespace({ cluster, clusterFile }: RuleContext): Finding[] {
  const { namespace } = cluster.crossplane;
  if (!isConcerned(cluster) || !SYSTEM_NAMESPACES.test(namespace)) return [];
  const written = clusterFile.crossplane?.namespace !== undefined;
  return [
    {
      file: 'cluster.yaml',
      pointer: written ? '/crossplane/namespace' : '/cluster_name',
      message: `namespace ${namespace} is a system namespace of the management cluster; write crossplane.namespace: talos-${cluster.name}`,
    },
  ];
}

function reservedGroup({ cluster }: RuleContext): Finding[] {
  const { group } = cluster.crossplane;
  if (!isConcerned(cluster) || !RESERVED_GROUPS.test(group)) return [];
  return [
    {
      file: 'cluster.yaml',
      pointer: '/crossplane/group',
      message: `group ${group} belongs to another project, and the API server or Crossplane refuses ${COMPOSITE.plural}.${group}; use a domain of your own, such as infrastructure.example.org`,
    },
  ];
}

export const rules = [
  {
    code: 'CROSSPLANE_NODE_NAME',
    severity: 'error',
    summary: 'A node name begins with a letter: the provider takes it as the label of a Terraform resource.',
    check: nodeName,
  },
  {
    code: 'CROSSPLANE_NODE_FILE',
    severity: 'error',
    summary: 'No node is named kustomization: its file would be the kustomization of its folder.',
    check: nodeFile,
  },
  {
    code: 'CROSSPLANE_NAMESPACE',
    severity: 'error',
    summary: 'The namespace is not a system namespace of the management cluster: `uninstall` deletes it.',
    check: reservedNamespace,
  },
  {
    code: 'CROSSPLANE_GROUP',
    severity: 'error',
    summary:
      'The API group does not belong to Kubernetes or Crossplane, which refuse or change the kinds of others there.',
    check: reservedGroup,
  },
] as const satisfies readonly RuleRow[];
