/** The command line as commander sees it: verbs, flags, help. What verbs do is in `commands/`. */

import { Command, CommanderError, Option } from 'commander';
import { BACKEND_NAMES } from '../model/backend-name.ts';
import { VERBS, type Verb } from '../model/target.ts';
import { exitCodeOf, printError } from './failure.ts';
import { createSession, type GlobalOptions, type Host, type Session } from './session.ts';

const EXAMPLES = `
Examples:
  $ talmox init                              write a first cluster.yaml and nodes.yaml
  $ talmox configure                         render out/
  $ talmox check                             in CI: is out/ what the input renders to?
  $ talmox explain w-1 vm_memory             which default won?
  $ talmox plan --target ansible             what would change on Proxmox VE
  $ talmox apply --target tofu --dry-run     the commands, without running them

Exit codes: 0 done, 1 input or output needs a change, 2 usage, 3 template, 4 file system, 5 missing tool,
70 bug, 130 interrupted; apply, status and destroy pass their tool's own on, plan is 0 none, 2 changes, 1 error.`;

const VERB_SUMMARIES: Readonly<Record<Verb, string>> = {
  plan: 'show what would change on Proxmox VE (0 nothing, 2 changes, 1 error)',
  apply: 'bring Proxmox VE to what out/ says',
  status: 'show the state of the VMs',
  destroy: 'destroy the VMs of this cluster, after asking for its name',
};

export interface CliOptions {
  readonly host: Host;
  readonly version: string;
  /** Fires on the interrupt that ends `watch`. */
  readonly signal: AbortSignal;
}

/** Runs one command line. @returns the exit code; never throws */
export async function runCli(args: readonly string[], options: CliOptions): Promise<number> {
  const state = { exitCode: 0 };
  const program = createProgram(options, state);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return state.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const globals = program.opts<GlobalOptions & { debug?: boolean }>();
    const session = createSession(options.host, globals);
    printError(session, commandName(args), error, globals.debug ?? false);
    return exitCodeOf(error);
  }
}

function commandName(args: readonly string[]): string {
  return args.find((argument) => !argument.startsWith('-')) ?? 'talmox';
}

function createProgram({ host, version, signal }: CliOptions, state: { exitCode: number }): Command {
  const program = new Command('talmox')
    .description('Talos Linux on Proxmox VE: cluster.yaml and nodes.yaml in, every artifact out.')
    .version(version, '--version', 'print the version')
    .option('-C, --directory <dir>', 'directory of cluster.yaml and nodes.yaml', '.')
    .option('--json', 'print one JSON object instead of text')
    .option('--strict', 'warnings fail too')
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .option('--debug', 'show where an internal error happened')
    .addHelpText('after', EXAMPLES)
    .configureOutput({ writeOut: (text) => void host.stdout.write(text), writeErr: (text) => void host.stderr.write(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(talmox --help lists commands and flags)')
    .exitOverride();
  const act = (work: (session: Session, command: Command) => number | Promise<number>) =>
    async (...parameters: unknown[]): Promise<void> => {
      const command = parameters.at(-1) as Command;
      state.exitCode = await work(createSession(host, command.optsWithGlobals<GlobalOptions>()), command);
    };
  addFileCommands(program, act, signal);
  addQuestionCommands(program, act);
  addRunnerCommands(program, act);
  return program;
}

type Act = (work: (session: Session, command: Command) => number | Promise<number>) => (...parameters: unknown[]) => Promise<void>;

function addFileCommands(program: Command, act: Act, signal: AbortSignal): void {
  program
    .command('init')
    .description('write a first cluster.yaml and nodes.yaml')
    .action(act(async (session) => (await import('./commands/init.ts')).init(session)));
  program
    .command('configure', { isDefault: true })
    .description('render out/ (the default)')
    .option('--force', 'overwrite files edited by hand')
    .option('--dry-run', 'say what would be written, write nothing')
    .action(act(async (session, command) => (await import('./commands/configure.ts')).configure(session, command.opts())));
  program
    .command('watch')
    .description('render out/ after every save')
    .action(act(async (session) => (await import('./commands/watch.ts')).watch(session, signal)));
}

function addQuestionCommands(program: Command, act: Act): void {
  program
    .command('validate')
    .description('say what is wrong with the input')
    .action(act(async (session) => (await import('./commands/validate.ts')).validateCommand(session)));
  program
    .command('check')
    .description('is out/ what the input renders to? (exit 1 with a list when not)')
    .action(act(async (session) => (await import('./commands/check.ts')).check(session)));
  program
    .command('diff')
    .description('show what configure would change')
    .action(act(async (session) => (await import('./commands/diff.ts')).diff(session)));
  program
    .command('explain')
    .description('print resolved values and where each came from')
    .argument('[node]', 'a node, or a key of the cluster')
    .argument('[key]', 'a key of that node')
    .action(act(async (session, command) => (await import('./commands/explain.ts')).explain(session, command.args[0], command.args[1])));
  program
    .command('schema')
    .description('print the JSON Schema of an input')
    .argument('[file]', 'cluster or nodes', 'cluster')
    .action(
      act(async (session, command) => {
        const name = command.processedArgs[0] as string;
        if (name !== 'cluster' && name !== 'nodes') command.error(`error: unknown schema '${name}'; there are cluster and nodes`);
        return (await import('./commands/schema.ts')).schema(session, name as 'cluster' | 'nodes');
      }),
    );
  program
    .command('doctor')
    .description('say which tools are there, which are missing, and how to get them')
    .addOption(targetOption())
    .action(act(async (session, command) => (await import('./commands/doctor.ts')).doctor(session, command.opts())));
}

function addRunnerCommands(program: Command, act: Act): void {
  for (const verb of VERBS) {
    const command = program
      .command(verb)
      .description(VERB_SUMMARIES[verb])
      .addOption(targetOption())
      .option('--dry-run', 'print the commands, run nothing');
    if (verb === 'destroy') command.option('--confirm <name>', "the cluster's name, in place of typing it");
    command.action(act(async (session, self) => (await import('./commands/run.ts')).run(session, verb, self.opts())));
  }
}

function targetOption(): Option {
  return new Option('--target <backend>', 'backend to use').choices([...BACKEND_NAMES]);
}
