import { describe, expect, it } from 'vitest';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { first, nodeDocuments, phase } from './documents.ts';
import { lower } from './lowering.ts';
import { managed, shapes } from '../../support/vm-shapes.ts';

describe('a TalosNode through its composition', () => {
  it.each(Object.entries(shapes))('is the VM of style managed: %s', (_, cluster) => {
    const composition = first(phase(cluster, 'composition'));
    const composed = nodeDocuments(cluster).map((composite) => lower(composite, composition));
    const direct = nodeDocuments(managed(cluster)).map(({ metadata: { name, labels }, ...rest }) => ({
      ...rest,
      metadata: { name, labels },
    }));
    expect(composed).toEqual(direct);
  });

  it('names its composition by content', () => {
    const [cluster, other] = [shapes['sample'], shapes['other group and namespace']] as [VmCluster, VmCluster];
    const nameOf = (shape: VmCluster): string => first(phase(shape, 'composition')).metadata.name;
    expect(nameOf(cluster)).toMatch(/^talosnode-[0-9a-f]{8}$/);
    expect(nameOf(other)).not.toBe(nameOf(cluster));
    for (const { spec } of nodeDocuments(cluster)) {
      expect(spec['crossplane']).toEqual({ compositionRef: { name: nameOf(cluster) } });
    }
  });
});

describe('a VM of the model', () => {
  it('is not changed by the order of other nodes', () => {
    const cluster = sampleCluster();
    const reversed = { ...cluster, nodes: cluster.nodes.toReversed() };
    expect(nodeDocuments(reversed).toReversed()).toEqual(nodeDocuments(cluster));
  });
});
