/** The token of `create-token.sh` may do what the playbooks ask for, all of it is asked for, and without any of it something is refused. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { VmNode } from '../../src/model/cluster.ts';
import { asRoot } from '../../src/simulator/handlers/console.ts';
import type { LimitedAccess } from '../../src/simulator/index.ts';
import { leftovers } from '../../src/simulator/rehearsal/foreign.ts';
import { ansibleStage, type AnsibleStage, type Playbook } from './ansible-stage.ts';
import { need } from './support.ts';
import { spare, unasked } from './token.ts';
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
      const access = await grantsOf(bin, name, version);
      const stage = await ansibleStage({
        bin,
        name,
        seed: { access, templates: false },
        simulator: { version, staleMilliseconds: 100 },
        pace: 0.1,
      });
      onTestFinished(() => stage.stop());
      const play = async (...playbooks: readonly Playbook[]): Promise<void> => {
        for (const playbook of playbooks) {
          const { exitCode, said } = await stage.play(playbook);
          expect(exitCode, said).toBe(0);
        }
      };
      await play('create-template', 'provision-vms');
      await loseCloudInit(stage);
      await play('provision-vms', 'plan', 'status-vms', 'destroy-vms');
      expect(leftovers(stage.simulator.host, stage.cluster)).toEqual([]);
      expect(unasked(stage, access)).toEqual([]);
      expect(await spare(stage, version, access)).toEqual([]);
    },
  );
});

/** Somebody takes the cloud-init drive out of the first VM, where it has one. */
async function loseCloudInit({ cluster, simulator: { host } }: AnsibleStage): Promise<void> {
  const [{ vm }] = cluster.nodes as [VmNode];
  if (vm.cloudInit === null) return;
  const place = { node: vm.pveNode, vmid: String(vm.vmId) };
  await asRoot(host, 'POST /nodes/{node}/qemu/{vmid}/status/stop', place);
  await asRoot(host, 'PUT /nodes/{node}/qemu/{vmid}/config', { ...place, delete: vm.cloudInit.drive });
  await asRoot(host, 'POST /nodes/{node}/qemu/{vmid}/status/start', place);
}

/** What the rendered script grants, under the names of the case. */
async function grantsOf(bin: string, name: string, version: string): Promise<LimitedAccess> {
  const probe = await ansibleStage({ bin, name });
  const access = accessOf(probe, version);
  await probe.stop();
  return access;
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
