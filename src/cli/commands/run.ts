import { runCommand } from '../../io/run.ts';
import { vmCluster, type VmCluster } from '../../model/cluster.ts';
import { commandLine } from '../../model/command-line.ts';
import { UsageError } from '../../model/errors.ts';
import type { BackendName } from '../../model/backend-name.ts';
import type { Backend, Command, Task, Verb } from '../../model/target.ts';
import { backends } from '../../targets/index.ts';
import { demandCurrent, rendered, validated, type Rendered } from '../pipeline.ts';
import { printIssues } from '../report.ts';
import type { Session } from '../session.ts';

export interface RunOptions {
  readonly target?: BackendName;
  readonly dryRun?: boolean;
  /** The cluster's name, in place of typing it. */
  readonly confirm?: string;
}

/** Runs the task of a verb. @returns the child's exit code; for `plan` 0 none, 2 changes, 1 error */
export async function run(session: Session, verb: Verb, options: RunOptions): Promise<number> {
  const { cluster, issues } = validated(session);
  const onProxmox = vmCluster(cluster);
  if (onProxmox === null) {
    throw new UsageError(`there is no Proxmox VE in cluster.yaml, so nothing to ${verb}: proxmox_api_url and proxmox_node switch it on`);
  }
  const backend = chooseBackend(onProxmox, options.target);
  const task = taskOf(backend, verb, onProxmox);
  if (options.dryRun === true) {
    for (const command of task.commands) session.output.out(dryRunLine(command));
    return 0;
  }
  printIssues(session, issues);
  const current = rendered(session);
  if (verb === 'apply' || verb === 'destroy') demandCurrent(current);
  demandEnvironment(session, task);
  if (task.destructive) await confirm(session, onProxmox, options.confirm);
  return runAll(session, backend, task, current);
}

/** @throws UsageError when no backend is named */
export function chooseBackend(cluster: VmCluster, name: BackendName | undefined): Backend {
  const chosen = name ?? cluster.proxmox.defaultTarget;
  if (chosen !== null) return backends[chosen];
  throw new UsageError(`name a backend: --target ${Object.keys(backends).join('|')}, or proxmox.default_target in cluster.yaml`);
}

/** The task of a backend that a verb runs. */
export function taskOf(backend: Backend, verb: Verb, cluster: VmCluster): Task {
  const task = backend.tasks(cluster).find((candidate) => candidate.verb === verb);
  if (task === undefined) throw new Error(`${backend.name} has no task for ${verb}`);
  return task;
}

/** A line to paste into a shell in the directory of the inputs. */
export function dryRunLine(command: Command): string {
  return `(cd out/${command.cwd} && ${commandLine(command)})`;
}

function demandEnvironment(session: Session, { requiredEnv }: Task): void {
  const missing = requiredEnv.filter((name) => (session.env[name] ?? '') === '');
  if (missing.length > 0) {
    throw new UsageError(`set ${missing.join(', ')} in the environment first: credentials are in no file of talmox`);
  }
}

/** Destroying asks for the cluster's name, and does nothing without it. */
async function confirm(session: Session, cluster: VmCluster, given: string | undefined): Promise<void> {
  const { output } = session;
  output.err('These VMs and their disks will be destroyed:');
  for (const { vm } of cluster.nodes) output.err(`  ${vm.name}  VM ${vm.vmId} on ${vm.pveNode}`);
  if (given === undefined && !session.interactive) {
    throw new UsageError(`nothing was destroyed: without a terminal, confirm with --confirm ${cluster.name}`);
  }
  const answer = given ?? (await session.ask(`Type the cluster's name (${cluster.name}) to destroy them: `));
  if (answer.trim() !== cluster.name) {
    throw new UsageError(`nothing was destroyed: "${answer.trim()}" is not the cluster's name, ${cluster.name}`);
  }
}

async function runAll(session: Session, backend: Backend, task: Task, { cluster }: Rendered): Promise<number> {
  let changes = false;
  for (const command of task.commands) {
    session.output.err(session.output.style('dim', `▶ ${commandLine(command)}`, 'err'));
    const { exitCode } = await runCommand(command, {
      out: session.outDirectory,
      env: session.env,
      tools: backend.tools,
      isTerminal: session.interactive,
    });
    const meaning = exitCode === 0 ? 'ok' : command.exitCodes[exitCode];
    if (meaning === undefined) return failureCode(task, exitCode, session, backend, cluster.name);
    changes ||= meaning === 'changes';
  }
  return task.verb === 'plan' && changes ? 2 : 0;
}

/** `plan` has its own three codes; everything else passes the child's on. */
function failureCode(task: Task, exitCode: number, session: Session, backend: Backend, name: string): number {
  session.output.err(`${backend.name} ${task.name} of ${name} ended with exit code ${exitCode}`);
  return task.verb === 'plan' && exitCode < 128 ? 1 : exitCode;
}
