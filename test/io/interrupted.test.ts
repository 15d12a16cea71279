/** A run that ends between two files: what it wrote is still known for talmox' own. */

import type * as fs from 'node:fs';
import { renameSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, renameSync: vi.fn(real.renameSync) };
});

let space: Workspace;
beforeEach(async () => {
  space = createWorkspace();
  await space.cli('configure');
});
afterEach(() => {
  vi.mocked(renameSync).mockReset();
  space.remove();
});

function withMtu(mtu: number): void {
  space.write('nodes.yaml', `${space.read('nodes.yaml').replace(/ {4}mtu: \d+\n/, '')}    mtu: ${mtu}\n`);
}

it('check does not take it for finished, and the next run goes on from there, whatever changed since', async () => {
  const { renameSync: real } = await vi.importActual<typeof fs>('node:fs');
  let left = 3;
  vi.mocked(renameSync).mockImplementation((from, to) => {
    left -= 1;
    if (left < 0) throw new Error('the power is gone');
    real(from, to);
  });
  withMtu(9000);
  const broken = await space.cli('configure');
  expect([broken.exitCode, broken.stderr]).toEqual([4, expect.stringContaining('the power is gone')]);
  vi.mocked(renameSync).mockImplementation(real);
  expect((await space.cli('check')).exitCode).toBe(1);
  withMtu(1450);
  const next = await space.cli('configure');
  expect([next.exitCode, next.stderr]).toEqual([0, '']);
  expect((await space.cli('check')).exitCode).toBe(0);
});
