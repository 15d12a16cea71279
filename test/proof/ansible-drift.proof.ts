/** A VM that somebody changed: seen by plan, field by field, and repaired by provision, or refused before any write. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { VirtualMachine } from '../../src/simulator/index.ts';
import { ansibleStage, type AnsibleStage, type PlanEntry } from './ansible-stage.ts';
import { need } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);
const GIB = 2 ** 30;
const MINUTES = 60_000;

/** VM, key of its configuration, the value that somebody gave it (`null`: taken away), only the next start repairs it. */
type OptionDrift = readonly [vm: string, key: string, value: string | null, restart: boolean];

const SAMPLE_OPTIONS: readonly OptionDrift[] = [
  ['cp-1', 'name', 'renamed', false],
  ['cp-1', 'description', 'somebody was here', false],
  ['cp-1', 'tags', 'other', false],
  ['cp-1', 'cores', '1', true],
  ['cp-1', 'sockets', '2', true],
  ['cp-1', 'cpu', 'kvm64', true],
  ['cp-1', 'memory', '2048', true],
  ['cp-1', 'balloon', '512', true],
  ['cp-1', 'numa', '0', true],
  ['cp-1', 'machine', 'pc', true],
  ['cp-1', 'bios', 'seabios', true],
  ['cp-1', 'scsihw', 'lsi', true],
  ['cp-1', 'ostype', 'other', true],
  ['cp-1', 'boot', 'order=net0', true],
  ['cp-1', 'agent', '0', true],
  ['cp-1', 'serial0', null, true],
  ['cp-1', 'vga', 'serial0', true],
  ['cp-1', 'startup', 'order=9', false],
  ['cp-1', 'onboot', '0', false],
  ['cp-2', 'net0', 'virtio=BC:24:11:99:99:99,bridge=vmbr9', false],
  ['cp-2', 'net1', 'virtio=BC:24:11:99:99:98,bridge=vmbr0', false],
  ['cp-2', 'smbios1', 'uuid=00000000-0000-4000-8000-000000000000', true],
  ['cp-3', 'ipconfig0', 'ip=dhcp', false],
  ['cp-3', 'ipconfig1', 'ip=dhcp', false],
  ['cp-3', 'nameserver', '192.0.2.1', false],
  ['cp-3', 'cicustom', 'user=local:snippets/other.yaml', false],
  ['cp-3', 'watchdog', 'model=i6300esb,action=reset', true],
];

describe('drift of the sample', () => {
  let stage: AnsibleStage;
  const wanted = new Map<string, NonNullable<PlanEntry['changes']>[number][]>();

  beforeAll(async () => {
    if (!('path' in newest)) return;
    stage = await ansibleStage({ bin: newest.path, name: 'sample' });
    const { exitCode, said } = await stage.play('provision-vms');
    expect(exitCode, said).toBe(0);
    expect(stage.differences()).toEqual([]);
  }, 10 * MINUTES);
  afterAll(async () => {
    if ('path' in newest) await stage.stop();
  });

  const vmOf = (name: string): VirtualMachine => vmNamed(stage, name);
  const expectChange = (vm: string, field: string, from: string, to: string, restart = false): void => {
    wanted.set(vm, [...(wanted.get(vm) ?? []), { field, from, to, restart }]);
  };

  it('a second run writes nothing and asks four questions per VM', async ({ skip }) => {
    need(newest, skip);
    const mark = stage.simulator.log.mark();
    const { exitCode, said } = await stage.play('provision-vms');
    expect(exitCode, said).toBe(0);
    expect(said).not.toMatch(/changed=[1-9]/);
    expect(stage.simulator.log.writes(mark)).toEqual([]);
    expect(stage.simulator.log.entries(mark).length).toBeLessThanOrEqual(4 * stage.cluster.nodes.length);
  });

  it('plan names every field that somebody changed, from and to, and nothing else', async ({ skip }) => {
    need(newest, skip);
    for (const [name, key, value, restart] of SAMPLE_OPTIONS) {
      const { config } = vmOf(name);
      expectChange(name, key, value ?? '', config.get(key) ?? '', restart);
      if (value === null) config.delete(key);
      else config.set(key, value);
    }
    changeDevices();
    const mark = stage.simulator.log.mark();
    const { outcome, vms } = await stage.plan();
    expect(outcome.exitCode, outcome.said).toBe(0);
    expect(stage.simulator.log.writes(mark)).toEqual([]);
    for (const { name } of stage.cluster.nodes) {
      expect(sorted(vms.get(name)?.changes ?? []), name).toEqual(sorted(wanted.get(name) ?? []));
      expect(vms.get(name)?.action, name).toBe('change');
    }
    expect(outcome.stdout).toMatch(/cores: 1 -> 4 \(at its next start\)/);
  });

  it('provision repairs all of it, restarting one VM at a time, workers first, and then plan says nothing', async ({
    skip,
  }) => {
    need(newest, skip);
    const mark = stage.simulator.log.mark();
    const { exitCode, said } = await stage.play('provision-vms', '-e', 'proxmox_vm_restart_if_needed=true');
    expect(exitCode, said).toBe(0);
    expect(stage.differences()).toEqual([]);
    const restarts = stage.simulator.log.writes(mark).filter(({ path }) => path.endsWith('/status/reboot'));
    expect(restarts.map(({ vmids }) => vmids[0])).toEqual(['w-1', 'w-3', 'cp-1', 'cp-2', 'cp-3'].map(idOf));
    const { vms } = await stage.plan();
    expect([...vms.values()].map(({ action }) => action)).toEqual(stage.cluster.nodes.map(() => 'none'));
  });

  const idOf = (name: string): number => stage.cluster.nodes.find((node) => node.name === name)?.vm.vmId ?? 0;

  /** Disks, drives, firmware, pool, power. */
  function changeDevices(): void {
    const { host } = stage.simulator;
    const [w1, w2, w3] = [vmOf('w-1'), vmOf('w-2'), vmOf('w-3')];
    const volume = volumeOf(w1, 'scsi0');
    w1.config.set('scsi0', `${volume},cache=writeback,size=32G`);
    const found = host.storages.volume(w1.node, volume);
    if (found !== undefined) found.size = 32 * GIB;
    expectChange('w-1', 'scsi0 size', '32G', '128G');
    expectChange('w-1', 'scsi0 options', 'cache=writeback', 'backup=0,discard=on,replicate=0,ssd=1', true);

    host.storages.remove(w2.node, volumeOf(w2, 'ide0'));
    w2.config.delete('ide0');
    host.pools.removeVm(w2.vmid);
    w2.pid = null;
    expectChange('w-2', 'ide0', '', 'tank:cloudinit');
    expectChange('w-2', 'pool', '', 'talos-home');
    expectChange('w-2', 'power', 'stopped', 'running');

    for (const [slot, to, restart] of [
      ['scsi1', 'tank:512G', false],
      ['efidisk0', 'efitype=4m,pre-enrolled-keys=0,storage=tank', true],
    ] as const) {
      host.storages.remove(w3.node, volumeOf(w3, slot));
      w3.config.delete(slot);
      expectChange('w-3', slot, '', to, restart);
    }
  }
});

