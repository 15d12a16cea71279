/** The backend's own tool in a copy of the output, led to a simulated Proxmox VE and nowhere else. */

import { runCommand, type CommandResult, type Signals } from '../io/run.ts';
import type { RehearsalCopy } from '../io/rehearsal-copy.ts';
import type { VmCluster } from '../model/cluster.ts';
import { InterruptedError } from '../model/errors.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import type { Backend } from '../model/target.ts';
import type { Command } from '../model/task.ts';
import type { RehearsalClient, RehearsedVerb, Simulator } from '../simulator/index.ts';
import { taskOf } from './commands/run.ts';
import { leadsElsewhere } from './leads-elsewhere.ts';
import { runCommands } from './run-commands.ts';
import type { Session } from './session.ts';

export interface ClientOptions {
  readonly session: Session;
  readonly backend: Backend;
  readonly rehearsal: NonNullable<Backend['rehearsal']>;
  readonly simulator: Simulator;
  readonly copy: RehearsalCopy;
  readonly signals: Signals;
  /** The tool's output is shown as it comes, instead of only where a step fails. */
  readonly verbose: boolean;
}

/** Lays what the backend needs into the copy. @param cluster the one whose output lies in the copy by then */
export function toolClient(options: ClientOptions, cluster: VmCluster): RehearsalClient {
  const { backend, rehearsal, simulator, copy } = options;
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
  const commandsOf = (verb: RehearsedVerb): readonly Command[] => {
    if (verb === 'prepare') return pointed.prepare(copy.has);
    const first = verb === 'apply' ? backend.tasks(cluster).filter(({ name }) => pointed.first.includes(name)) : [];
    return [...first, taskOf(backend, verb, cluster)].flatMap(({ commands }) =>
      commands.map((command) => directed(command, pointed)),
    );
  };
  return { run: (verb) => runCommands(commandsOf(verb), (command) => runInCopy(options, pointed, command)) };
}

function directed(command: Command, { env, args }: Rehearsal): Command {
  return { ...command, env: { ...command.env, ...env }, argv: [...command.argv, ...(args[command.argv[0]] ?? [])] };
}

async function runInCopy(options: ClientOptions, { plainEnv }: Rehearsal, command: Command): Promise<CommandResult> {
  const { session, backend, copy, signals, verbose } = options;
  const inherited = Object.entries(session.env).filter(([name]) => !leadsElsewhere(name));
  const plain = verbose && session.output.colours('err') ? {} : plainEnv;
  const result = await runCommand(command, {
    out: copy.out,
    env: { ...Object.fromEntries(inherited), ...plain, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
    tools: backend.tools,
    signals,
    // The report alone belongs to stdout.
    output: verbose ? 'stderr' : 'kept',
  });
  if (result.interruptedBy !== null)
    throw new InterruptedError('the rehearsal was interrupted; nothing of it is left', result.interruptedBy);
  return result;
}
