/**
 * What `talmox simulate` prints leads the backends' own tools to the simulated host, whatever the environment said before,
 * and none of them to the host that the committed output names: a listener stands in for that one, and counts.
 */

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VERSIONS } from '../../src/targets/tofu/versions.ts';
import { ROOT } from '../support/validation.ts';
import { PROGRAM, start, until, type Running } from '../support/program.ts';
import { need, run, type Outcome } from './support.ts';
import { pythonTools } from './tools/python.ts';
import { provider, settings, tofu } from './tools/tofu.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);

let directory: string;
let real: { readonly server: Server; readonly url: string; connections: number };
let simulation: Running;
/** Lines of the simulator's log that were there before. */
let seen = 0;

/** An environment in which somebody works on the real host. */
const decoys = (): Record<string, string> => ({
  PROXMOX_HOST: '127.0.0.1',
  PROXMOX_PORT: new URL(real.url).port,
  PROXMOX_URL: real.url,
  PROXMOX_USER: 'root@pam',
  PROXMOX_VE_ENDPOINT: real.url,
  PROXMOX_VE_USERNAME: 'root@pam',
  PROXMOX_VE_PASSWORD: 'real',
  TF_VAR_proxmox_endpoint: real.url,
  TF_CLI_ARGS_plan: `-var=proxmox_endpoint=${real.url}`,
});

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
  const server = createServer((socket) => {
    real.connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  real = { server, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: 0 };
  const cluster = readFileSync(join(ROOT, 'cluster.yaml'), 'utf8');
  writeFileSync(
    join(directory, 'cluster.yaml'),
    cluster.replace(/^proxmox_api_url: .*$/m, `proxmox_api_url: ${real.url}`),
  );
  cpSync(join(ROOT, 'nodes.yaml'), join(directory, 'nodes.yaml'));
  execFileSync(process.execPath, [PROGRAM, 'configure'], { cwd: directory, stdio: 'ignore' });
  expect(readFileSync(join(directory, 'out/tofu/variables.tf'), 'utf8')).toContain(real.url);
  simulation = start(['simulate', '--seed', 'cluster'], { cwd: directory, env: { ...process.env, ...decoys() } });
  await until(() => simulation.said.stderr.includes('Crossplane'));
  writeFileSync(join(directory, 'simulator.env'), simulation.said.stdout);
});
afterAll(async () => {
  simulation.child.kill('SIGTERM');
  await simulation.ended;
  real.server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs words in a shell that has read what the simulator printed. */
function pointed(cwd: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  const script = '. "$0" && exec "$@"';
  return run('sh', ['-c', script, join(directory, 'simulator.env'), ...words], {
    cwd: join(directory, cwd),
    env: { ...decoys(), ...env },
  });
}

/** Requests that the simulator has answered since the last time. */
async function newRequests(): Promise<string[]> {
  // It prints them four times a second.
  await new Promise((done) => setTimeout(done, 600));
  const lines = simulation.said.stderr.split('\n').filter((line) => /^(GET|POST|PUT|DELETE) /.test(line));
  const fresh = lines.slice(seen);
  seen = lines.length;
  return fresh;
}

/** Runs a program until it connects to the real host, and forgets that it did. */
async function connects(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(program, args, { cwd: join(directory, cwd), env: { ...process.env, ...env }, stdio: 'ignore' });
  const ended = new Promise((done) => child.once('close', done));
  await expect.poll(() => real.connections, { timeout: 120_000 }).toBeGreaterThan(0);
  child.kill();
  await ended;
  real.connections = 0;
}

const tofuEnv = (): Record<string, string> => ({ TF_CLI_CONFIG_FILE: settings, TF_IN_AUTOMATION: '1' });

describe('OpenTofu', () => {
  it('plans, applies and plans again on the simulated host, beside the state of the real cluster', async ({ skip }) => {
    const program = need(tofu, skip);
    need(provider, skip);
    const state = join(directory, 'out/tofu/terraform.tfstate');
    writeFileSync(state, 'of the real cluster');
    const tofuRun = (...words: string[]) => pointed('out/tofu', [program, ...words, '-no-color'], tofuEnv());
    const initialised = tofuRun('init', '-input=false');
    expect(initialised.exitCode, initialised.said).toBe(0);
    const planned = tofuRun('plan', '-input=false', '-detailed-exitcode', '-out=tfplan');
    expect(planned.exitCode, planned.said).toBe(2);
    const applied = tofuRun('apply', '-input=false', 'tfplan');
    expect(applied.exitCode, applied.said).toBe(0);
    expect(await newRequests()).toContainEqual(expect.stringMatching(/^POST \/nodes\/pve1\/qemu .*vmid=1011/));
    const again = tofuRun('plan', '-input=false', '-detailed-exitcode');
    expect(again.exitCode, again.said).toBe(0);
    expect(await newRequests()).toContainEqual(expect.stringMatching(/^GET \/nodes\/pve1\/qemu\/1011\/config/));
    expect(readFileSync(state, 'utf8')).toBe('of the real cluster');
    expect(real.connections).toBe(0);
    // What OpenTofu left beside the rendered files is none of the committed output.
    expect(run(process.execPath, [PROGRAM, 'check'], { cwd: directory }).exitCode).toBe(0);
  });
});

describe('OpenTofu without the variable of the endpoint', () => {
  it('goes to the host that the rendered configuration names: the listener counts', async ({ skip }) => {
    const program = need(tofu, skip);
    need(provider, skip);
    const script = '. "$0" && unset TF_VAR_proxmox_endpoint && exec "$@"';
    const words = [join(directory, 'simulator.env'), program, 'plan', '-input=false', '-no-color'];
    await connects('sh', ['-c', script, ...words], 'out/tofu', tofuEnv());
  });
});

describe('Ansible', () => {
  const ansible = (bin: string) => ({
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    ANSIBLE_HOME: join(bin, '..', 'home'),
    ANSIBLE_LOCAL_TEMP: join(directory, 'tmp'),
    ANSIBLE_NOCOLOR: '1',
  });

  it('plans on the simulated host', async ({ skip }) => {
    const bin = need(newest, skip);
    mkdirSync(join(directory, 'tmp'), { recursive: true });
    const words = [join(bin, 'ansible-playbook'), 'playbooks/plan.yaml'];
    const { exitCode, said } = pointed('out/ansible', words, ansible(bin));
    expect(exitCode, said).toBe(0);
    expect(await newRequests()).toContainEqual(expect.stringMatching(/^GET \/nodes\/pve1\/qemu/));
    expect(real.connections).toBe(0);
  });

  it('goes to the real host without what the simulator prints: the listener counts', async ({ skip }) => {
    const bin = need(newest, skip);
    const env = { ...ansible(bin), PROXMOX_TOKEN_SECRET: 'x' };
    await connects(join(bin, 'ansible-playbook'), ['playbooks/plan.yaml'], 'out/ansible', env);
  });
});

describe('the Crossplane provider', () => {
  /** The keys of the Secret that a ProviderConfig reads are arguments of the provider that it embeds. */
  const CONFIGURATION = `
terraform {
  required_providers {
    proxmox = {
      source  = "bpg/proxmox"
      version = "${VERSIONS.provider.version}"
    }
  }
}
variable "credentials" {}
locals { credentials = jsondecode(file(var.credentials)) }
provider "proxmox" {
  endpoint  = local.credentials.endpoint
  api_token = local.credentials.api_token
  insecure  = local.credentials.insecure
}
data "proxmox_virtual_environment_nodes" "all" {}
output "hosts" { value = data.proxmox_virtual_environment_nodes.all.names }
`;

  it('comes to the simulated host by its credentials alone', async ({ skip }) => {
    const program = need(tofu, skip);
    need(provider, skip);
    const file = /credentials for the Crossplane provider: (.*)/.exec(simulation.said.stderr)?.[1] ?? '';
    const secret = parse(readFileSync(join(directory, 'out/crossplane/20-config/secret.example.yaml'), 'utf8'));
    const credentials = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(Object.keys(credentials)).toEqual(Object.keys(JSON.parse(secret.stringData.credentials)));
    expect(Object.values(credentials).every((value) => typeof value === 'string')).toBe(true);
    const cwd = join(directory, 'provider');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'main.tf'), CONFIGURATION);
    // No authority, no endpoint and no token in the environment: a pod has none of them.
    const env = { ...tofuEnv(), TF_VAR_credentials: file, PROXMOX_VE_ENDPOINT: real.url };
    const before = real.connections;
    for (const words of [['init'], ['apply', '-auto-approve']]) {
      const { exitCode, said } = run(program, [...words, '-input=false', '-no-color'], { cwd, env });
      expect(exitCode, said).toBe(0);
      if (words[0] === 'apply') expect(said).toMatch(/"pve1",\n\s*"pve2",/);
    }
    expect(await newRequests()).toContainEqual(expect.stringMatching(/^GET \/nodes/));
    expect(real.connections).toBe(before);
  });
});
