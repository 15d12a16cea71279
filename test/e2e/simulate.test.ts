/** The simulator as a person uses it: a program in the foreground, and tools that ask it. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/validation.ts';
import { PROGRAM, start, until } from '../support/program.ts';
import { LEADS_NOWHERE, REAL } from '../support/real-environment.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeAll(() => {
  space = createWorkspace();
  execFileSync(process.execPath, [PROGRAM, 'configure'], { cwd: space.directory });
});
afterAll(() => {
  space.remove();
});

interface Simulation {
  readonly env: Readonly<Record<string, string>>;
  stdout(): string;
  stderr(): string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

async function simulate(...args: string[]): Promise<Simulation> {
  return simulateWith({}, ...args);
}

async function simulateWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Simulation> {
  return simulateIn(space, env, ...args);
}

async function simulateIn({ directory }: Workspace, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Simulation> {
  const { child, said, ended } = start(['simulate', ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
  });
  await until(() => said.stderr.includes('Crossplane'));
  const lines = said.stdout
    .trim()
    .split('\n')
    .map((line) => /^export (\w+)='?([^']*)'?$/.exec(line) ?? []);
  return {
    env: Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value])),
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    end: async (signal) => {
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

function get(env: Readonly<Record<string, string>>, path: string): Promise<{ status: number; body: string }> {
  const url = `${env['PROXMOX_VE_ENDPOINT'] ?? ''}api2/json${path}`;
  const options = {
    ca: readFileSync(env['SSL_CERT_FILE'] ?? ''),
    headers: { authorization: `PVEAPIToken=${env['PROXMOX_VE_API_TOKEN'] ?? ''}` },
    agent: false,
  };
  return new Promise((resolve, reject) => {
    request(url, options, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

async function talmox(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { said, ended } = start(args, { cwd: space.directory, env: { ...process.env, ...env } });
  const [code] = await ended;
  return { code, ...said };
}

describe('simulate', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'answers with a certificate that clients verify, names every request, and ends with %s',
    async (signal, code) => {
      const running = await simulate('--pve', '9.0');
      expect(await get(running.env, '/version')).toMatchObject({
        status: 200,
        body: expect.stringContaining('"release":"9.0"'),
      });
      await until(() => running.stderr().includes('GET /version'));
      expect(await running.end(signal)).toBe(code);
      expect(existsSync(running.env['SSL_CERT_FILE'] ?? '')).toBe(false);
    },
  );

  it('has what the cluster of the directory takes for granted, when asked to', async () => {
    const running = await simulate('--seed', 'cluster');
    const { body } = await get(running.env, '/nodes');
    expect((JSON.parse(body) as { data: { node: string }[] }).data.map(({ node }) => node)).toEqual(['pve1']);
    await running.end('SIGTERM');
  });

  it('leaves the templates of that cluster to its backend, on hosts as an installer of that version leaves them', async () => {
    const cloned = createWorkspace('template-clone');
    // Nothing of the cluster lies on `local`: what it takes there is what the installer said.
    const apart = cloned.read('cluster.yaml').replace(/^proxmox:$/m, 'proxmox:\n  import_storage: images');
    cloned.write('cluster.yaml', apart);
    for (const [version, content] of [
      ['8.4', ['backup', 'iso', 'vztmpl']],
      ['9.1', ['backup', 'import', 'iso', 'vztmpl']],
    ] as const) {
      const running = await simulateIn(cloned, {}, '--seed', 'cluster', '--pve', version);
      const read = async (path: string) =>
        (JSON.parse((await get(running.env, path)).body) as { data: Record<string, string>[] }).data;
      expect(await read('/cluster/resources?type=vm')).toEqual([]);
      const local = (await read('/storage')).find(({ storage }) => storage === 'local');
      expect(local?.['content']?.split(',').sort()).toEqual(content);
      await running.end('SIGTERM');
    }
    cloned.remove();
  });

  it.each([
    [['--pve', '8.4'], ['pve'], 'iso,vztmpl,backup'],
    [['--pve', '9.0', '--seed', '8.4-fresh'], ['pve'], 'iso,vztmpl,backup'],
    [['--seed', 'three-hosts'], ['pve1', 'pve2', 'pve3'], 'iso,vztmpl,backup,import'],
  ])('%j is what an installer leaves', async (args, hosts, content) => {
    const running = await simulate(...args);
    const read = async (path: string) =>
      (JSON.parse((await get(running.env, path)).body) as { data: Record<string, string>[] }).data;
    expect((await read('/nodes')).map(({ node }) => node)).toEqual(hosts);
    expect((await read('/storage')).find(({ storage }) => storage === 'local')?.['content']).toBe(content);
    await running.end('SIGTERM');
  });

  it('withdraws what leads elsewhere, and says whose file of variables goes first', async () => {
    const own = 'out/tofu/terraform.tfvars';
    space.write(own, 'proxmox_endpoint = "https://real:8006"\n');
    const running = await simulateWith({ ...REAL, ...LEADS_NOWHERE });
    const withdrawn = [...running.stdout().matchAll(/^unset (\w+)$/gm)].map(([, name]) => name);
    // Each is withdrawn or said anew.
    expect([...withdrawn, ...Object.keys(REAL).filter((name) => name in running.env)].sort()).toEqual(
      Object.keys(REAL).sort(),
    );
    expect(Object.values(running.env).filter((value) => value.includes('real'))).toEqual([]);
    expect(running.env).toMatchObject({
      PROXMOX_HOST: '127.0.0.1',
      TF_VAR_proxmox_endpoint: running.env['PROXMOX_VE_ENDPOINT'],
      TF_WORKSPACE: 'simulated',
    });
    // The last of its lines.
    await until(() => /OpenTofu does not come here: .*terraform\.tfvars sets proxmox_endpoint/.test(running.stderr()));
    await running.end('SIGTERM');
    rmSync(space.path(own));
    const quiet = await simulate();
    await quiet.end('SIGTERM');
    expect(quiet.stderr()).not.toMatch(/does not come here/);
  });

  it('hands over credentials for the Crossplane provider, all of them text, until it ends', async () => {
    const running = await simulate();
    const file = /credentials for the Crossplane provider: (.*)/.exec(running.stderr())?.[1] ?? '';
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      endpoint: running.env['PROXMOX_VE_ENDPOINT'],
      api_token: running.env['PROXMOX_VE_API_TOKEN'],
      insecure: 'true',
    });
    await running.end('SIGTERM');
    expect(existsSync(file)).toBe(false);
  });

  it('says what the README of the simulator shows', async () => {
    const running = await simulate();
    await running.end('SIGTERM');
    const plain = (text: string): string =>
      text.replace(/:\d{4,5};/g, ':PORT;').replace(/simulator-\w{6}\//g, 'simulator-X/');
    const said = plain(running.stderr()).split('\n').slice(0, 2).join('\n');
    const readme = plain(readFileSync(join(ROOT, 'src/simulator/README.md'), 'utf8'));
    expect(said).toMatch(/Ctrl-C/);
    // Once for curl, once for the tools.
    expect(readme.split(`simulator.env &\n${said}\n`)).toHaveLength(3);
  });

  it('says with --json where it answers, in one object', async () => {
    const running = await simulate('--json', '--pve', '8.4');
    expect(await running.end('SIGINT')).toBe(130);
    const { data, ...rest } = JSON.parse(running.stdout()) as { data: { url: string; pve: string; env: object } };
    expect(rest).toEqual({ command: 'simulate', ok: true, exitCode: 0 });
    expect(data).toMatchObject({
      url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      pve: '8.4',
      env: { PROXMOX_VE_ENDPOINT: `${data.url}/` },
      unset: expect.any(Array),
      crossplaneCredentials: expect.stringMatching(/crossplane-credentials\.json$/),
    });
  });

  it('says in one line what cannot be, and exits 2', async () => {
    const running = await simulate();
    const port = running.env['PROXMOX_PORT'] ?? '';
    expect(await talmox(['simulate', '--port', port])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^talmox: port \d+ is taken; name another one\n$/),
    });
    await running.end('SIGTERM');
    expect(await talmox(['simulate', '--pve', '7.4'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/7\.4.*8\.4, 9\.0, 9\.1/),
    });
    expect(await talmox(['simulate', '--pve', '8.4', '--seed', '9.0-fresh'])).toMatchObject({
      code: 2,
      stderr: 'talmox: 9.0-fresh is newer than Proxmox VE 8.4; simulate 9.0, or take fresh\n',
    });
    expect(await talmox(['simulate', '--port', 'x'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/port/) });
  });
});

describe('record', () => {
  it('finds no contradiction between the simulator and itself', async () => {
    const running = await simulate('--seed', 'cluster');
    const { code, stdout, stderr } = await talmox(['record'], running.env);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/\d+ answers of Proxmox VE 9\.1\.\d+ against the simulated 9\.1: 0 contradictions\n$/),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ answers: { 'GET /nodes': [{ node: 'string' }] } });
    const unknown = { ...running.env, PROXMOX_VE_API_TOKEN: 'a@pve!b=c' };
    expect(await talmox(['record'], unknown)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/cannot be asked: 401 /),
    });
    await running.end('SIGTERM');
  });

  it('says what is missing, or who does not answer', async () => {
    expect(await talmox(['record'], { PROXMOX_VE_ENDPOINT: '', PROXMOX_VE_API_TOKEN: '' })).toMatchObject({ code: 2 });
    const noUrl = { PROXMOX_VE_ENDPOINT: 'pve1:8006', PROXMOX_VE_API_TOKEN: 'a@pve!b=c' };
    expect(await talmox(['record'], noUrl)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"pve1:8006".* https:\/\/host:8006\n$/),
    });
    const nobody = { PROXMOX_VE_ENDPOINT: 'https://127.0.0.1:1', PROXMOX_VE_API_TOKEN: 'a@pve!b=c' };
    expect(await talmox(['record'], nobody)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^talmox: https:\/\/127\.0\.0\.1:1 cannot be asked: .*ECONNREFUSED/),
    });
  });
});

describe('rehearse', () => {
  it('says which tool is missing and how to get it, and leaves nothing behind', async () => {
    const { code, stderr } = await talmox(['rehearse', '--target', 'ansible'], { PATH: '' });
    expect([code, stderr]).toEqual([5, expect.stringMatching(/ansible-playbook is not installed: .* get it with: /)]);
  });

  it('refuses an output that is not what the input renders to, and a backend that needs a cluster of its own', async () => {
    expect(await talmox(['rehearse', '--target', 'crossplane'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/crossplane cannot be rehearsed/),
    });
    space.write('out/tofu/provider.tf', `${space.read('out/tofu/provider.tf')}# mine\n`);
    expect(await talmox(['rehearse', '--target', 'tofu'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/out\/tofu\/provider\.tf/),
    });
  });
});
