/** The life of VMs under the playbooks: templates, clones, limits, refusals, status, the end; on a simulated Proxmox VE. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignVm, type VirtualMachine } from '../../src/simulator/index.ts';
import { leftovers, saveVms } from '../../src/simulator/rehearsal/foreign.ts';
import { ansibleStage, type AnsibleStage } from './ansible-stage.ts';
import { need } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);
const MINUTES = 60_000;

function onVms(stage: AnsibleStage): VirtualMachine[] {
  return stage.simulator.host.vms.all().filter(({ config }) => config.get('template') !== '1');
}

describe('clones of a template, on two hosts', () => {
  let stage: AnsibleStage;
  beforeAll(async () => {
    if ('path' in newest)
      stage = await ansibleStage({
        bin: newest.path,
        name: 'template-clone',
        seed: { templates: false },
        simulator: { staleMilliseconds: 100 },
        pace: 0.1,
      });
  });
  afterAll(async () => {
    if ('path' in newest) await stage.stop();
  });

  it('the template is built from nothing, never started, and left alone by a second run', async ({ skip }) => {
    need(newest, skip);
    const first = await stage.play('create-template');
    expect(first.exitCode, first.said).toBe(0);
    const [template] = stage.simulator.host.vms.all();
    expect(template?.config.get('template')).toBe('1');
    expect(stage.simulator.log.entries().some(({ path }) => path.endsWith('/status/start'))).toBe(false);
    const mark = stage.simulator.log.mark();
    const second = await stage.play('create-template');
    expect(second.exitCode, second.said).toBe(0);
    expect(stage.simulator.log.writes(mark)).toEqual([]);
  });

  it('one that differs is refused, and nothing is written', async ({ skip }) => {
    need(newest, skip);
    const template = stage.simulator.host.vms.all()[0];
    const bios = template?.config.get('bios') ?? '';
    template?.config.set('bios', 'seabios');
    const mark = stage.simulator.log.mark();
    const { exitCode, said } = await stage.play('create-template');
    template?.config.set('bios', bios);
    expect(exitCode).not.toBe(0);
    expect(said).toMatch(/its bios is seabios and should be ovmf/);
    expect(stage.simulator.log.writes(mark)).toEqual([]);
  });

  it('a clone that was broken off right after it was made is completed by the next run', async ({ skip }) => {
    need(newest, skip);
    stage.simulator.setFaults([
      { at: { endpoint: 'POST /nodes/{node}/qemu/{vmid}/clone' }, effect: { kind: 'drop-after' }, times: 2 },
    ]);
    const broken = await stage.play('provision-vms');
    expect(broken.exitCode).not.toBe(0);
    stage.simulator.setFaults([]);
    const { exitCode, said } = await stage.play('provision-vms');
    expect(exitCode, said).toBe(0);
    expect(stage.differences()).toEqual([]);
  });

  it('destroy keeps the template, unless it is asked for too', async ({ skip }) => {
    need(newest, skip);
    const kept = await stage.play('destroy-vms');
    expect(kept.exitCode, kept.said).toBe(0);
    expect(leftovers(stage.simulator.host, stage.cluster)).toEqual([]);
    expect(stage.simulator.host.vms.all()).toHaveLength(stage.cluster.proxmox.templates.length);
    const all = await stage.play('destroy-vms', '-e', 'proxmox_vm_destroy_templates=true');
    expect(all.exitCode, all.said).toBe(0);
    expect(stage.simulator.host.vms.all()).toEqual([]);
  });
});

describe('what is not ours or cannot be done', () => {
  let stage: AnsibleStage;
  const FOREIGN = 1012;
  beforeAll(async () => {
    if (!('path' in newest)) return;
    stage = await ansibleStage({
      bin: newest.path,
      name: 'sample',
      seed: { foreign: [foreignVm(FOREIGN, 'pve2', 'tank')] },
    });
  });
  afterAll(async () => {
    if ('path' in newest) await stage.stop();
  });

  it('a foreign VM on a wanted id stops the run before the first write', async ({ skip }) => {
    need(newest, skip);
    const before = saveVms(stage.simulator.host, new Set([FOREIGN]));
    for (const playbook of ['provision-vms', 'destroy-vms'] as const) {
      const { exitCode, said } = await stage.play(playbook);
      expect(exitCode).not.toBe(0);
      expect(said).toMatch(/VM id 1012 belongs to foreign-1012 on pve2, which is not of this cluster/);
    }
    expect(stage.simulator.log.writes()).toEqual([]);
    expect(saveVms(stage.simulator.host, new Set([FOREIGN]))).toEqual(before);
  });

  it('--limit leaves the others out: of the work, and of the refusal', async ({ skip }) => {
    need(newest, skip);
    const { exitCode, said } = await stage.play('provision-vms', '--limit', 'cp-1,w-1,w-2,w-3');
    expect(exitCode, said).toBe(0);
    expect(stage.simulator.log.writesTo([FOREIGN, 1013])).toEqual([]);
    expect(onVms(stage).map(({ vmid }) => vmid)).toEqual([1011, 1012, 1021, 1022, 1023]);
  });

  it('plan says of every VM what it is, and of what provision would refuse, why', async ({ skip }) => {
    need(newest, skip);
    const { host } = stage.simulator;
    const vm = (id: number): VirtualMachine => host.vms.find(id) as VirtualMachine;
    const change = (id: number, key: string, pattern: RegExp, text: string): void => {
      vm(id).config.set(key, (vm(id).config.get(key) ?? '').replace(pattern, text));
    };
    change(1021, 'scsi0', /size=128G/, 'size=256G');
    change(1022, 'scsi0', /^tank:/, 'elsewhere:');
    change(1023, 'efidisk0', /pre-enrolled-keys=0/, 'pre-enrolled-keys=1');
    vm(1011).node = 'pve2';
    const orphan = foreignVm(1044, 'pve1', 'local-zfs', 'w-9');
    host.vms.announce(
      host.vms.add(
        1044,
        'pve1',
        new Map(
          Object.entries({
            ...orphan.config,
            tags: 'kubernetes;linux;talos;worker',
            description: 'Talos worker w-9 of cluster home, managed by talmox',
          }),
        ),
      ),
    );
    const mark = stage.simulator.log.mark();
    const { outcome, vms } = await stage.plan();
    expect(outcome.exitCode).not.toBe(0);
    expect(Object.fromEntries([...vms].map(([name, { action }]) => [name, action]))).toEqual({
      'cp-1': 'refused',
      'cp-2': 'foreign',
      'cp-3': 'create',
      'w-1': 'refused',
      'w-2': 'refused',
      'w-3': 'refused',
      'w-9': 'orphan',
    });
    const problems = (name: string): string => vms.get(name)?.problems?.join() ?? '';
    expect(problems('cp-1')).toMatch(/on pve2 and belongs on pve1: migrate it/);
    expect(problems('w-1')).toMatch(/256 GiB and should have 128: a disk cannot shrink/);
    expect(problems('w-2')).toMatch(/on storage elsewhere and belongs on tank/);
    expect(problems('w-3')).toMatch(/efidisk0 has pre-enrolled-keys 1 and should have 0/);
    const provisioned = await stage.play('provision-vms');
    expect(provisioned.exitCode).not.toBe(0);
    expect(stage.simulator.log.writes(mark)).toEqual([]);
  });
});

describe('the end', () => {
  let stage: AnsibleStage;
  beforeAll(async () => {
    if (!('path' in newest)) return;
    // TPM, Secure Boot, watchdog, and protection from removal.
    stage = await ansibleStage({ bin: newest.path, name: 'secure-boot' });
    expect((await stage.play('provision-vms')).exitCode).toBe(0);
  }, 10 * MINUTES);
  afterAll(async () => {
    if ('path' in newest) await stage.stop();
  });

  it('status says how every VM is, also to a program', async ({ skip }) => {
    need(newest, skip);
    const { exitCode, said } = await stage.play('status-vms');
    expect(exitCode, said).toBe(0);
    expect(said).toMatch(/211 +vault-1 +pve +running +10\.30\.0\.11 +answers +closed +none/);
    const { vms } = JSON.parse(readFileSync(join(stage.directory, '.run/status.json'), 'utf8')) as {
      vms: readonly object[];
    };
    expect(vms[0]).toMatchObject({
      vmid: 211,
      name: 'vault-1',
      node: 'pve',
      status: 'running',
      address: '10.30.0.11',
      agent: 'answers',
      talos: 'closed',
      action: 'none',
      changes: [],
    });
  });

  it('a protected VM and a wrong name are refused before anything is stopped', async ({ skip }) => {
    need(newest, skip);
    const mark = stage.simulator.log.mark();
    const unconfirmed = await stage.play('destroy-vms', '-e', 'proxmox_vm_destroy_confirm=');
    expect(unconfirmed.said).toMatch(/Nothing was destroyed\. Confirm with -e proxmox_vm_destroy_confirm=vault/);
    onVms(stage)[0]?.config.set('protection', '0');
    const { exitCode, said } = await stage.play('destroy-vms');
    expect(exitCode).not.toBe(0);
    expect(said).toMatch(/Nothing was destroyed\. vault-2 is protected/);
    expect(stage.simulator.log.writes(mark)).toEqual([]);
  });

  it('an orderly shutdown comes first, --limit holds, and no volume is left', async ({ skip }) => {
    need(newest, skip);
    const mark = stage.simulator.log.mark();
    const { exitCode, said } = await stage.play('destroy-vms', '--limit', 'vault-1');
    expect(exitCode, said).toBe(0);
    expect(stage.simulator.log.writes(mark).map(({ endpoint }) => endpoint)).toEqual([
      'POST /nodes/{node}/qemu/{vmid}/status/shutdown',
      'DELETE /nodes/{node}/qemu/{vmid}',
    ]);
    expect(onVms(stage).map(({ config }) => config.get('name'))).toEqual(['vault-2']);
    expect(stage.simulator.host.storages.allVolumes().filter(({ vmid }) => vmid === 211)).toEqual([]);
  });
});
