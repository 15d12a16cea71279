/** A cluster that is built once with a backend's real tool, and copies of it on which changes are tried. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { toolClient } from '../../../src/cli/rehearsal-client.ts';
import { createSession, type Session } from '../../../src/cli/session.ts';
import type { Generated } from '../../../src/generate.ts';
import { copyForRehearsal, type RehearsalCopy } from '../../../src/io/rehearsal-copy.ts';
import type { Signals } from '../../../src/io/run.ts';
import { vmCluster, type VmCluster } from '../../../src/model/cluster.ts';
import { seedFor } from '../../../src/simulator/fixture.ts';
import {
  accessByRecipe,
  foreignVm,
  powerCycle,
  QUICK_DURATIONS,
  runRecipe,
  startSimulator,
  tokenOf,
  type HostSeed,
  type LogEntry,
  type RehearsalClient,
  type Simulator,
  type TaskDurations,
} from '../../../src/simulator/index.ts';
import { makeChange } from '../../../src/simulator/rehearsal/change.ts';
import { foreignTo, type Foreign } from '../../../src/simulator/rehearsal/foreign.ts';
import { misbehaviour } from '../../../src/simulator/rehearsal/judge.ts';
import { attachPodVolume } from '../../../src/simulator/rehearsal/neighbours.ts';
import { recorder, type Step } from '../../../src/simulator/rehearsal/steps.ts';
import { NEWEST_PVE } from '../../../src/simulator/schema/types.ts';
import { copyMachines } from '../../../src/simulator/state/copy.ts';
import { backends } from '../../../src/targets/index.ts';
import { generateTexts } from '../../support/pipeline.ts';
import { validateTexts } from '../../support/validation.ts';
import { layPace } from '../paced.ts';
import type { ChangeRow, Inputs, RunnableBackend } from './table.ts';

export interface Built {
  readonly cluster: VmCluster;
  readonly backend: RunnableBackend;
  readonly simulator: Simulator;
  readonly copy: RehearsalCopy;
  readonly session: Session;
  remove(): Promise<void>;
}

/** What came of a change. */
export interface Made {
  /** What `configure` refused, one line each; then nothing was run. */
  readonly refusedInput: readonly string[];
  readonly steps: readonly Step[];
  /** Requests to change something on the host, those that it refused too. */
  readonly writes: readonly LogEntry[];
  /** What no change may do, whatever has to come of it: one line each. */
  readonly harm: readonly string[];
}

export interface Lab extends Built {
  /** The backend's own tool with what the inputs render to. */
  readonly client: RehearsalClient;
}

/** A host and the rendered output beside it; nothing is built yet. @param env what leads to the backend's tool */
export async function openLab(
  inputs: Inputs,
  backend: RunnableBackend,
  env: Readonly<Record<string, string>>,
  host: HostOptions = {},
): Promise<Lab> {
  const generated = generatedFrom(inputs);
  const cluster = clusterFrom(inputs);
  const directory = mkdtempSync(join(tmpdir(), 'talmox-changes-'));
  const pace = join(directory, 'pace');
  layPace(pace, PACE);
  const session = sessionIn(directory, { ...env, PYTHONPATH: pace });
  const simulator = await startHost([cluster], backend, host);
  const copy = copyForRehearsal(session.outDirectory, generated.files);
  const remove = async (): Promise<void> => {
    copy.remove();
    rmSync(directory, { recursive: true, force: true });
    await simulator.stop();
  };
  const client = clientOf({ session, simulator, copy }, backend, cluster);
  return { cluster, backend, simulator, copy, session, remove, client };
}

/** Builds a cluster on a simulated host. */
export async function build(...lab: Parameters<typeof openLab>): Promise<Lab> {
  const built = await openLab(...lab);
  for (const verb of ['prepare', 'apply'] as const) {
    const { exitCode, said = '' } = await built.client.run(verb);
    if (exitCode !== 0)
      throw new Error(`${built.backend} does not build the cluster: ${verb} ended with ${exitCode}\n${said}`);
  }
  return built;
}

