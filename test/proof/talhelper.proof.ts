/**
 * talhelper takes the rendered `talconfig.yaml` and makes the machine configurations that Talos' own library makes of
 * the patches for talosctl: the same network, disks, name, image and settings, but for the secrets.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cluster, Node } from '../../src/model/cluster.ts';
import { minorText } from '../../src/model/version.ts';
import { patchFiles } from '../../src/targets/talos/patch-files.ts';
import { meaningOf } from '../support/talos-meaning.ts';
import { CASES, clusterOf, need, renderedTree, run, treeForTool } from './support.ts';
import { goTool } from './tools/go.ts';

const talhelper = goTool('talhelper');
const validators = {
  '1.12': goTool('talos-1.12', { program: 'talos-validate' }),
  '1.13': goTool('talos-1.13', { program: 'talos-validate' }),
} as const;

function merged(program: string, out: string, cluster: Cluster, node: Node): string {
  const version = ['-contract', `v${minorText(cluster.talos.version)}`, '-kubernetes', cluster.kubernetes.version.text];
  const outcome = run(program, [...version, '-role', node.role, ...patchFiles(cluster, node)], {
    cwd: join(out, 'talos'),
  });
  expect(outcome.exitCode, outcome.said).toBe(0);
  // The proof of the patches names no cluster.
  return outcome.stdout
    .replace('clusterName: proof', `clusterName: ${cluster.name}`)
    .replace('https://192.0.2.10:6443', cluster.endpoint.url);
}

describe.each(CASES)('%s', (name) => {
  it('talhelper makes the same machine configurations', ({ skip }) => {
    const cluster = clusterOf(name);
    const validator = (validators as Readonly<Record<string, (typeof validators)['1.12'] | undefined>>)[
      minorText(cluster.talos.version)
    ];
    const program = need(
      validator ?? { missing: `Talos' library for ${minorText(cluster.talos.version)} cannot be had` },
      skip,
    );
    const out = treeForTool('talhelper', name);
    const made = join(dirname(out), 'made');
    const options = [
      '--config-file',
      'talconfig.yaml',
      '--out-dir',
      made,
      '--no-gitignore',
      '--offline-mode',
      '--talos-mode',
      'cloud',
    ];
    const outcome = run(need(talhelper, skip), ['genconfig', ...options], { cwd: join(out, 'talos') });
    expect(outcome.exitCode, outcome.said).toBe(0);
    const plain = renderedTree(name);
    for (const node of cluster.nodes) {
      const own = meaningOf(merged(program, plain, cluster, node));
      expect(meaningOf(readFileSync(join(made, `${node.name}.yaml`), 'utf8')), node.name).toEqual(own);
    }
  });
});
