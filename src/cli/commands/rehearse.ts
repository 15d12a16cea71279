import { hasTerminal, takeSignals } from '../../io/run.ts';
import { readRevision, type RevisionFiles } from '../../io/revision.ts';
import { copyForRehearsal } from '../../io/rehearsal-copy.ts';
import { validate } from '../../validate.ts';
import type { BackendName } from '../../model/backend-name.ts';
import { vmCluster, type VmCluster } from '../../model/cluster.ts';
import { UsageError } from '../../model/errors.ts';
import type * as simulator from '../../simulator/index.ts';
import type { RehearsalResult, Rehearsed, Step } from '../../simulator/index.ts';
import { demandCurrent, needVmCluster, rendered, type Rendered } from '../pipeline.ts';
import { toolClient, type ClientOptions } from '../rehearsal-client.ts';
import { printIssues, printJson } from '../report.ts';
import type { Session } from '../session.ts';
import { chooseBackend } from './run.ts';

export interface RehearseOptions {
  readonly target?: BackendName;
  readonly pve?: string;
  /** A revision of the repository, or a directory, whose output is built first. */
  readonly from?: string;
  /** Names of VMs that may be replaced, deleted or lose a disk on the way; only with `from`. */
  readonly confirm?: readonly string[];
  /** Form of the result; lines by default. */
  readonly report?: 'json' | 'markdown';
  /** Show what the tool prints. */
  readonly verbose?: boolean;
}

/** An earlier state of the project. */
interface Earlier {
  readonly label: string;
  readonly files: RevisionFiles;
  readonly cluster: VmCluster;
}

/**
 * Applies the committed output to a simulated Proxmox VE with the backend's own tool, plans again,
 * destroys, and compares with the model in between. With `from`, what an earlier revision says is built
 * first, and what the change does to each VM is told.
 * @returns 0 when all of it holds, else 1
 */
export async function rehearse(session: Session, options: RehearseOptions): Promise<number> {
  const { confirm = [] } = options;
  if (options.from === undefined && confirm.length > 0)
    throw new UsageError('--confirm belongs to --from: without an earlier revision there is no change to confirm');
  const current = rendered(session);
  printIssues(session, current.generated.issues);
  const cluster = needVmCluster(current.cluster, 'rehearse');
  const backend = chooseBackend(cluster, options.target);
  const { name, rehearsal } = backend;
  if (rehearsal === null) throw new UsageError(`${name} cannot be rehearsed: it needs a management cluster`);
  demandCurrent(current);
  const earlier = options.from === undefined ? null : earlierState(session, options.from);
  // Heavy, and needed by no other command.
  const { startFor } = await import('../../simulator/index.ts');
  const clusters = earlier === null ? ([cluster] as const) : ([earlier.cluster, cluster] as const);
  const recipe = backend.privileges?.(clusters[0]);
  const simulator = await startFor(clusters, { version: options.pve, recipe });
  const copy = copyForRehearsal(session.outDirectory, earlier?.files.out ?? current.generated.files);
  const signals = takeSignals(hasTerminal());
  try {
    const { version } = simulator.host;
    session.output.err(`rehearsing ${name} on a simulated Proxmox VE ${version} at ${simulator.url}`);
    const run = { session, backend, rehearsal, simulator, copy, signals, verbose: options.verbose ?? false };
    const result = await (earlier === null ? life(run, cluster) : change(run, earlier, current, cluster, confirm));
    const done: Rehearsed = { ...result, target: name, pve: version, cluster: cluster.name };
    return await printResult(session, done, session.json ? 'json' : options.report);
  } finally {
    copy.remove();
    await simulator.stop();
    signals.release();
  }
}

function earlierState(session: Session, label: string): Earlier {
  const files = readRevision(session.directory, label);
  const { cluster, issues } = validate(files, { trace: false });
  const [first] = issues.filter(({ severity }) => severity === 'error');
  if (cluster === null || first !== undefined)
    throw new UsageError(
      `the input of ${label} is refused by this version of talmox: ${first?.file ?? ''}:${first?.line ?? ''} ${first?.message ?? ''}`,
    );
  const vms = vmCluster(cluster);
  if (vms === null) throw new UsageError(`the input of ${label} has no Proxmox VE, so there is nothing to build first`);
  return { label, files, cluster: vms };
}

async function life(options: ClientOptions, cluster: VmCluster): Promise<RehearsalResult> {
  const simulation = await import('../../simulator/index.ts');
  return simulation.rehearse({
    cluster,
    host: options.simulator.host,
    client: toolClient(options, cluster),
    now: () => performance.now(),
    onStep: stepPrinter(options, simulation),
  });
}

async function change(
  options: ClientOptions,
  { label, cluster: from }: Earlier,
  { generated }: Rendered,
  to: VmCluster,
  confirmed: readonly string[],
): Promise<RehearsalResult> {
  const simulation = await import('../../simulator/index.ts');
  const { host, token } = options.simulator;
  const recipe = options.backend.privileges?.(to);
  return simulation.rehearseChange({
    label,
    from: { cluster: from, client: () => toolClient(options, from) },
    to: {
      cluster: to,
      client: () => {
        if (recipe !== undefined) simulation.runRecipe(host, recipe, token);
        options.copy.replace(generated.files);
        return toolClient(options, to);
      },
    },
    host,
    confirmed: new Set(confirmed),
    powerCycle: (vmid) => simulation.powerCycle(host, vmid),
    now: () => performance.now(),
    onStep: stepPrinter(options, simulation, label),
  });
}

function stepPrinter(
  { session: { output } }: ClientOptions,
  { stepLines }: typeof simulator,
  revision?: string,
): (step: Step) => void {
  return (step) => {
    for (const line of stepLines(step, revision)) output.err(output.style(step.ok ? 'dim' : 'red', line, 'err'));
  };
}

async function printResult(session: Session, result: Rehearsed, form: RehearseOptions['report']): Promise<number> {
  const { summaryLine, markdownReport } = await import('../../simulator/index.ts');
  const exitCode = result.ok ? 0 : 1;
  if (form === 'json') printJson(session, { command: 'rehearse', ok: result.ok, exitCode, data: result });
  else session.output.out(form === 'markdown' ? markdownReport(result).trimEnd() : summaryLine(result));
  return exitCode;
}
