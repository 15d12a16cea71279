import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasTerminal, runCommand, takeSignals } from '../../io/run.ts';
import type { VmCluster } from '../../model/cluster.ts';
import { commandLine } from '../../model/command-line.ts';
import { UsageError } from '../../model/errors.ts';
import type { BackendName } from '../../model/backend-name.ts';
import { shown } from '../../model/shown.ts';
import type { Backend } from '../../model/target.ts';
import type { Command, Task, Verb } from '../../model/task.ts';
import { backends } from '../../targets/index.ts';
import { needVmCluster, rendered, staleness, validated } from '../pipeline.ts';
import { printIssues, printJson } from '../report.ts';
import { runCommands } from '../run-commands.ts';
import type { Session } from '../session.ts';

export interface RunOptions {
  readonly target?: BackendName;
  readonly dryRun?: boolean;
  /** The cluster's name, instead of typing it. */
  readonly confirm?: string;
}

/** Runs the task of a verb. @returns the child's exit code; for `plan` 0 none, 2 changes, 1 error */
export async function run(session: Session, verb: Verb, options: RunOptions): Promise<number> {
  const { cluster, issues } = validated(session);
  const vms = needVmCluster(cluster, verb);
  const backend = chooseBackend(vms, options.target);
  const task = taskOf(backend, verb, vms);
  if (options.dryRun === true) return dryRun(session, verb, task);
  if (!session.json) printIssues(session, issues);
  judgeOutput(session, verb, task);
  demandEnvironment(session, task);
  if (task.destructive) await confirm(session, vms, options.confirm);
  const exitCode = await runAll(session, backend, task, cluster.name);
  if (session.json) printJson(session, { command: verb, ok: exitCode === 0, exitCode, issues });
  return exitCode;
}

function dryRun(session: Session, verb: Verb, task: Task): number {
  if (session.json) {
    const data = task.commands.map((command) => ({
      line: dryRunLine(command),
      argv: command.argv,
      cwd: `out/${command.cwd}`,
      env: command.env,
    }));
    printJson(session, { command: verb, ok: true, exitCode: 0, data });
  } else {
    for (const command of task.commands) session.output.out(dryRunLine(command));
  }
  return 0;
}

/**
 * A stale `out/` is not applied, and nothing is destroyed by it. `plan` and `status` only warn, where there is an output
 * that they can run.
 */
function judgeOutput(session: Session, verb: Verb, task: Task): void {
  const stale = staleness(rendered(session));
  if (stale === null) return;
  const isThere = task.commands.every(({ cwd }) => existsSync(join(session.outDirectory, cwd)));
  if (verb === 'apply' || verb === 'destroy' || !isThere) throw stale;
  session.output.err(session.output.style('yellow', `warning: ${stale.message}`, 'err'));
}

/** @throws UsageError when no backend is named */
export function chooseBackend(cluster: VmCluster, name: BackendName | undefined): Backend {
  const chosen = name ?? cluster.proxmox.defaultTarget;
  if (chosen !== null) return backends[chosen];
  throw new UsageError(
    `name a backend: --target ${Object.keys(backends).join('|')}, or proxmox.default_target in cluster.yaml`,
  );
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
    throw new UsageError(`set ${missing.join(', ')} in the environment first; talmox keeps credentials in no file`);
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
    throw new UsageError(`nothing was destroyed: ${shown(answer.trim())} is not the cluster's name, ${cluster.name}`);
  }
}

async function runAll(session: Session, backend: Backend, task: Task, name: string): Promise<number> {
  const signals = takeSignals(hasTerminal());
  try {
    const { exitCode, changes } = await runCommands(task.commands, (command) => {
      session.output.err(session.output.style('dim', `▶ ${commandLine(command)}`, 'err'));
      return runCommand(command, {
        out: session.outDirectory,
        env: session.env,
        tools: backend.tools,
        signals,
        // With --json nothing but the object goes to stdout.
        output: session.json ? 'stderr' : 'stdout',
      });
    });
    if (exitCode !== 0) return failureCode(session, backend, task, name, exitCode);
    return task.verb === 'plan' && changes ? 2 : 0;
  } finally {
    signals.release();
  }
}

/** `plan` has three codes of its own; every other verb returns the code of its program. */
function failureCode(session: Session, backend: Backend, task: Task, name: string, exitCode: number): number {
  session.output.err(`${backend.name} ${task.name} of ${name} ended with exit code ${exitCode}`);
  return task.verb === 'plan' && exitCode < 128 ? 1 : exitCode;
}
