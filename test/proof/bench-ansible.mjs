/**
 * Cloning many VMs with the rendered playbooks beside the loop that people write first: one module call after the
 * other on localhost. Tasks of the simulated host take what they take on a small real one.
 *
 *   node test/proof/bench-ansible.mjs [VMs] [VMs of the loop]
 *
 * 50 and 50 by default, which takes about half an hour. The loop has no parallel part: with fewer VMs its time is
 * that of one VM times the number.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [vms = '50', looped = vms] = process.argv.slice(2);
const result = spawnSync(
  'npx',
  ['vitest', 'run', '--config', 'test/proof/vitest.config.ts', 'test/proof/ansible-speed.proof.ts'],
  {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, TALMOX_SPEED: `${vms},${looped}` },
  },
);
process.exitCode = result.status ?? 1;
