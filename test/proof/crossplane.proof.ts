/** kubectl builds every phase, as the rendered tasks and GitOps controllers do. */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CASES, need, renderedTree, run } from './support.ts';
import type { Tool } from './tools/cache.ts';

const kubectl: Tool =
  spawnSync('kubectl', ['version', '--client']).status === 0
    ? { path: 'kubectl' }
    : { missing: 'kubectl is not installed' };

describe.each(CASES.filter((name) => name !== 'bare-metal'))('%s', (name) => {
  it('every phase builds to objects', ({ skip }) => {
    const program = need(kubectl, skip);
    const crossplane = join(renderedTree(name), 'crossplane');
    // The first phase inflates a chart from the network; its values are checked by the schema tests.
    const phases = readdirSync(crossplane).filter((folder) => /^\d\d-/.test(folder) && folder !== '00-install');
    expect(phases.length).toBeGreaterThan(3);
    for (const phase of phases) {
      const built = run(program, ['kustomize', phase], { cwd: crossplane });
      expect(built.exitCode, `${phase}: ${built.said}`).toBe(0);
      const kinds = parseAllDocuments(built.stdout).map((document) => document.get('kind'));
      expect(kinds.length, phase).toBeGreaterThan(0);
      expect(
        kinds.every((kind) => typeof kind === 'string'),
        phase,
      ).toBe(true);
    }
  });
});
