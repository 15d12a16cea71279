/** A cluster of modelled nodes (`server.mjs`), and the rendered tasks run against it with the real go-task, sops and age. */

import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../../src/model/cluster.ts';
import { run, type Outcome } from '../support.ts';

export interface ModelNode {
  name: string;
  address: string;
  phase: 'off' | 'maintenance' | 'running';
  /** `v1.13.9` */
  version: string;
  schematic: string;
  kubernetes: string;
  etcd: 'none' | 'waiting' | 'member';
  config: string | null;
  boot: number;
  upAt: number;
  etcdAt: number;
}

interface State {
  nodes: Record<string, ModelNode>;
  faults: { when: string; times: number; says: string }[];
  /** The release of talosctl itself. */
  talosctl: string;
  /** What the kubeconfig holds. */
  kubeconfigKey: string;
}

export interface Programs {
  readonly task: string;
  readonly sops: string;
  readonly ageKeygen: string;
  readonly offline: string;
  readonly client: string;
}

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));

/** Starts the nodes' side, until `stop`. */
export async function startModel(): Promise<{ socket: string; stop: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'talmox-model-'));
  const socket = join(folder, 'socket');
  const server = spawn(process.execPath, [SERVER, socket], { stdio: 'inherit' });
  while (!existsSync(socket)) await setTimeout(20);
  return {
    socket,
    stop: () => {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export class ModelCluster {
  readonly folder: string;
  readonly #out: string;
  readonly #programs: Programs;
  readonly #socket: string;

  constructor(out: string, cluster: Cluster, programs: Programs, socket: string) {
    this.#socket = socket;
    this.folder = join(dirname(out), 'model');
    this.#out = out;
    this.#programs = programs;
    mkdirSync(join(this.folder, 'bin'), { recursive: true });
    run(programs.ageKeygen, ['-o', join(this.folder, 'age.key')], { cwd: this.folder });
    symlinkSync(programs.client, join(this.folder, 'bin/talosctl'));
    this.#program('sleep', 'echo $(($(cat "$TALOS_MODEL/clock") + $1)) >"$TALOS_MODEL/clock"');
    this.#program('date', 'cat "$TALOS_MODEL/clock"');
    this.#program('nc', 'exit 0');
    symlinkSync(programs.sops, join(this.folder, 'bin/sops'));
    writeFileSync(join(this.folder, 'clock'), '1000');
    for (const file of ['calls', 'events']) writeFileSync(join(this.folder, file), '');
    this.#write({
      nodes: Object.fromEntries(cluster.nodes.map((node) => [node.address, fresh(node)])),
      faults: [],
      talosctl: 'v1.13.9',
      kubeconfigKey: 'CANARY-KUBECONFIG-KEY',
    });
  }

  /** The public key that the environment names. */
  get recipient(): string {
    return /age1[0-9a-z]+/.exec(readFileSync(join(this.folder, 'age.key'), 'utf8'))?.[0] ?? '';
  }

  #program(name: string, line: string): void {
    const path = join(this.folder, 'bin', name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
  }

  #write(state: State): void {
    writeFileSync(join(this.folder, 'state.json'), JSON.stringify(state));
  }

  get state(): State {
    return JSON.parse(readFileSync(join(this.folder, 'state.json'), 'utf8')) as State;
  }

  node(name: string): ModelNode {
    const found = Object.values(this.state.nodes).find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  /** Seconds on the cluster's own clock. */
  get now(): number {
    return Number(readFileSync(join(this.folder, 'clock'), 'utf8'));
  }

  pass(seconds: number): void {
    writeFileSync(join(this.folder, 'clock'), String(this.now + seconds));
  }

  /** Changes what a node is, or what goes wrong next. */
  change(edit: (state: State) => void): void {
    const { state } = this;
    edit(state);
    this.#write(state);
  }

  /** Runs `task talos:<name>`. */
  task(name: string, ...variables: readonly string[]): Outcome {
    return run(this.#programs.task, ['--yes', `talos:${name}`, ...variables], { cwd: this.#out, env: this.env });
  }

  get env(): Record<string, string> {
    return {
      PATH: `${join(this.folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      TALOS_MODEL: this.folder,
      TALOS_MODEL_SOCKET: this.#socket,
      TALOSCTL_OFFLINE: this.#programs.offline,
      SOPS_AGE_KEY_FILE: join(this.folder, 'age.key'),
      SOPS_AGE_RECIPIENTS: this.recipient,
      HOME: this.folder,
      TALOS_WAIT_SECONDS: '240',
    };
  }

  /** What happened to the nodes since the last time it was asked. */
  events(): string[] {
    return this.#drain('events');
  }

  /** What talosctl was asked to do to nodes since the last time. */
  calls(): string[] {
    return this.#drain('calls');
  }

  #drain(file: string): string[] {
    const path = join(this.folder, file);
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    writeFileSync(path, '');
    return lines;
  }
}

function fresh({ name, address, schematicId, installerImage }: Cluster['nodes'][number]): ModelNode {
  return {
    name,
    address,
    phase: 'maintenance',
    version: installerImage.replace(/^.*:/, ''),
    schematic: schematicId,
    kubernetes: 'v0.0.0',
    etcd: 'none',
    config: null,
    boot: 1,
    upAt: 0,
    etcdAt: 0,
  };
}
