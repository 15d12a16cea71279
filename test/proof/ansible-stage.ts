/**
 * A simulated Proxmox VE in this process and the real Ansible beside it: playbooks run against it, while a
 * test reads and changes the host's state, its request log and its faults.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vmCluster, type VmCluster } from '../../src/model/cluster.ts';
import type { Difference } from '../../src/simulator/compare/differences.ts';
import { modelDifferences } from '../../src/simulator/compare/model-differences.ts';
import {
  QUICK_DURATIONS,
  seedOf,
  startSimulator,
  tokenOf,
  type ClusterSeedOptions,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import { generateTexts } from '../support/pipeline.ts';
import { validateTexts } from '../support/validation.ts';
import { layPace } from './paced.ts';
import { clusterOf, layFiles, renderInto, type Outcome } from './support.ts';

export type Playbook = 'provision-vms' | 'plan' | 'status-vms' | 'destroy-vms' | 'create-template';

export interface PlanEntry {
  readonly vmid: number;
  readonly name: string;
  readonly action: string;
  readonly changes?: readonly {
    readonly field: string;
    readonly from: string;
    readonly to: string;
    readonly restart: boolean;
  }[];
  readonly restart?: readonly string[];
  readonly problems?: readonly string[];
}

export interface AnsibleStage {
  readonly cluster: VmCluster;
  readonly simulator: Simulator;
  /** The rendered `out/ansible`. */
  readonly directory: string;
  /** @param playbook one of ours, or the path of another from `directory` on */
  play(playbook: Playbook | `${string}.yaml`, ...args: readonly string[]): Promise<Outcome>;
  /** Runs `plan`. @returns what it left for programs, by name of the VM */
  plan(
    ...args: readonly string[]
  ): Promise<{ readonly outcome: Outcome; readonly vms: ReadonlyMap<string, PlanEntry> }>;
  /** Where the cluster's VMs are not what the model demands. */
  differences(): readonly Difference[];
  stop(): Promise<void>;
}

export interface Inputs {
  readonly cluster: string;
  readonly nodes: string;
}

export interface StageOptions {
  /** The folder of Ansible's programs. */
  readonly bin: string;
  /** A case of the proofs: `sample`, or a valid fixture; or two texts. */
  readonly name: string | Inputs;
  readonly env?: Readonly<Record<string, string>>;
  readonly seed?: ClusterSeedOptions;
  readonly simulator?: Omit<SimulatorOptions, 'seed' | 'token'>;
  /** Factor of every sleep of a module: it polls as often, and waits less. 0.05 by default. */
  readonly pace?: number;
}

export async function ansibleStage(options: StageOptions): Promise<AnsibleStage> {
  const { bin, name, env = {}, seed = {}, pace = 0.05 } = options;
  const cluster = clusterFrom(name);
  const simulator = await startSimulator({
    taskDurations: QUICK_DURATIONS,
    ...options.simulator,
    seed: seedOf(cluster, seed),
    token: tokenOf(cluster),
  });
  const root = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
  if (typeof name === 'string') renderInto(name, join(root, 'out'));
  else layFiles(generateTexts(name.cluster, name.nodes).files, join(root, 'out'));
  const directory = join(root, 'out/ansible');
  const pythonPath = join(root, 'paced');
  layPace(pythonPath, pace);
  const environment = {
    ...process.env,
    ...simulator.env(),
    LC_ALL: 'C.UTF-8',
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    PYTHONPATH: pythonPath,
    ANSIBLE_HOME: join(bin, '..', 'home'),
    ANSIBLE_LOCAL_TEMP: join(pythonPath, 'tmp'),
    ANSIBLE_NOCOLOR: '1',
    ...env,
  };
  const play = (playbook: Playbook | `${string}.yaml`, ...args: readonly string[]): Promise<Outcome> =>
    run(
      join(bin, 'ansible-playbook'),
      [
        playbook.endsWith('.yaml') ? playbook : `playbooks/${playbook}.yaml`,
        '-e',
        'proxmox_vm_wait=false',
        ...confirmation(playbook, cluster),
        ...args,
      ],
      directory,
      environment,
    );
  return {
    cluster,
    simulator,
    directory,
    play,
    plan: async (...args) => {
      rmSync(join(directory, '.run'), { recursive: true, force: true });
      const outcome = await play('plan', ...args);
      const { vms } = JSON.parse(readFileSync(join(directory, '.run/plan.json'), 'utf8')) as {
        vms: readonly PlanEntry[];
      };
      return { outcome, vms: new Map(vms.map((vm) => [vm.name, vm])) };
    },
    differences: () => modelDifferences(simulator.host, cluster),
    stop: async () => {
      await simulator.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function clusterFrom(name: string | Inputs): VmCluster {
  const found = typeof name === 'string' ? clusterOf(name) : validateTexts(name.cluster, name.nodes).cluster;
  const cluster = found === null ? null : vmCluster(found);
  if (cluster === null) throw new Error('the case has no VMs');
  return cluster;
}

function confirmation(playbook: string, { name }: VmCluster): string[] {
  return playbook === 'destroy-vms' ? ['-e', `proxmox_vm_destroy_confirm=${name}`] : [];
}

/** Not `spawnSync`: the simulator answers from this very thread. */
function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, said] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      said += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ exitCode: code ?? 128, stdout, said });
    });
  });
}
