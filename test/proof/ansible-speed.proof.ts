/** How long many clones take, beside a sequential loop: `node test/proof/bench-ansible.mjs`. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { REAL_DURATIONS } from '../../src/simulator/index.ts';
import { ansibleStage, type AnsibleStage, type Inputs } from './ansible-stage.ts';
import { need } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);
const [vms = 0, looped = 0] = (process.env['TALMOX_SPEED'] ?? '').split(',').map(Number);
const LEAST = 5;

function inputs(count: number): Inputs {
  const cluster = {
    cluster_name: 'many',
    node_cidr: '10.60.0.0/22',
    cluster_api_addr: '10.60.0.5',
    talos_version: '1.13.9',
    kubernetes_version: '1.36.3',
    proxmox_api_url: 'https://10.60.0.2:8006',
    proxmox_api_token_id: 'automation@pve!talmox',
    proxmox_node: 'pve',
    proxmox: { boot_source: 'template' },
    ansible: { forks: 25 },
  };
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `n-${index + 1}`,
    address: `10.60.1.${index + 1}`,
    controller: index < 3,
  }));
  return { cluster: stringify(cluster), nodes: stringify({ nodes }) };
}

/** The loop, corrected only so far that it runs: it knows its user, its ids, and the time that a clone takes. */
function loop({ cluster }: AnsibleStage): string {
  const [template] = cluster.proxmox.templates;
  const module = 'community.proxmox.proxmox_kvm';
  const host = { api_host: '{{ lookup("env", "PROXMOX_HOST") }}', api_port: '{{ lookup("env", "PROXMOX_PORT") }}' };
  const each = { loop: '{{ nodes }}' };
  return stringify([
    {
      hosts: 'localhost',
      gather_facts: false,
      vars: {
        ansible_python_interpreter: '{{ ansible_playbook_python }}',
        nodes: cluster.nodes.map(({ name, vm }) => ({ name, id: vm.vmId, size: vm.disks[0].sizeGiB })),
      },
      module_defaults: { 'group/community.proxmox.proxmox': host },
      tasks: [
        {
          [module]: {
            node: 'pve',
            vmid: template?.vmId,
            clone: 'x',
            newid: '{{ item.id }}',
            name: '{{ item.name }}',
            full: true,
            storage: template?.storage,
            timeout: 600,
          },
          ...each,
        },
        {
          'community.proxmox.proxmox_disk': {
            vmid: '{{ item.id }}',
            disk: 'scsi0',
            size: '{{ item.size }}G',
            state: 'resized',
          },
          ...each,
        },
        { [module]: { vmid: '{{ item.id }}', state: 'started' }, ...each },
      ],
    },
  ]);
}

async function stageOf(bin: string, count: number): Promise<AnsibleStage> {
  const stage = await ansibleStage({ bin, name: inputs(count), simulator: { taskDurations: REAL_DURATIONS }, pace: 1 });
  onTestFinished(() => stage.stop());
  return stage;
}

async function secondsOf(work: () => Promise<{ readonly exitCode: number; readonly said: string }>): Promise<number> {
  const start = performance.now();
  const { exitCode, said } = await work();
  expect(exitCode, said.slice(-3000)).toBe(0);
  return (performance.now() - start) / 1000;
}

it.skipIf(vms === 0)(
  'many clones are made at least five times as fast as by a loop',
  { timeout: 60 * 60_000 },
  async ({ skip }) => {
    const bin = need(newest, skip);
    const stage = await stageOf(bin, vms);
    const ours = await secondsOf(() => stage.play('provision-vms'));
    expect(stage.differences()).toEqual([]);
    const mark = stage.simulator.log.mark();
    const again = await secondsOf(() => stage.play('provision-vms'));
    const requests = stage.simulator.log.entries(mark).length;
    const small = await stageOf(bin, looped);
    writeFileSync(join(small.directory, 'loop.yaml'), loop(small));
    const theirs = await secondsOf(() => small.play('loop.yaml'));
    const scaled = (theirs / looped) * vms;
    process.stdout.write(
      `${vms} VMs: ${ours.toFixed(0)} s; again ${again.toFixed(0)} s, ${requests} requests; loop of ${looped} ${theirs.toFixed(0)} s, of ${vms} ${scaled.toFixed(0)} s: ${(scaled / ours).toFixed(1)} times as fast\n`,
    );
    expect(stage.simulator.log.writes(mark)).toEqual([]);
    expect(scaled / ours).toBeGreaterThan(LEAST);
  },
);
