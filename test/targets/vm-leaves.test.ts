/** A fact of a VM reaches every backend: each leaf is changed, and something that Proxmox VE is told changes with it. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Vm, VmCluster } from '../../src/model/cluster.ts';
import type { Backend } from '../../src/model/target.ts';
import { backends } from '../../src/targets/index.ts';
import { varyingFiles } from '../support/rendering.ts';
import { changesOf, leavesIn, VM_LEAVES } from '../support/vm-leaves.ts';
import { shapes, managed } from '../support/vm-shapes.ts';

/** Files that the tool never sends to Proxmox VE; of a backend that is not here every file counts. */
const ASIDE: Readonly<Record<string, RegExp>> = { ansible: /create-token\.sh$/, tofu: /outputs\.tf$|\.tftest\.hcl$/ };

/** Variables by which the role compares, and which no module is given. */
const COMPARED = new Set(['proxmox_vm_wanted', 'stored']);

function told(backend: Backend, cluster: VmCluster): string {
  const files = [...varyingFiles(backend, cluster)].filter(([path]) => ASIDE[backend.name]?.test(path) !== true);
  return JSON.stringify(
    files.map(([path, { content }]) => (path === 'inventory/hosts.yaml' ? withoutCompared(content) : content)),
  );
}

function withoutCompared(inventory: string): unknown {
  const text = inventory.replaceAll('!unsafe ', '');
  return parse(text, (key, value: unknown) => (COMPARED.has(String(key)) ? undefined : value));
}

/** With one node, so that no other hides that it has changed. */
function withVm(cluster: VmCluster, vm: Vm): VmCluster {
  const node = cluster.nodes.find((candidate) => candidate.vm.vmId === lastOf(cluster).vmId);
  if (node === undefined) throw new Error('no node');
  return { ...cluster, nodes: [{ ...node, vm }] };
}

function lastOf(cluster: VmCluster): Vm {
  const node = cluster.nodes.at(-1);
  if (node === undefined) throw new Error('no node');
  return node.vm;
}

it('the shapes have every leaf of a VM between them', () => {
  const met = new Set(Object.values(shapes).flatMap((cluster) => [...leavesIn(lastOf(cluster), cluster)]));
  expect([...VM_LEAVES.keys()].filter((leaf) => !met.has(leaf))).toEqual([]);
});

const BACKENDS: readonly Backend[] = Object.values(backends);

describe.each(BACKENDS.map((backend) => [backend.name, backend] as const))('%s', (_, backend) => {
  it.each(Object.entries(shapes))('is told every leaf, or leaves it out by name: %s', (shape, cluster) => {
    // Of every other shape the composition yields what style `managed` has: `crossplane/lowering.test.ts`.
    const hasStyles = backend.name === 'crossplane' && shape === 'sample';
    for (const style of hasStyles ? [cluster, managed(cluster)] : [cluster]) {
      const vm = lastOf(style);
      const before = told(backend, withVm(style, vm));
      // A reason that is none any more is as wrong as a leaf that is lost.
      const wrong = changesOf(vm, style).filter(({ leaf, vm: changed }) => {
        const isLost = told(backend, withVm(style, changed)) === before;
        return isLost !== (backend.leftOut[leaf] !== undefined);
      });
      expect(wrong.map(({ what }) => what)).toEqual([]);
    }
  });

  it('leaves out only what a VM has, and says why', () => {
    for (const [leaf, reason] of Object.entries(backend.leftOut)) {
      expect([...VM_LEAVES.keys()]).toContain(leaf);
      expect(reason).toMatch(/\w+ \w+/);
    }
  });
});
