import { describe, expect, it } from 'vitest';
import type { BackendName } from '../../../src/model/backend-name.ts';
import type { VmCluster } from '../../../src/model/cluster.ts';
import type { RuleContext } from '../../../src/model/rule.ts';
import { rules } from '../../../src/targets/crossplane/rules.ts';
import { sampleCluster, sampleMetalCluster, sampleWith } from '../../support/cluster.ts';
import { shapes } from '../../support/vm-shapes.ts';

function codes(cluster: RuleContext['cluster']): string[] {
  const context = {
    cluster,
    clusterFile: {},
    nodesFile: { nodes: [] },
    partial: false,
    at: () => '',
  } as unknown as RuleContext;
  return rules.flatMap(({ code, check }) => check(context).map(({ pointer }) => `${code} ${pointer}`));
}

function named(name: string): VmCluster {
  const { nodes, ...rest } = sampleCluster();
  return { ...rest, nodes: nodes.map((node, index) => (index === 3 ? { ...node, name } : node)) };
}

function inNamespace(namespace: string): VmCluster {
  return sampleWith({ crossplane: { ...sampleCluster().crossplane, namespace } });
}

function inGroup(group: string): VmCluster {
  return sampleWith({ crossplane: { ...sampleCluster().crossplane, group } });
}

describe('rules', () => {
  it.each(Object.entries(shapes))('accept %s', (_, cluster) => {
    expect(codes(cluster)).toEqual([]);
  });

  it.each([
    ['a name that begins with a digit', named('1-w'), ['CROSSPLANE_NODE_NAME /nodes/3/name']],
    ['a name that is a file of the folder', named('kustomization'), ['CROSSPLANE_NODE_FILE /nodes/3/name']],
    ['the namespace default', inNamespace('default'), ['CROSSPLANE_NAMESPACE /cluster_name']],
    ['a namespace of Kubernetes', inNamespace('kube-system'), ['CROSSPLANE_NAMESPACE /cluster_name']],
    ['a group of Kubernetes', inGroup('infra.k8s.io'), ['CROSSPLANE_GROUP /crossplane/group']],
    ["Crossplane's own group", inGroup('crossplane.io'), ['CROSSPLANE_GROUP /crossplane/group']],
  ])('refuse %s', (_, cluster, expected) => {
    expect(codes(cluster)).toEqual(expected);
  });

  it.each([named('w'), inGroup('mycrossplane.io'), inNamespace('kubernetes')])(
    'accept what only looks alike',
    (cluster) => {
      expect(codes(cluster)).toEqual([]);
    },
  );

  it('hold nobody who declared another backend', () => {
    const { proxmox, ...rest } = named('1-w');
    const chosen = (defaultTarget: BackendName): VmCluster => ({ ...rest, proxmox: { ...proxmox, defaultTarget } });
    expect(codes(chosen('ansible'))).toEqual([]);
    expect(codes(chosen('crossplane'))).toEqual(['CROSSPLANE_NODE_NAME /nodes/3/name']);
    expect(codes(sampleMetalCluster())).toEqual([]);
  });
});