describe.each(['secure-boot', 'vlan-cicustom'] as const)('drift of what %s alone has', (name) => {
  it('is seen, repaired, and gone', async ({ skip }) => {
    const stage = await ansibleStage({ bin: need(newest, skip), name });
    onTestFinished(() => stage.stop());
    const first = await stage.play('provision-vms');
    expect(first.exitCode, first.said).toBe(0);
    const wanted = name === 'secure-boot' ? disarm(stage) : unplug(stage);
    const { vms } = await stage.plan();
    for (const [vm, changes] of wanted) expect(sorted(vms.get(vm)?.changes ?? []), vm).toEqual(sorted(changes));
    const { exitCode, said } = await stage.play('provision-vms', '-e', 'proxmox_vm_restart_if_needed=true');
    expect(exitCode, said).toBe(0);
    expect(stage.differences()).toEqual([]);
    expect([...(await stage.plan()).vms.values()].map(({ action }) => action)).toEqual(
      stage.cluster.nodes.map(() => 'none'),
    );
  });
});

type Changes = NonNullable<PlanEntry['changes']>;

/** Takes options and volumes away, or gives them another value. @returns what plan should say of it */
function tamper(
  stage: AnsibleStage,
  name: string,
  drifts: readonly (readonly [key: string, value: string | null, restart: boolean, to?: string])[],
): Changes {
  const { host } = stage.simulator;
  const vm = vmNamed(stage, name);
  return drifts.map(([key, value, restart, to]) => {
    const from = vm.config.get(key) ?? '';
    if (value === null) {
      if (/^(?:tpmstate|efidisk|scsi)\d/.test(key)) host.storages.remove(vm.node, volumeOf(vm, key));
      vm.config.delete(key);
    } else vm.config.set(key, value);
    return { field: key, from: value ?? '', to: to ?? from, restart };
  });
}

/** Secure Boot, its TPM and its ISO; watchdog and protection. */
function disarm(stage: AnsibleStage): ReadonlyMap<string, Changes> {
  const iso = vmNamed(stage, 'vault-1').config.get('ide2')?.split(',')[0] ?? '';
  return new Map([
    [
      'vault-1',
      tamper(stage, 'vault-1', [
        ['tpmstate0', null, true, 'storage=local-lvm,version=v2.0'],
        ['ide2', null, true, `${iso},media=cdrom`],
        ['watchdog', null, true],
        ['protection', null, false],
      ]),
    ],
    [
      'vault-2',
      tamper(stage, 'vault-2', [
        ['protection', '0', false],
        ['watchdog', 'model=ib700,action=reset', true],
        ['boot', 'order=scsi0', true],
      ]),
    ],
  ]);
}

/** Snippets, a second and third NIC, data disks. */
function unplug(stage: AnsibleStage): ReadonlyMap<string, Changes> {
  return new Map([
    [
      'edge-cp',
      tamper(stage, 'edge-cp', [
        ['cicustom', null, false],
        ['net0', 'virtio=02:00:00:00:00:99,bridge=vmbr0', false],
      ]),
    ],
    [
      'edge-w',
      tamper(stage, 'edge-w', [
        ['cicustom', 'user=cephfs:snippets/other.yaml', false],
        ['net1', null, false],
        ['net2', 'virtio=02:00:00:00:00:21,bridge=vmbr9', false],
        ['scsi2', null, false, 'local-lvm:50G'],
      ]),
    ],
  ]);
}

function vmNamed(stage: AnsibleStage, name: string): VirtualMachine {
  const id = stage.cluster.nodes.find((node) => node.name === name)?.vm.vmId ?? 0;
  const vm = stage.simulator.host.vms.find(id);
  if (vm === undefined) throw new Error(`${name} is not there`);
  return vm;
}

function volumeOf(vm: VirtualMachine, slot: string): string {
  return vm.config.get(slot)?.split(',')[0] ?? '';
}

function sorted(changes: readonly { readonly field: string }[]): readonly object[] {
  return [...changes].sort((a, b) => (a.field < b.field ? -1 : 1));
}
