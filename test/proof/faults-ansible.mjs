/**
 * Every write of a healthy run, broken in four ways: then a clean run must reach the model, and destroy leave nothing.
 *
 *   node test/proof/faults-ansible.mjs [case ...]
 *
 * Cases are `minimal` (an image) and `template-clone` (a template, linked clones on two hosts) by default; `minimal:1+6` is two of its
 * writes. Prints one line per write. Quiet on two cores a fault takes about ten seconds.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const result = spawnSync(
  'npx',
  ['vitest', 'run', '--config', 'test/proof/vitest.config.ts', 'test/proof/ansible-faults.proof.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TALMOX_FAULTS: process.argv.slice(2).join(',') || 'minimal,template-clone' },
  },
);
process.exitCode = result.status ?? 1;
