/** The token of `create-token.sh` may do what the playbooks ask for, all of it is asked for, and without any of it something is refused. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seedOf, startSimulator, type LimitedAccess } from '../../src/simulator/index.ts';
import { leftovers } from '../../src/simulator/rehearsal/foreign.ts';
import { clientOf, type Form } from '../support/pve.ts';
import { ansibleStage, type AnsibleStage } from './ansible-stage.ts';
import { knownFault } from './known-fault.ts';
import { need } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);

describe('the token that create-token.sh makes', () => {
  it.for([
    ['sample', '9.1'],
    ['minimal', '8.4'],
    ['template-clone', '9.1'],
  ] as const)(
    'is enough for every playbook of %s on Proxmox VE %s, and with any privilege less something is refused',
    async ([name, version], { skip }) => {
      const bin = need(newest, skip);
      const granted = await grantsOf(bin, name, version);
      const access = withPools(granted);
      const stage = await ansibleStage({
        bin,
        name,
        seed: { access, templates: false },
        simulator: { version, staleMilliseconds: 100 },
        pace: 0.1,
      });
      onTestFinished(() => stage.stop());
      for (const playbook of ['create-template', 'provision-vms', 'plan', 'status-vms', 'destroy-vms'] as const) {
        const { exitCode, said } = await stage.play(playbook);
        expect(exitCode, said).toBe(0);
      }
      expect(leftovers(stage.simulator.host, stage.cluster)).toEqual([]);
      const user = `${stage.simulator.token.user}!${stage.simulator.token.name}`;
      const asked = stage.simulator.host.access.consultations().filter((entry) => entry.user === user && entry.granted);
      const unasked = (granted.acl ?? [])
        .filter(({ who }) => who === user)
        .flatMap(({ path, role, propagate }) =>
          (granted.roles?.[role] ?? [])
            .filter(
              (privilege) =>
                !asked.some((entry) => entry.privilege === privilege && covers(path, propagate, entry.path, stage)),
            )
            .map((privilege) => `${path} ${privilege}`),
        );
      expect(unasked).toEqual([]);
      const spare: string[] = [];
      for (const [role, privileges] of Object.entries(granted.roles ?? {})) {
        for (const missing of privileges) {
          const less = {
            ...access,
            roles: { ...access.roles, [role]: privileges.filter((privilege) => privilege !== missing) },
          };
          if (!(await isRefused(stage, version, less))) spare.push(`${role} ${missing}`);
        }
      }
      expect(spare).toEqual([]);
    },
  );
});

describe('what create-token.sh forgets', () => {
  knownFault(
    'with the token of create-token.sh Ansible puts VMs into the pool that they are in, which is refused',
    /Permission check failed \(\/pool\/talos-home, Pool\.Allocate\)/,
    async ({ skip }) => {
      const bin = need(newest, skip);
      const access = await grantsOf(bin, 'sample', '9.1');
      const stage = await ansibleStage({ bin, name: 'sample', seed: { access, templates: false }, pace: 0.1 });
      onTestFinished(() => stage.stop());
      const { exitCode, said } = await stage.play('provision-vms');
      expect(exitCode, said).toBe(0);
    },
  );
});

/** What the rendered script grants, under the names of the case. */
async function grantsOf(bin: string, name: string, version: string): Promise<LimitedAccess> {
  const probe = await ansibleStage({ bin, name });
  const access = accessOf(probe, version);
  await probe.stop();
  return access;
}

/** Proxmox VE tells the pool of a VM only to whoever may audit the pool: what the script forgets, for the rest of it. */
function withPools({ roles = {}, acl = [] }: LimitedAccess): LimitedAccess {
  const pools = acl.filter(({ path }) => path.startsWith('/pool/'));
  return { roles, acl: [...acl, ...pools.map((entry) => ({ ...entry, role: 'PVEPoolUser' }))] };
}

/** Sends what the playbooks sent to a host where the token may less. @returns is anything refused that was not? */
async function isRefused(
  { cluster, simulator: healthy }: AnsibleStage,
  version: string,
  access: LimitedAccess,
): Promise<boolean> {
  const simulator = await startSimulator({
    version,
    seed: seedOf(cluster, { access, templates: false }),
    token: healthy.token,
  });
  const client = clientOf(simulator);
  try {
    for (const { method, path, parameters, status } of healthy.log.entries()) {
      if (path.includes('/tasks/')) continue;
      const { digest: _digest, ...form } = parameters;
      const answer = await client.call(method, path.split('/').map(encodeURIComponent).join('/'), form as Form);
      await simulator.host.tasks.settled();
      if (status === 200 && answer.status === 403) return true;
    }
    return false;
  } finally {
    await client.close();
  }
}

function covers(path: string, propagate: boolean | undefined, asked: string, { cluster }: AnsibleStage): boolean {
  const inPool = path.startsWith('/pool/') && cluster.nodes.some(({ vm }) => asked === `/vms/${vm.vmId}`);
  return asked === path || inPool || (propagate !== false && asked.startsWith(`${path}/`));
}

/** Runs the script with a `pveum` that only writes down what it is told. */
function accessOf({ directory, simulator }: AnsibleStage, version: string): LimitedAccess {
  const bin = mkdtempSync(join(tmpdir(), 'talmox-pveum-'));
  onTestFinished(() => {
    rmSync(bin, { recursive: true, force: true });
  });
  const calls = join(bin, 'calls');
  writeFileSync(join(bin, 'pveum'), `#!/bin/sh\nprintf '%s\\t' "$@" >> ${calls}\necho >> ${calls}\n`, { mode: 0o755 });
  writeFileSync(join(bin, 'pveversion'), `#!/bin/sh\necho pve-manager/${version}.1/abc\n`, { mode: 0o755 });
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    PROXMOX_USER: simulator.token.user,
    PROXMOX_TOKEN_ID: simulator.token.name,
  };
  execFileSync(join(directory, 'create-token.sh'), { env });
  const words = readFileSync(calls, 'utf8')
    .split('\n')
    .map((line) => line.split('\t'));
  const option = (line: readonly string[], name: string): string => line[line.indexOf(name) + 1] ?? '';
  return {
    roles: Object.fromEntries(
      words
        .filter(([what, verb]) => what === 'role' && verb === 'add')
        .map((line) => [line[2] ?? '', option(line, '--privs').split(' ')]),
    ),
    acl: words
      .filter(([what]) => what === 'acl')
      .map((line) => ({
        path: line[2] ?? '',
        role: option(line, '--roles'),
        who: option(line, line.includes('--tokens') ? '--tokens' : '--users'),
        propagate: option(line, '--propagate') === '1',
      })),
  };
}
