/** A rehearsal leads the tool to the simulated host alone, whatever the user's environment says. */

import { chmodSync, mkdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LEADS_NOWHERE, REAL } from '../support/real-environment.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeEach(async () => {
  space = createWorkspace();
  await space.cli('configure');
  mkdirSync(space.path('bin'));
});
afterEach(() => {
  space.remove();
});

/** A program that notes its environment and folder, and fails: the rehearsal ends with its first call. */
async function firstCallOf(
  program: string,
  target: string,
): Promise<{ env: Record<string, string>; files: string[]; text(name: string): string }> {
  space.write(
    `bin/${program}`,
    `#!/bin/sh\nenv > '${space.path('env')}'\npwd > '${space.path('pwd')}'\ncp -R . '${space.path('seen')}'\nexit 1\n`,
  );
  chmodSync(space.path(`bin/${program}`), 0o755);
  const env = { PATH: `${space.path('bin')}:/usr/bin:/bin`, HOME: '/home-of-the-user', ...REAL, ...LEADS_NOWHERE };
  expect((await space.cliWith({ env }, 'rehearse', '--target', target)).exitCode).toBe(1);
  const seen = Object.fromEntries(
    space
      .read('env')
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  return { env: seen, files: [space.read('pwd').trim()], text: (name) => space.read(`seen/${name}`) };
}

it('tofu: no state but one of its own, no endpoint but the simulated', async () => {
  const { env, files, text } = await firstCallOf('tofu', 'tofu');
  expect(Object.entries(env).filter(([, value]) => /real\b/.test(value))).toEqual([]);
  expect(env).toMatchObject({ HOME: '/home-of-the-user', TF_INPUT: '0', ...LEADS_NOWHERE });
  expect(text('rehearsal_override.tf')).toMatch(/backend "local"/);
  expect(files[0]).not.toContain(space.directory);
});

it('ansible: the host of the simulator, and its token', async () => {
  const { env, files } = await firstCallOf('ansible-playbook', 'ansible');
  expect(Object.entries(env).filter(([, value]) => /real\b/.test(value))).toEqual([]);
  expect(env).toMatchObject({ PROXMOX_HOST: '127.0.0.1', PROXMOX_TOKEN_ID: expect.any(String), NO_PROXY: '127.0.0.1' });
  expect(files[0]).not.toContain(space.directory);
});