/** Makes one change on a copy of what was built, with the token of `create-token.sh`: run as it was, then as it is now. */
export async function change(built: Built, inputs: Inputs, row: ChangeRow, backend: RunnableBackend): Promise<Made> {
  const refusedInput = errorsOf(inputs);
  if (refusedInput.length > 0) return { refusedInput, steps: [], writes: [], harm: [] };
  const [from, to] = [built.cluster, clusterFrom(inputs)];
  const simulator = await startHost([from, to], backend, { recipe: built.backend });
  const copy = built.copy.fork();
  try {
    const { host } = simulator;
    copyMachines(built.simulator.host, host);
    runRecipe(host, backends[backend].privileges(to), simulator.token);
    if (row.meanwhile === 'pod volume') await attachPodVolume(host, from);
    copy.replace(generatedFrom(inputs).files);
    const mark = host.log.mark();
    const foreign = withoutFilesOf(from, foreignTo(host, [from, to]));
    const steps = recorder(
      host,
      () => performance.now(),
      () => undefined,
    );
    await makeChange(
      {
        from,
        to,
        client: clientOf({ ...built, simulator, copy }, backend, to),
        host,
        confirmed: new Set(row.confirmed ?? []),
        powerCycle: (vmid) => powerCycle(host, vmid),
      },
      steps,
      (since) => misbehaviour(host, foreign, since),
    );
    const writes = host.log.writes(mark);
    const { problems: harm = [] } = misbehaviour(host, foreign, mark);
    return { refusedInput, steps: steps.steps, writes, harm };
  } finally {
    copy.remove();
    await simulator.stop();
  }
}

/** The boot files that the tool itself has put there. */
function withoutFilesOf({ proxmox }: VmCluster, foreign: Foreign): Foreign {
  const own = new Set(
    proxmox.images.flatMap(({ placements }) => placements.map(({ pveNode, volumeId }) => `${pveNode} ${volumeId}`)),
  );
  return { ...foreign, volumes: foreign.volumes.filter(({ node, volume }) => !own.has(`${node} ${volume.volid}`)) };
}

export interface HostOptions {
  /** Makes another host of the one that has what the cluster takes for granted. */
  readonly seed?: (seed: HostSeed) => HostSeed;
  /** The token may do what the recipe of this backend grants, instead of everything. */
  readonly recipe?: RunnableBackend;
  readonly taskDurations?: TaskDurations;
}

/** A host that has what every cluster takes for granted, and a VM of somebody else; the recipe is that of the first. */
function startHost(
  clusters: readonly [VmCluster, ...VmCluster[]],
  backend: RunnableBackend,
  { seed: alter = (seed) => seed, recipe, taskDurations = QUICK_DURATIONS }: HostOptions = {},
): Promise<Simulator> {
  const token = tokenOf(clusters[0]);
  const access =
    recipe === undefined ? {} : { access: accessByRecipe(backends[recipe].privileges(clusters[0]), token, NEWEST_PVE) };
  const seed = seedFor(clusters, { templates: false, ...access });
  const [first] = clusters[0].proxmox.hosts;
  if (first === undefined) throw new Error('the cluster has no host');
  return startSimulator({
    // Ansible's waits are shorter than in life, and so is the time for which an answer stays old.
    ...(backend === 'ansible' ? { staleMilliseconds: 10_000 * PACE } : {}),
    seed: alter({ ...seed, vms: [foreignVm(900, first.name, first.diskStorage)] }),
    taskDurations,
    token,
  });
}

/** Of Ansible's sleeps, as of the host's work. */
const PACE = 1 / 20;

/** A proof that is interrupted ends at once. */
const UNHEARD: Signals = { received: () => null, attach: () => undefined, release: () => undefined };

function clientOf(
  { session, simulator, copy }: Pick<Built, 'session' | 'simulator' | 'copy'>,
  name: RunnableBackend,
  cluster: VmCluster,
): RehearsalClient {
  const backend = backends[name];
  const { rehearsal } = backend;
  return toolClient({ session, backend, rehearsal, simulator, copy, signals: UNHEARD, verbose: false }, cluster);
}

function sessionIn(directory: string, env: Readonly<Record<string, string>>): Session {
  const sink = { write: () => true };
  const host = {
    cwd: directory,
    env: { ...process.env, ...env },
    stdout: sink,
    stderr: sink,
    interactive: false,
    ask: () => Promise.resolve(''),
  };
  return createSession(host, { color: false });
}

function texts({ cluster, nodes }: Inputs): [cluster: string, nodes: string] {
  return [stringify(cluster), stringify({ nodes })];
}

function errorsOf(inputs: Inputs): string[] {
  const { issues } = generateTexts(...texts(inputs));
  return issues.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
}

function generatedFrom(inputs: Inputs): Generated {
  const generated = generateTexts(...texts(inputs));
  const [first] = generated.issues.filter(({ severity }) => severity === 'error');
  if (first !== undefined) throw new Error(`the base is not valid: ${first.message}`);
  return generated;
}

function clusterFrom(inputs: Inputs): VmCluster {
  const { cluster } = validateTexts(...texts(inputs));
  const vms = cluster === null ? null : vmCluster(cluster);
  if (vms === null) throw new Error('the inputs make no VMs');
  return vms;
}
