import { describe, expect, it } from 'vitest';
import type { Vm, VmCluster } from '../../../src/model/cluster.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { first, nodeDocuments, phase } from './documents.ts';
import { lower } from './lowering.ts';
import { managed, shapes } from './shapes.ts';

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

/** Every way to change one value somewhere in a VM. */
function* changes(value: unknown, path: readonly (string | number)[] = []): Generator<readonly [string, unknown]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const [at, changed] of changes(item, [...path, index])) yield [at, value.with(index, changed)];
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      for (const [at, changed] of changes(item, [...path, key])) yield [at, { ...value, [key]: changed }];
    }
  } else if (typeof value === 'number') yield [path.join('.'), value + 1];
  else if (typeof value === 'boolean') yield [path.join('.'), !value];
  else if (typeof value === 'string') yield [path.join('.'), `${value}x`];
}

describe('a VM of the model', () => {
  // The volume id says where the image lies; the disk's position is its slot, the NIC's its place in the list.
  const elsewhere = /^(boot\.imageKey|boot\.source|nics\.\d+\.slot)$/;

  it.each(Object.entries(shapes))('reaches Proxmox in every value: %s', (_, cluster) => {
    const node = cluster.nodes[3] ?? cluster.nodes[0];
    if (node === undefined) throw new Error('no node');
    for (const style of [cluster, managed(cluster)]) {
      const render = (vm: Vm): unknown => nodeDocuments({ ...style, nodes: [{ ...node, vm }] });
      const before = render(node.vm);
      const lost = [...changes(node.vm)]
        .filter(([, vm]) => JSON.stringify(render(vm as Vm)) === JSON.stringify(before))
        .map(([path]) => path)
        .filter((path) => !elsewhere.test(path) && !(style === cluster && path === 'name'));
      expect(lost).toEqual([]);
    }
  });

  it('is not changed by the order of other nodes', () => {
    const cluster = sampleCluster();
    const reversed = { ...cluster, nodes: cluster.nodes.toReversed() };
    expect(nodeDocuments(reversed).toReversed()).toEqual(nodeDocuments(cluster));
  });
});
