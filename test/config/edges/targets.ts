/** Edges of the rules of targets. */

import { edgesOf, each, metal, METAL_WARNS, vms, type Edge, type Fields } from './edge.ts';

const target = (name: string): Fields => ({ proxmox: { default_target: name } });
const crossplane = (settings: Fields): Fields => ({ crossplane: settings });

export const targetEdges: readonly Edge[] = [
  ...edgesOf('ANSIBLE_NODE_NAME', {
    ...each(['all', 'localhost', 'talos', 'ungrouped'], (name) => ({
      passes: [
        vms({}, {}, { name: `${name}-1` }),
        vms(target('tofu'), {}, { name }),
        vms(target('crossplane'), {}, { name }),
        metal({}, {}, { name }),
      ],
      fails: vms(target('ansible'), {}, { name }),
      at: 'nodes.yaml/nodes/1/name',
      says: `${name} is a name that Ansible's inventory uses for something else; rename the node (${name}-1), or set proxmox.default_target to the backend you use instead`,
      besides: METAL_WARNS,
    })),
    'where no backend was chosen': {
      fails: vms({}, {}, { name: 'talos' }),
      at: 'nodes.yaml/nodes/1/name',
      says: 'rename the node (talos-1)',
    },
  }),
  ...edgesOf('CROSSPLANE_NODE_NAME', {
    'a digit first': {
      passes: [
        vms({}, {}, { name: 'n1' }),
        vms(target('tofu'), {}, { name: '1n' }),
        vms(target('ansible'), {}, { name: '1n' }),
        metal({}, {}, { name: '1n' }),
      ],
      fails: vms({}, {}, { name: '1n' }),
      at: 'nodes.yaml/nodes/1/name',
      says:
        'Crossplane cannot build 1n: its provider takes the name as a Terraform label, which must begin with a letter; ' +
        'rename the node (node-1n), or set proxmox.default_target to the backend you use instead',
      besides: METAL_WARNS,
    },
    'where it was chosen': {
      fails: vms(target('crossplane'), {}, { name: '1n' }),
      at: 'nodes.yaml/nodes/1/name',
      says: 'Crossplane cannot build 1n',
    },
  }),
  ...edgesOf('CROSSPLANE_NODE_FILE', {
    'one name': {
      passes: [vms({}, {}, { name: 'kustomization1' }), metal({}, {}, { name: 'kustomization' })],
      fails: vms(target('tofu'), {}, { name: 'kustomization' }),
      at: 'nodes.yaml/nodes/1/name',
      says: 'a node named kustomization would overwrite crossplane/40-nodes/kustomization.yaml; give it another name',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('CROSSPLANE_NAMESPACE', {
    ...each(['default', 'crossplane-system', 'kube-system', 'kube-x'], (namespace) => ({
      passes: [
        vms(crossplane({ namespace: `x${namespace}` })),
        vms(crossplane({ namespace: 'kubex' })),
        vms(crossplane({ namespace: 'default1' })),
        vms({ ...target('ansible'), ...crossplane({ namespace }) }),
        metal(crossplane({ namespace })),
      ],
      fails: vms(crossplane({ namespace })),
      at: 'cluster.yaml/crossplane/namespace',
      says: `namespace ${namespace} is a system namespace of the management cluster; write crossplane.namespace: talos-lab`,
      besides: METAL_WARNS,
    })),
    'of the name of the cluster': {
      passes: vms({ cluster_name: 'default', ...crossplane({ namespace: 'other' }) }),
      fails: vms({ cluster_name: 'default' }),
      at: 'cluster.yaml/cluster_name',
      says: 'write crossplane.namespace: talos-default',
    },
  }),
  ...edgesOf('CROSSPLANE_GROUP', {
    ...each(
      ['k8s.io', 'a.k8s.io', 'kubernetes.io', 'a.b.kubernetes.io', 'crossplane.io', 'apiextensions.crossplane.io'],
      (group) => ({
        passes: [
          vms(crossplane({ group: `a.x${group.split('.').slice(-2).join('.')}` })),
          vms(crossplane({ group: `${group}.example` })),
          vms({ ...target('tofu'), ...crossplane({ group }) }),
          metal(crossplane({ group })),
        ],
        fails: vms(crossplane({ group })),
        at: 'cluster.yaml/crossplane/group',
        says: `group ${group} belongs to another project, and the API server or Crossplane refuses talosnodes.${group}; use a domain of your own, such as infrastructure.example.org`,
        besides: METAL_WARNS,
      }),
    ),
  }),
  ...edgesOf('TOFU_BACKEND_ADDRESS', {
    'of http': {
      passes: [
        vms({ tofu: { backend: 'local' } }),
        vms({ tofu: { backend: 'http', backend_address: 'https://state.example/lab' } }),
      ],
      fails: vms({ tofu: { backend: 'http' } }),
      at: 'cluster.yaml/tofu/backend',
      says: 'tofu.backend http needs an address; write tofu.backend_address',
    },
  }),
  ...edgesOf('TALOS_TOOL', {
    ...each(['talhelper', 'topf'], (tool) => ({
      passes: [
        vms({ talos: { tool } }),
        vms({ talos_version: '1.14.0', talos: { tool: 'talosctl' } }),
        vms({ talos_version: '1.14.0' }),
      ],
      fails: vms({ talos_version: '1.14.0', talos: { tool } }),
      at: 'cluster.yaml/talos/tool',
      says: `${tool} does not know the documents of Talos 1.14.0; write talosctl`,
    })),
  }),
];
