import { hasTerminal, runCommand, type CommandResult } from '../../io/run.ts';
import { copyForRehearsal, type RehearsalCopy } from '../../io/rehearsal-copy.ts';
import type { BackendName } from '../../model/backend-name.ts';
import type { VmCluster } from '../../model/cluster.ts';
import { InterruptedError, UsageError } from '../../model/errors.ts';
import type { Rehearsal } from '../../model/rehearsal.ts';
import type { Backend } from '../../model/target.ts';
import type { Command } from '../../model/task.ts';
import type { RehearsalClient, Rehearsed, RehearsedVerb, Simulator } from '../../simulator/index.ts';
import { demandCurrent, needVmCluster, rendered, type Rendered } from '../pipeline.ts';
import { printIssues, printJson } from '../report.ts';
import { runCommands } from '../run-commands.ts';
import type { Session } from '../session.ts';
import { chooseBackend, taskOf } from './run.ts';

export interface RehearseOptions {
  readonly target?: BackendName;
  readonly pve?: string;
  /** Form of the result; lines by default. */
  readonly report?: 'json' | 'markdown';
}

/** Variables that would lead a tool to a real host, or out of the copy in which it works. */
const LEADS_ELSEWHERE =
  /^(?:PROXMOX_|TF_VAR_|TF_HTTP_|TF_CLI_ARGS|TF_DATA_DIR$|TF_WORKSPACE$|ANSIBLE_(?:INVENTORY|CONFIG|ROLES_PATH)$)/;

/**
 * Applies the committed output to a simulated Proxmox VE with the backend's own tool, plans again,
 * destroys, and compares with the model in between.
 * @returns 0 when all of it holds, else 1
 */
export async function rehearse(session: Session, options: RehearseOptions): Promise<number> {
  const current = rendered(session);
  printIssues(session, current.generated.issues);
  const cluster = needVmCluster(current.cluster, 'rehearse');
  const backend = chooseBackend(cluster, options.target);
  if (backend.rehearsal === null)
    throw new UsageError(`${backend.name} cannot be rehearsed: it needs a management cluster`);
  demandCurrent(current);
  const result = await rehearseOn(session, { backend, rehearsal: backend.rehearsal, cluster, current }, options.pve);
  return printResult(session, result, session.json ? 'json' : options.report);
}

interface Play {
  readonly backend: Backend;
  readonly rehearsal: NonNullable<Backend['rehearsal']>;
  readonly cluster: VmCluster;
  readonly current: Rendered;
}

async function rehearseOn(session: Session, play: Play, pve: string | undefined): Promise<Rehearsed> {
  const { backend, cluster, current } = play;
  // Heavy, and needed by no other command.
  const simulation = await import('../../simulator/index.ts');
  const simulator = await simulation.startFor(cluster, pve);
  const copy = copyForRehearsal(session.outDirectory, current.generated.files);
  try {
    session.output.err(
      `rehearsing ${backend.name} on a simulated Proxmox VE ${simulator.host.version} at ${simulator.url}`,
    );
    const result = await simulation.rehearse({
      cluster,
      host: simulator.host,
      client: toolClient(session, play, simulator, copy),
      now: () => performance.now(),
      onStep: (step) => {
        for (const line of simulation.stepLines(step))
          session.output.err(session.output.style(step.ok ? 'dim' : 'red', line, 'err'));
      },
    });
    return { ...result, target: backend.name, pve: simulator.host.version, cluster: cluster.name };
  } finally {
    copy.remove();
    await simulator.stop();
  }
}

/** The backend's own tool, in a copy of the output. */
function toolClient(
  session: Session,
  { backend, rehearsal, cluster }: Play,
  simulator: Simulator,
  copy: RehearsalCopy,
): RehearsalClient {
  const { token, port, caFile } = simulator;
  const { temporaryDirectory } = copy;
  const pointed = rehearsal(
    {
      host: '127.0.0.1',
      port,
      user: token.user,
      tokenName: token.name,
      tokenSecret: token.secret,
      caFile,
      temporaryDirectory,
    },
    cluster,
  );
  copy.lay(pointed.files);
  copy.share(pointed.shared);
  return {
    run: (verb) => runCommands(commandsOf(verb), (command) => runInCopy(session, backend, copy, command)),
  };

  function commandsOf(verb: RehearsedVerb): readonly Command[] {
    if (verb === 'prepare') return pointed.prepare(copy.has);
    const first = verb === 'apply' ? backend.tasks(cluster).filter(({ name }) => pointed.first.includes(name)) : [];
    return [...first, taskOf(backend, verb, cluster)].flatMap(({ commands }) =>
      commands.map((command) => directed(command, pointed)),
    );
  }
}

function directed(command: Command, { env, args }: Rehearsal): Command {
  return { ...command, env: { ...command.env, ...env }, argv: [...command.argv, ...(args[command.argv[0]] ?? [])] };
}

async function runInCopy(
  session: Session,
  backend: Backend,
  copy: RehearsalCopy,
  command: Command,
): Promise<CommandResult> {
  const inherited = Object.entries(session.env).filter(([name]) => !LEADS_ELSEWHERE.test(name));
  const result = await runCommand(command, {
    out: copy.out,
    env: { ...Object.fromEntries(inherited), NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
    tools: backend.tools,
    hasTerminal: hasTerminal(),
    // Only the report goes to stdout.
    stdout: 'stderr',
  });
  if (result.interruptedBy !== null)
    throw new InterruptedError('the rehearsal was interrupted; everything of it was removed');
  return result;
}

async function printResult(session: Session, result: Rehearsed, form: RehearseOptions['report']): Promise<number> {
  const { summaryLine, markdownReport } = await import('../../simulator/index.ts');
  const exitCode = result.ok ? 0 : 1;
  if (form === 'json') printJson(session, { command: 'rehearse', ok: result.ok, exitCode, data: result });
  else session.output.out(form === 'markdown' ? markdownReport(result).trimEnd() : summaryLine(result));
  return exitCode;
}
