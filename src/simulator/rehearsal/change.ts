/**
 * A change of a cluster that lives: what an earlier revision says is built, then the present one is planned and
 * applied on the same host, and every VM is asked what became of it.
 */

import type { VmCluster } from '../../model/cluster.ts';
import type { Host } from '../state/host.ts';
import { foreignTo } from './foreign.ts';
import { compareWithBefore, compareWithModel, misbehaviour, noWrites } from './judge.ts';
import { isLoss, namesOf, outcomes, sight, type VmOutcome } from './outcome.ts';
import { destroy, planAgain, runVerb, type RehearsalClient, type RehearsalResult } from './rehearse.ts';
import { merge, recorder, type Finding, type Recorder, type Step } from './steps.ts';

/** What is built, and by whom. */
export interface Revision {
  readonly cluster: VmCluster;
  /** Called once, when its turn has come: its output takes the place of the one before. */
  readonly client: () => RehearsalClient;
}

export interface ChangeStage extends Pick<Change, 'host' | 'confirmed' | 'powerCycle'> {
  /** Name of the earlier revision: `HEAD~1`. */
  readonly label: string;
  readonly from: Revision;
  readonly to: Revision;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Called as each step ends. */
  readonly onStep: (step: Step) => void;
}

/** Goes on as long as the tool comes to its end, and never leaves out `destroy`. */
export async function rehearseChange(stage: ChangeStage): Promise<RehearsalResult> {
  const { host, from, to, label } = stage;
  const clusters = [from.cluster, to.cluster];
  const foreign = foreignTo(host, clusters);
  const judge = (mark: number): Finding => misbehaviour(host, foreign, mark);
  const steps = recorder(host, stage.now, stage.onStep);
  const first = from.client();
  if (!(await steps.step('prepare', () => runVerb(first, 'prepare')))) return { ok: false, steps: steps.steps };
  const built = await steps.step(`apply ${label}`, async (mark) => merge(await runVerb(first, 'apply'), judge(mark)));
  const last = built ? to.client() : first;
  if (built) await makeChange({ ...stage, from: from.cluster, to: to.cluster, client: last }, steps, judge);
  await steps.step('destroy', async (mark) =>
    merge(await destroy(last, built ? to.cluster : from.cluster), judge(mark)),
  );
  await steps.step('compare', () => compareWithBefore(host, clusters, foreign));
  return { ok: steps.steps.every(({ ok }) => ok), steps: steps.steps };
}

export interface Change {
  readonly from: VmCluster;
  readonly to: VmCluster;
  /** Runs what the present output says. */
  readonly client: RehearsalClient;
  readonly host: Host;
  /** Names of VMs that may be replaced or deleted, or lose a disk. */
  readonly confirmed: ReadonlySet<string>;
  /** Power-cycles a VM as a person would. @throws where it does not come up */
  readonly powerCycle: (vmid: number) => Promise<void>;
}

/** From what is built to what is wanted: plan, apply, power cycles where something waits, compare, plan again. */
export async function makeChange(
  { host, from, to, client, confirmed, powerCycle }: Change,
  { step }: Recorder,
  judge: (mark: number) => Finding,
): Promise<void> {
  const seen = sight(host, [...namesOf(from).keys(), ...namesOf(to).keys()]);
  const applied =
    (await step('prepare', () => runVerb(client, 'prepare'))) &&
    (await step('plan', async (mark) => merge(await runVerb(client, 'plan'), noWrites(host, mark)))) &&
    (await step('apply', async (mark) => {
      const finding = merge(await runVerb(client, 'apply'), judge(mark));
      const found = outcomes(host, from, to, seen, mark);
      return merge(finding, { outcomes: found }, unconfirmed(found, confirmed));
    }));
  if (!applied) return;
  const waiting = to.nodes.map(({ vm }) => vm.vmId).filter((vmid) => waits(host, vmid));
  if (waiting.length > 0) await step('power cycle', () => cycle(waiting, powerCycle));
  if (await step('compare', () => compareWithModel(host, to)))
    await step('plan again', async (mark) => merge(await planAgain(client), noWrites(host, mark)));
}

/** A machine that goes with its disks, or loses one, has to be named. */
function unconfirmed(found: readonly VmOutcome[], confirmed: ReadonlySet<string>): Finding {
  const lost = found.filter(
    ({ name, outcome, takenOff }) => (isLoss(outcome) || takenOff.length > 0) && !confirmed.has(name),
  );
  return {
    problems: lost.flatMap(({ name, vmid, outcome, takenOff }) => [
      ...(isLoss(outcome)
        ? [`VM ${vmid} (${name}) was ${outcome}, its disks are lost; --confirm ${name} allows it`]
        : []),
      ...takenOff.map((disk) => `VM ${vmid} (${name}): ${disk} was taken off; --confirm ${name} allows it`),
    ]),
    behind: lost.flatMap(({ requests }) => requests),
  };
}

function waits(host: Host, vmid: number): boolean {
  const vm = host.vms.find(vmid);
  return vm !== undefined && vm.pending.size + vm.pendingDeletes.size > 0;
}

async function cycle(vmids: readonly number[], powerCycle: ChangeStage['powerCycle']): Promise<Finding> {
  const problems: string[] = [];
  for (const vmid of vmids) {
    await powerCycle(vmid).catch((error: unknown) => {
      problems.push(`VM ${vmid} does not come up again: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return { problems };
}
