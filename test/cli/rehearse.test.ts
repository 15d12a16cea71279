/** A rehearsal leads the tool to the simulated host alone, whatever the user's environment says. */

import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
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

/** Notes at each call what the token may do on VMs, and always ends well. */
const ASKER = `#!/usr/bin/env node
const { PROXMOX_HOST, PROXMOX_PORT, PROXMOX_USER, PROXMOX_TOKEN_ID, PROXMOX_TOKEN_SECRET } = process.env;
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');
fetch(\`https://\${PROXMOX_HOST}:\${PROXMOX_PORT}/api2/json/access/permissions?path=/vms\`, {
  headers: { authorization: \`PVEAPIToken=\${PROXMOX_USER}!\${PROXMOX_TOKEN_ID}=\${PROXMOX_TOKEN_SECRET}\` },
}).then(async (answer) => {
  const { data } = await answer.json();
  require('node:fs').appendFileSync('NOTES', Object.keys(data['/vms']).sort().join(' ') + '\\n');
});
`;

it('--from: the earlier revision has the token of its own recipe, the present one what the present recipe makes of it', async () => {
  mkdirSync(space.path('before'));
  for (const name of ['cluster.yaml', 'nodes.yaml', 'out'])
    cpSync(space.path(name), space.path(`before/${name}`), { recursive: true });
  const nocloud = 'nocloud: { method: nocloud-net, server_url: "http://10.10.10.2:9000/", dhcp: true }';
  space.write('cluster.yaml', `${space.read('cluster.yaml')}\n${nocloud}\n`);
  expect((await space.cli('configure')).exitCode).toBe(0);
  space.write('bin/ansible-playbook', ASKER.replace('NOTES', space.path('notes')));
  chmodSync(space.path('bin/ansible-playbook'), 0o755);
  const env = { PATH: `${space.path('bin')}:${dirname(process.execPath)}:/usr/bin:/bin` };
  const { stdout, stderr } = await space.cliWith({ env }, 'rehearse', '--target', 'ansible', '--from', 'before');
  const notes = space.exists('notes') ? space.read('notes').trim().split('\n') : [`${stdout}${stderr}`];
  // Apply with the earlier recipe; plan, apply, and whatever follows with the present one, which needs no cloud-init drive.
  expect(notes[0]).toContain('VM.Config.Cloudinit');
  expect(notes.length).toBeGreaterThan(2);
  for (const note of notes.slice(1)) expect(note).toMatch(/^(?!.*VM\.Config\.Cloudinit).*VM\.Allocate/);
});

it('--confirm without --from is a slip in the command line: there is no change to confirm', async () => {
  const { exitCode, stderr } = await space.cli('rehearse', '--target', 'tofu', '--confirm', 'cp-1');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--confirm belongs to --from');
});
