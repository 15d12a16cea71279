/**
 * A whole life of a cluster against a simulated host: apply, compare with the model, plan again
 * (nothing may change), destroy, compare. Who does the applying is the caller's: the backend's own
 * tool, or a script that plays its requests.
 */

import type { VmCluster } from '../../model/cluster.ts';
import type { Host } from '../state/host.ts';
import { foreignTo, saveVms, touchedVms } from './foreign.ts';
import { compareWithBefore, compareWithModel, misbehaviour, noWrites } from './judge.ts';
import { attachPodVolume, occupyId, putForeignFile } from './neighbours.ts';
import { merge, recorder, type Finding, type Recorder, type Step } from './steps.ts';

export type RehearsedVerb = 'prepare' | 'apply' | 'plan' | 'destroy';

export interface RehearsalClient {
  /** Runs what the backend runs for a verb, to its end. */
  run(verb: RehearsedVerb): Promise<ClientResult>;
}

export interface ClientResult {
  readonly exitCode: number;
  /** A plan found something to change: expected within `apply`, a fault right after it. */
  readonly changes: boolean;
  /** What the tool printed, as far as it was kept. */
  readonly said?: string;
}

export interface RehearsalResult {
  readonly ok: boolean;
  readonly steps: readonly Step[];
}

export interface Stage {
  readonly cluster: VmCluster;
  readonly host: Host;
  readonly client: RehearsalClient;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Called as each step ends. */
  readonly onStep: (step: Step) => void;
}

/** Goes on as long as the tool comes to its end, and never leaves out `destroy`. */
export async function rehearse({ cluster, host, client, now, onStep }: Stage): Promise<RehearsalResult> {
  const foreign = foreignTo(host, [cluster]);
  const judge = (mark: number): Finding => misbehaviour(host, foreign, mark);
  const { step, steps } = recorder(host, now, onStep);
  const built =
    (await step('prepare', () => runVerb(client, 'prepare'))) &&
    (await step('apply', async (mark) => merge(await runVerb(client, 'apply'), judge(mark)))) &&
    (await step('compare', () => compareWithModel(host, cluster))) &&
    (await step('plan again', async (mark) => merge(await planAgain(client), noWrites(host, mark))));
  const pods = built ? await attachPodVolume(host, cluster) : null;
  if (pods !== null) await step('foreign disk', async (mark) => merge(await planAgain(client), noWrites(host, mark)));
  if (steps.length > 1) {
    await step('destroy', async (mark) => merge(await destroy(client, cluster), judge(mark)));
    const volumes = pods === null ? foreign.volumes : [...foreign.volumes, { node: pods.node, volume: pods.volume }];
    await step('compare', () => compareWithBefore(host, [cluster], { ...foreign, volumes }));
  }
  // What could not be removed, or is protected, keeps its ids.
  const isGone = cluster.nodes.every(({ vm }) => host.vms.find(vm.vmId) === undefined);
  if (built && isGone) {
    await besideForeignFile({ cluster, host, client }, step);
    await refusal({ cluster, host, client }, step);
  }
  return { ok: steps.every(({ ok }) => ok), steps };
}

type Scene = Pick<Stage, 'cluster' | 'host' | 'client'>;

/** A boot file is there already: it is used, and stays when the cluster goes. */
async function besideForeignFile({ cluster, host, client }: Scene, step: Recorder['step']): Promise<void> {
  const volumes = putForeignFile(host, cluster);
  if (volumes.length === 0) return;
  await step('foreign file', async (mark) => {
    const applied = await runVerb(client, 'apply');
    const gone = await destroy(client, cluster);
    return merge(applied, gone, misbehaviour(host, { vms: new Map(), volumes }, mark));
  });
}

/** A VM of somebody else has an id that the cluster wants: the backend says no before its first write. */
async function refusal({ cluster, host, client }: Scene, step: Recorder['step']): Promise<void> {
  const vmid = occupyId(host, cluster);
  if (vmid === null) return;
  const foreign = { vms: saveVms(host, [vmid]), volumes: [] };
  await step('foreign VM', async (mark) => {
    const { exitCode } = await client.run('apply');
    const accepted = exitCode === 0 ? [`apply went through although VM ${vmid} is somebody else's`] : [];
    const writes = host.log.writes(mark);
    const wrote = writes.length === 0 ? [] : [`apply wrote ${writes.length} times beside VM ${vmid} of somebody else`];
    const touched = touchedVms(host, foreign).map(() => `VM ${vmid} of somebody else is not as it was`);
    return { problems: [...accepted, ...wrote, ...touched], behind: writes };
  });
}

export async function runVerb(client: RehearsalClient, verb: RehearsedVerb): Promise<Finding> {
  const { exitCode, said = '' } = await client.run(verb);
  return exitCode === 0 ? {} : { problems: [`${verb} ended with exit code ${exitCode}`], said, broken: true };
}

/** A plan right after an apply finds nothing to change. */
export async function planAgain(client: RehearsalClient): Promise<Finding> {
  const { exitCode, changes, said = '' } = await client.run('plan');
  if (exitCode !== 0) return { problems: [`plan ended with exit code ${exitCode}`], said, broken: true };
  return changes ? { problems: ['the plan right after apply wants to change something'], said } : {};
}

/** Where VMs are protected, a destroy that says no is right, and one that takes them is not. */
export async function destroy(client: RehearsalClient, cluster: VmCluster): Promise<Finding> {
  const isProtected = cluster.nodes.some(({ vm }) => vm.protection);
  const finding = await runVerb(client, 'destroy');
  return isProtected ? {} : finding;
}
