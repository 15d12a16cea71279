/**
 * The life of a cluster through `talmox plan`, `apply`, `status` and `destroy`, as a pipeline runs them: exit codes, and
 * every value as it was written, also those that look like something else to YAML 1.1 or to Jinja.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asVmCluster, type VmCluster } from '../../src/model/cluster.ts';
import {
  foreignVm,
  QUICK_DURATIONS,
  seedOf,
  startSimulator,
  tokenOf,
  type Simulator,
} from '../../src/simulator/index.ts';
import { modelDifferences } from '../../src/simulator/compare/model-differences.ts';
import { leftovers } from '../../src/simulator/rehearsal/foreign.ts';
import { validateTexts } from '../support/validation.ts';
import { PROGRAM, start } from '../support/program.ts';
import { need } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);

/** Addresses on loopback, where something can answer in place of Talos. */
const CLUSTER = `
cluster_name: "no"
node_cidr: 127.66.0.0/24
cluster_api_addr: 127.66.0.5
talos_version: "1.13.9"
kubernetes_version: "1.36.3"
proxmox_api_url: https://127.66.0.2:8006
proxmox_api_token_id: "{{user}}@pve!on"
proxmox_node: "on"
proxmox_disk_storage: "off"
proxmox_vm_advanced: { network_bridge: "y", tags: ["007", "1_000", "true", "1.5", "null", "0x1F"] }
ansible: { wait_timeout: 30 }
proxmox: { default_target: ansible, pool: "0o17", hosts: { "1e3": { disk_storage: "null.1", bridge: "n" } } }
`;
const NODES = `
nodes:
  - { name: "yes", address: 127.66.0.11, controller: true, mac_addr: "02:12:34:56:01:11" }
  - { name: "0777", address: 127.66.0.12, controller: false, mac_addr: "02:00:00:00:00:12", proxmox_node: "1e3" }
  - name: "1e5"
    address: 127.66.0.13
    controller: false
    vm_tags: ["off", "08"]
    vm_extra_disks: [{ name: "null", size: 20, serial: "0755" }, { size: 20, serial: "1_0" }]
    vm_extra_nics: [{ bridge: "off", mac_addr: "02:00:00:00:00:14" }]
`;

describe('a cluster of values that look like others', () => {
  let cluster: VmCluster;
  let simulator: Simulator;
  const answering: Server[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
  afterAll(async () => {
    for (const server of answering) server.close();
    if ('path' in newest) await simulator.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeAll(async () => {
    if (!('path' in newest)) return;
    const { cluster: valid, issues } = validateTexts(CLUSTER, NODES);
    if (valid === null) throw new Error(JSON.stringify(issues));
    cluster = asVmCluster(valid);
    simulator = await startSimulator({
      taskDurations: QUICK_DURATIONS,
      seed: seedOf(cluster),
      token: tokenOf(cluster),
    });
    writeFileSync(join(directory, 'cluster.yaml'), CLUSTER);
    writeFileSync(join(directory, 'nodes.yaml'), NODES);
    execFileSync(process.execPath, [PROGRAM, 'configure'], { cwd: directory, stdio: 'ignore' });
    for (const { address } of cluster.nodes)
      answering.push(createServer((socket) => socket.end()).listen(50_000, address));
  });

  const talmox = async (
    bin: string,
    ...args: readonly string[]
  ): Promise<{ readonly exitCode: number | null; readonly said: string }> => {
    const env = {
      ...process.env,
      ...simulator.env(),
      LC_ALL: 'C.UTF-8',
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      ANSIBLE_HOME: join(bin, '..', 'home'),
      ANSIBLE_NOCOLOR: '1',
    };
    const { said, ended } = start([...args, '--target', 'ansible'], { cwd: directory, env });
    const [exitCode] = await ended;
    return { exitCode, said: said.stdout + said.stderr };
  };

  it('plan exits 2 while there is something to create, apply creates it as it was written, plan exits 0', async ({
    skip,
  }) => {
    const bin = need(newest, skip);
    const before = await talmox(bin, 'plan');
    expect(before.exitCode, before.said).toBe(2);
    expect(before.said).toMatch(/0777 +1e3 +create/);
    expect(simulator.log.writes()).toEqual([]);
    const applied = await talmox(bin, 'apply');
    expect(applied.exitCode, applied.said).toBe(0);
    expect(modelDifferences(simulator.host, cluster)).toEqual([]);
    const after = await talmox(bin, 'plan');
    expect(after.exitCode, after.said).toBe(0);
  });

  it('plan exits 2 for a change, and 1 where apply would refuse', async ({ skip }) => {
    const bin = need(newest, skip);
    const changed = simulator.host.vms.find(cluster.nodes[0]?.vm.vmId ?? 0);
    changed?.config.set('tags', '7');
    const differs = await talmox(bin, 'plan');
    expect(differs.exitCode, differs.said).toBe(2);
    expect(differs.said).toContain('tags: 7 -> ');
    const foreign = foreignVm(999, 'on', 'off');
    const uuid = changed?.config.get('smbios1') ?? '';
    const name = changed?.config.get('name') ?? '';
    for (const [key, value] of Object.entries({ smbios1: String(foreign.config['smbios1']), name: 'somebody' }))
      changed?.config.set(key, value);
    const refused = await talmox(bin, 'plan');
    expect(refused.exitCode, refused.said).toBe(1);
    for (const [key, value] of Object.entries({ smbios1: uuid, name })) changed?.config.set(key, value);
  });

  it('status exits 0, and destroy removes them once the name is typed', async ({ skip }) => {
    const bin = need(newest, skip);
    const status = await talmox(bin, 'status');
    expect(status.exitCode, status.said).toBe(0);
    const unconfirmed = await talmox(bin, 'destroy', '--confirm', 'yes');
    expect(unconfirmed.exitCode).not.toBe(0);
    const destroyed = await talmox(bin, 'destroy', '--confirm', 'no');
    expect(destroyed.exitCode, destroyed.said).toBe(0);
    expect(leftovers(simulator.host, cluster)).toEqual([]);
  });
});
