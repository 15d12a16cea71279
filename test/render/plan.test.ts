import { describe, expect, it } from 'vitest';
import { plan } from '../../src/render/plan.ts';
import { targets } from '../../src/targets/index.ts';
import { sampleCluster } from '../support/cluster.ts';

const planned = (...templates: string[]): string[] => plan(templates, targets, sampleCluster()).map(({ path }) => path);

describe('the tree of templates', () => {
  it('is the tree of the output, with one file per node where a path says [node]', () => {
    expect(planned('talos/nodes/[node].yaml.j2', 'README.md.j2')).toEqual([
      'README.md',
      'talos/nodes/cp-1.yaml',
      'talos/nodes/cp-2.yaml',
      'talos/nodes/cp-3.yaml',
      'talos/nodes/w-1.yaml',
    ]);
  });

  it('leaves out partials, at any depth', () => {
    expect(planned('_partials/a.j2', 'tofu/_partials/b.tf.j2', 'tofu/main.tf.j2')).toEqual(['tofu/main.tf']);
  });

  it('makes scripts executable, and nothing else', () => {
    const artifacts = plan(['tofu/a.sh.j2', 'tofu/main.tf.j2'], targets, sampleCluster());
    expect(artifacts.map(({ path, mode }) => [path, mode])).toEqual([
      ['tofu/a.sh', 0o755],
      ['tofu/main.tf', 0o644],
    ]);
  });

  it.each<[string, string[], RegExp]>([
    [
      'a folder that is no target, with the one that was meant',
      ['tofo/main.tf.j2'],
      /templates\/tofo\/main\.tf\.j2:1:1 belongs to no target; did you mean 'tofu'\?/,
    ],
    ['a path that leaves the tree', ['tofu/../../x.j2'], /no path within/],
    ['a fan-out that does not exist', ['tofu/[host].tf.j2'], /\[host\] is no fan-out; only \[node\] is/],
    [
      'two templates for one file on a disk that ignores case',
      ['tofu/Main.tf.j2', 'tofu/main.tf.j2'],
      /renders to tofu\/main\.tf, and templates\/tofu\/Main\.tf\.j2/,
    ],
  ])('is refused with %s', (_, templates, message) => {
    expect(() => planned(...templates)).toThrow(message);
  });
});
