/**
 * Talos' own library generates a machine configuration, merges the rendered patches into it as the
 * rendered tasks do, and accepts the result in strict mode, for the release the patches are for.
 */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cluster, Node } from '../../src/model/cluster.ts';
import { minorText } from '../../src/model/version.ts';
import { CASES, clusterOf, need, renderedTree, run } from './support.ts';
import { goTool } from './tools/go.ts';

/** 1.14 only as an alpha, which does not know every document of that release: no case here uses it yet. */
const validators = {
  '1.12': goTool('talos-1.12', { program: 'talos-validate' }),
  '1.13': goTool('talos-1.13', { program: 'talos-validate' }),
} as const;

function validate(program: string, out: string, cluster: Cluster, node: Node): ReturnType<typeof run> {
  const patches = ['patches/all.yaml', `patches/${node.role}.yaml`, `nodes/${node.name}.yaml`];
  const version = ['-contract', `v${minorText(cluster.talos.version)}`, '-kubernetes', cluster.kubernetes.version.text];
  return run(program, [...version, '-role', node.role, '-modes', 'cloud,metal', ...patches], { cwd: join(out, 'talos') });
}

describe.each(CASES)('%s', (name) => {
  it('every node gets a configuration that Talos accepts', ({ skip }) => {
    const cluster = clusterOf(name);
    const minor = minorText(cluster.talos.version);
    const validator = (validators as Readonly<Record<string, (typeof validators)['1.12'] | undefined>>)[minor];
    const program = need(validator ?? { missing: `Talos' library for ${minor} cannot be had` }, skip);
    const out = renderedTree(name);
    for (const node of cluster.nodes) {
      const outcome = validate(program, out, cluster, node);
      expect(outcome.exitCode, `${node.name}: ${outcome.said}`).toBe(0);
      expect(outcome.stdout).toContain(`hostname: ${node.name}`);
    }
  });
});
