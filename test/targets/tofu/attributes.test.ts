import { describe, expect, it } from 'vitest';
import { tofu } from '../../../src/targets/tofu/index.ts';
import { nodeObject } from '../../../src/targets/tofu/node-object.ts';
import { renderedBy } from '../../support/rendering.ts';
import { shapes } from '../../support/vm-shapes.ts';

/** Names of attributes at every depth, without the places of lists. */
function names(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(names);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...names(inner).map((below) => `${name}.${below}`)]);
}

const clusters = Object.values(shapes);
const attributes = new Set(clusters.flatMap(({ nodes }) => nodes.flatMap((node) => names(nodeObject(node)))));
const main = renderedBy(tofu, clusters[0] ?? never()).get('main.tf')?.content ?? '';

describe('every attribute of local.nodes', () => {
  it.each([...attributes])('is read by the resource: %s', (path) => {
    // Of a block what counts is its last name: `disk.value.size`.
    const [first = '', ...below] = path.split('.');
    const last = below.at(-1);
    expect(main).toMatch(
      last === undefined
        ? new RegExp(`\\beach\\.value\\.${first}\\b`)
        : new RegExp(`\\b(each\\.value\\.${first}|[a-z_0-9]+\\.value)\\.${last}\\b`),
    );
  });
});

function never(): never {
  throw new Error('no shapes');
}
