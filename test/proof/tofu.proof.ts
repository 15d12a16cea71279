/** OpenTofu and the real bpg/proxmox provider read the rendered configuration, without any network. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PveVersion } from '../../src/simulator/schema/types.ts';
import { knownFault } from './known-fault.ts';
import { rehearseCase, rehearsedCases, type Rehearsal } from './rehearsal.ts';
import { CASES, need, renderedTree, run } from './support.ts';
import { provider, settings, tofu, tofuEnvironment } from './tools/tofu.ts';

const ENV = {
  TF_CLI_CONFIG_FILE: settings,
  TF_VAR_state_passphrase: 'a passphrase of a proof',
  PROXMOX_VE_API_TOKEN: 'automation@pve!talmox=00000000-0000-0000-0000-000000000000',
  // The http state backend is not asked by init -backend=false, but must be nameable.
  TF_HTTP_USERNAME: 'x',
  TF_HTTP_PASSWORD: 'x',
};

describe.each(CASES.filter((name) => name !== 'bare-metal'))('%s', (name) => {
  it('is in canonical form, valid, and passes its own tests', ({ skip }) => {
    const program = need(tofu, skip);
    need(provider, skip);
    const cwd = join(renderedTree(name), 'tofu');
    const tofuRun = (...args: string[]) => run(program, args, { cwd, env: ENV });

    const formatted = tofuRun('fmt', '-check', '-diff', '-recursive');
    expect(formatted.exitCode, formatted.said).toBe(0);
    const initialised = tofuRun('init', '-backend=false', '-input=false');
    expect(initialised.exitCode, initialised.said).toBe(0);
    const validated = tofuRun('validate', '-json');
    expect(JSON.parse(validated.stdout), validated.said).toMatchObject({
      valid: true,
      error_count: 0,
      warning_count: 0,
    });
    const tested = tofuRun('test');
    expect(tested.exitCode, tested.said).toBe(0);
  });
});

/** A case takes a minute, and more than one test asks about it. */
const results = new Map<string, Rehearsal>();

function rehearsed(name: string, pve: PveVersion, skip: (note: string) => never): Rehearsal {
  const key = `${name} ${pve}`;
  const result = results.get(key) ?? rehearseCase(name, 'tofu', pve, tofuEnvironment(skip));
  results.set(key, result);
  return result;
}

/** Steps that fail for every cluster: known faults, each shown below. */
const KNOWN = ['foreign file', 'foreign VM'];

describe('a rehearsal: apply, compare with the model, plan again, destroy', () => {
  it.for(rehearsedCases('tofu'))('of %s on Proxmox VE %s is all well but for known faults', ([name, pve], { skip }) => {
    const { failed, said } = rehearsed(name, pve, skip);
    expect(
      failed.filter((step) => !KNOWN.includes(step)),
      said,
    ).toEqual([]);
    expect(said).toMatch(/\| plan again \|/);
  });

  /** What the report says of those steps: another fault of the same step is no known one. */
  const harm = (said: string, thing: RegExp): string =>
    said
      .split('\n')
      .filter((line) => thing.test(line) && /somebody else/.test(line))
      .join('\n');

  knownFault(
    'OpenTofu: a boot file of somebody else is deleted, and fetched anew',
    /local:import\/\S+ on pve1 of somebody else was deleted or replaced/,
    ({ skip }) => {
      expect(harm(rehearsed('minimal', '8.4', skip).said, /local:/)).toBe('');
    },
  );

  knownFault(
    'OpenTofu: a VM of somebody else that has an id which the cluster wants is taken over',
    /apply went through although VM \d+ is somebody else's/,
    ({ skip }) => {
      expect(harm(rehearsed('minimal', '8.4', skip).said, /\bVM /)).toBe('');
    },
  );
});
