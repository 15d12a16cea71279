/**
 * A whole life of a cluster against a simulated host: apply, compare with the model, plan again
 * (nothing may change), destroy, compare. Who does the applying is the caller's: the backend's own
 * tool, or a script that plays its requests.
 */

import type { VmCluster } from '../../model/cluster.ts';
import type { Difference } from '../compare/differences.ts';
import { modelDifferences } from '../compare/model-differences.ts';
import type { Host } from '../state/host.ts';
import type { LogEntry } from '../state/log.ts';
import { leftovers, saveVms, foreignVms, type SavedVms } from './foreign-vms.ts';

export type RehearsedVerb = 'prepare' | 'apply' | 'plan' | 'destroy';

export interface RehearsalClient {
  /** Runs what the backend runs for a verb, to its end. */
  run(verb: RehearsedVerb): Promise<ClientResult>;
}

export interface ClientResult {
  readonly exitCode: number;
  /** A plan found something to change: expected within `apply`, a fault right after it. */
  readonly changes: boolean;
}

export interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  /** Requests that the host answered meanwhile. */
  readonly requests: number;
  /** One line each; empty when all is well. */
  readonly problems: readonly string[];
  readonly differences: readonly Difference[];
  /** Writes to the VMs that differ, or writes where none was allowed. */
  readonly behind: readonly LogEntry[];
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

type Finding = Partial<Pick<Step, 'problems' | 'differences' | 'behind'>>;

/** Stops at the first step that fails, but never leaves out `destroy`. */
export async function rehearse(stage: Stage): Promise<RehearsalResult> {
  const before = saveVms(stage.host, foreignVms(stage.host, stage.cluster));
  const steps: Step[] = [];
  const step = async (name: string, work: (mark: number) => Promise<Finding> | Finding): Promise<boolean> => {
    const done = await measured(stage, name, work);
    steps.push(done);
    stage.onStep(done);
    return done.ok;
  };
  const built =
    (await step('prepare', () => runVerb(stage, 'prepare'))) &&
    (await step('apply', async (mark) => merge(await runVerb(stage, 'apply'), misbehaviour(stage, before, mark)))) &&
    (await step('compare', () => compareWithModel(stage)));
  if (built) await step('plan again', async (mark) => merge(await runVerb(stage, 'plan'), noWrites(stage.host, mark)));
  if (steps[0]?.ok === true) {
    await step('destroy', async (mark) => merge(await destroy(stage), misbehaviour(stage, before, mark)));
    await step('compare', () => compareWithBefore(stage, before));
  }
  return { ok: steps.every(({ ok }) => ok), steps };
}

async function measured(
  { host, now }: Stage,
  name: string,
  work: (mark: number) => Promise<Finding> | Finding,
): Promise<Step> {
  const [start, mark] = [now(), host.log.mark()];
  const { problems = [], differences: found = [], behind = [] } = await work(mark);
  return {
    name,
    ok: problems.length === 0 && found.length === 0,
    milliseconds: now() - start,
    requests: host.log.entries(mark).length,
    problems,
    differences: found,
    behind,
  };
}

function merge(...findings: readonly Finding[]): Finding {
  return {
    problems: findings.flatMap(({ problems = [] }) => problems),
    differences: findings.flatMap((finding) => finding.differences ?? []),
    behind: findings.flatMap(({ behind = [] }) => behind),
  };
}

async function runVerb({ client }: Stage, verb: RehearsedVerb): Promise<Finding> {
  const { exitCode, changes } = await client.run(verb);
  if (exitCode !== 0) return { problems: [`${verb} ended with exit code ${exitCode}`] };
  return changes && verb === 'plan' ? { problems: ['the plan right after apply wants to change something'] } : {};
}

/** Where VMs are protected, a destroy that says no is right, and one that takes them is not. */
async function destroy(stage: Stage): Promise<Finding> {
  const isProtected = stage.cluster.nodes.some(({ vm }) => vm.protection);
  const finding = await runVerb(stage, 'destroy');
  return isProtected ? {} : finding;
}

/** What no run may do, whatever comes of it. */
function misbehaviour({ host }: Stage, before: SavedVms, mark: number): Finding {
  const { log } = host;
  const faults: readonly (readonly [what: string, entries: readonly LogEntry[]])[] = [
    ['a request that Proxmox VE would refuse', log.outsideSchema(mark)],
    ['a request that the simulator does not know', log.unimplemented(mark)],
    ['a write to a VM of somebody else', log.writesTo([...before.vms.keys()], mark)],
    ['a fault of the simulator itself', log.crashes(mark)],
  ];
  const found = faults.filter(([, entries]) => entries.length > 0);
  return {
    problems: found.map(([what, entries]) => `${what}${entries.length === 1 ? '' : ` (${entries.length} times)`}`),
    behind: found.flatMap(([, entries]) => entries),
  };
}

function noWrites({ log }: Host, mark: number): Finding {
  const writes = log.writes(mark);
  return writes.length === 0 ? {} : { problems: [`a plan wrote to the host ${writes.length} times`], behind: writes };
}

function compareWithModel({ cluster, host }: Stage): Finding {
  const found = modelDifferences(host, cluster);
  const vmids = [...new Set(found.map(({ vmid }) => vmid))];
  return { differences: found, behind: host.log.writesTo(vmids) };
}

function compareWithBefore({ cluster, host }: Stage, before: SavedVms): Finding {
  const left = leftovers(host, cluster);
  const after = saveVms(host, new Set(before.vms.keys()));
  const lost = cluster.nodes.filter(({ vm }) => vm.protection && host.vms.find(vm.vmId) === undefined);
  const touched = [...before.vms].filter(([vmid, text]) => after.vms.get(vmid) !== text).map(([vmid]) => vmid);
  return {
    problems: [
      ...left.map((what) => `${what} was left behind`),
      ...lost.map(({ vm }) => `VM ${vm.vmId} is protected and was destroyed`),
      ...touched.map((vmid) => `VM ${vmid} of somebody else is not as it was`),
    ],
    behind: host.log.writesTo(touched),
  };
}
