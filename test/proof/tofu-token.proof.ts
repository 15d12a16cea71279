/** The token of `create-token.sh` may do what OpenTofu asks for, and nothing more. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { accessByRecipe } from '../../src/simulator/index.ts';
import { attachPodVolume } from '../../src/simulator/rehearsal/neighbours.ts';
import { leftovers } from '../../src/simulator/rehearsal/foreign.ts';
import { backends } from '../../src/targets/index.ts';
import { FIXTURES, ROOT } from '../support/validation.ts';
import { openLab } from './changes/stage.ts';
import type { Inputs } from './changes/table.ts';
import { spare, unasked } from './token.ts';
import { tofuEnvironment } from './tools/tofu.ts';

function inputsOf(name: string): Inputs {
  const folder = name === 'sample' ? ROOT : join(FIXTURES, 'valid', name);
  const read = (file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'));
  const { nodes } = read('nodes.yaml') as { nodes: Inputs['nodes'] };
  return { cluster: read('cluster.yaml') as Inputs['cluster'], nodes };
}

it.for(['sample', 'minimal', 'template-shared'])(
  'is enough for every verb of %s, and with any privilege less something is refused',
  async (name, { skip }) => {
    const lab = await openLab(inputsOf(name), 'tofu', tofuEnvironment(skip), { recipe: 'tofu' });
    onTestFinished(() => lab.remove());
    const { cluster, client, simulator } = lab;
    for (const verb of ['prepare', 'apply', 'plan'] as const) {
      const { exitCode, said = '' } = await client.run(verb);
      expect(exitCode, said.slice(-3000)).toBe(0);
    }
    await attachPodVolume(simulator.host, cluster);
    for (const verb of ['plan', 'destroy'] as const) {
      const { exitCode, said = '' } = await client.run(verb);
      expect(exitCode, said.slice(-3000)).toBe(0);
    }
    expect(leftovers(simulator.host, cluster)).toEqual([]);
    const access = accessByRecipe(backends.tofu.privileges(cluster), simulator.token, '9.1');
    expect(unasked(lab, access)).toEqual([]);
    expect(await spare(lab, '9.1', access)).toEqual([]);
  },
);
