/** `talmox nocloud serve` as a person runs it, and a node that asks it. */

import { execFileSync } from 'node:child_process';
import { get } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE_MS, PROGRAM, start, until } from '../support/program.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeAll(() => {
  space = createWorkspace();
  execFileSync(process.execPath, [PROGRAM, 'configure'], { cwd: space.directory });
});
afterAll(() => {
  space.remove();
});

const fetched = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => {
        resolve(body);
      });
    }).on('error', reject);
  });

it('serves every node its files, says who fetched what, and ends with Ctrl-C', async () => {
  const { child, said, ended } = start(['nocloud', 'serve', '--listen', '127.0.0.1:0'], { cwd: space.directory });
  await until(() => said.stderr.includes('Ctrl-C'));
  const base = /http:\/\/\S+\/tiny\//.exec(said.stderr)?.[0] ?? '';
  expect(await fetched(`${base}cp-1/user-data`)).toBe(space.read('out/nocloud/cp-1/user-data'));
  expect(await fetched(`${base}cp-1/smbios.yaml`)).toBe('not here\n');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(said.stdout).toMatch(
    /^127\.0\.0\.1 cp-1 user-data 200 \d+ bytes\n127\.0\.0\.1 GET "\/tiny\/cp-1\/smbios\.yaml" 404 \d+ bytes\n$/,
  );
  expect(said.stderr).toContain('cp-1: fetched user-data\n');
});

it.each<[string, string[], RegExp]>([
  [
    'there is no address to serve on',
    ['nocloud', 'serve'],
    /there is no address to serve on; write --listen address:port, or nocloud\.server_url/,
  ],
  [
    'the address is none',
    ['nocloud', 'serve', '--listen', 'here'],
    /--listen takes address:port, such as 10\.10\.10\.9:8080, not "here"/,
  ],
  [
    'the address belongs to another machine',
    ['nocloud', 'serve', '--listen', '203.0.113.7:0'],
    /203\.0\.113\.7 is no address of this machine/,
  ],
  [
    'the private folder is not there',
    ['nocloud', 'serve', '--listen', '127.0.0.1:0', '--private', 'nowhere'],
    /nowhere is not there; `task talos:config` makes/,
  ],
  [
    'secrets would go to every network',
    ['nocloud', 'serve', '--listen', '0.0.0.0:0', '--private', 'out'],
    /secrets are not served on 0\.0\.0\.0, which is every network/,
  ],
])('says in one line what to do when %s', (_, args, message) => {
  try {
    execFileSync(process.execPath, [PROGRAM, ...args], { cwd: space.directory, stdio: 'pipe', timeout: PATIENCE_MS });
    expect.unreachable();
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: Buffer };
    expect([status, stderr.toString()]).toEqual([2, expect.stringMatching(message)]);
  }
});

it('sends no node to a full configuration that it does not serve', async () => {
  const include = createWorkspace('vlan-cicustom');
  try {
    expect((await include.cli('configure')).exitCode).toBe(0);
    const { exitCode, stderr } = await include.cli('nocloud', 'serve', '--listen', '127.0.0.1:0');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('serve it with --private out/talos/clusterconfig')]);
  } finally {
    include.remove();
  }
});
