/** The command line as commander sees it: verbs, flags, help. What verbs do is in `commands/`. */

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { BACKEND_NAMES } from '../model/backend-name.ts';
import { UsageError } from '../model/errors.ts';
import { message, shown } from '../model/shown.ts';
import { nearest } from '../model/suggest.ts';
import { VERBS, type Verb } from '../model/task.ts';
import { INSTALLATIONS } from '../simulator/installations.ts';
import { NEWEST_PVE, PVE_VERSIONS } from '../simulator/schema/types.ts';
import { exitCodeOf, printError } from './failure.ts';
import { commandHelp, programHelp } from './help.ts';
import { printJson } from './report.ts';
import { createSession, type GlobalOptions, type Host, type Session } from './session.ts';

const VERB_SUMMARIES: Readonly<Record<Verb, string>> = {
  plan: 'show what would change on Proxmox VE (0 nothing, 2 changes, 1 error)',
  apply: 'create and change VMs until Proxmox VE is as out/ says',
  status: 'show the state of the VMs',
  destroy: 'destroy the VMs of this cluster, after asking for its name',
};

export interface CliOptions {
  readonly host: Host;
  readonly version: string;
  /** Handles the signals from now on: `watch`, `simulate` and `nocloud serve` call it, and end when it fires. */
  interruption(): AbortSignal;
}

/** Runs one command line. @returns the exit code; never throws */
export async function runCli(args: readonly string[], options: CliOptions): Promise<number> {
  const state = { exitCode: 0 };
  const program = createProgram(options, state);
  try {
    await program.parseAsync(withDefaultCommand(program, args), { from: 'user' });
    return state.exitCode;
  } catch (error) {
    const globals = program.opts<GlobalOptions & { debug?: boolean }>();
    const session = createSession(options.host, { ...globals, json: globals.json ?? args.includes('--json') });
    const command = commandName(program, args);
    if (error instanceof CommanderError) return usageExit(session, command, error);
    await printError(session, command, error, globals.debug ?? false);
    return exitCodeOf(error);
  }
}

/** No command means `configure`. */
function withDefaultCommand(program: Command, args: readonly string[]): string[] {
  const { operands, unknown } = program.parseOptions([...args]);
  const asksForHelp = unknown.some((word) => word === '-h' || word === '--help');
  return operands.length === 0 && !asksForHelp ? ['configure', ...args] : [...args];
}

/** Commander printed what was wrong for people; with --json a program gets the usual object. */
function usageExit(session: Session, command: string, { exitCode, message: said }: CommanderError): number {
  if (exitCode === 0) return 0;
  if (session.json) {
    printJson(session, {
      command,
      ok: false,
      exitCode: 2,
      error: { code: 'USAGE', message: said.replace(/^error: /, '') },
    });
  }
  return 2;
}

function commandName(program: Command, args: readonly string[]): string {
  const names = program.commands.map((command) => command.name());
  return args.find((argument) => names.includes(argument)) ?? 'talmox';
}

function createProgram({ host, version, interruption }: CliOptions, state: { exitCode: number }): Command {
  const program = new Command('talmox')
    .description('Talos Linux on Proxmox VE: cluster.yaml and nodes.yaml in, every artifact out.')
    .version(version, '--version', 'print the version')
    .option('-C, --directory <dir>', 'directory of cluster.yaml and nodes.yaml', '.')
    .option('--json', 'print one JSON object instead of text')
    .option('--strict', 'warnings fail too')
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .option('--debug', 'show where an internal error happened')
    .addHelpText('after', programHelp)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      // What was wrong on a command line may be a secret in the wrong place.
      writeErr: (text) => void host.stderr.write(text.split('\n').map(message).join('\n')),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('(talmox --help lists commands and flags)')
    .exitOverride();
  const act =
    (work: (session: Session, command: Command) => number | Promise<number>) =>
    async (...parameters: unknown[]): Promise<void> => {
      const command = parameters.at(-1) as Command;
      state.exitCode = await work(createSession(host, command.optsWithGlobals<GlobalOptions>()), command);
    };
  addFileCommands(program, act, interruption);
  addQuestionCommands(program, act);
  addRunnerCommands(program, act);
  addSimulatorCommands(program, act, interruption);
  addNoCloudCommands(program, act, interruption);
  for (const command of program.commands) command.addHelpText('after', commandHelp(command.name()));
  program.on('command:*', ([word = '']: string[]) => {
    const names = program.commands.map((command) => command.name());
    const meant = nearest(word, names) ?? names.find((name) => word.length > 1 && name.startsWith(word)) ?? null;
    throw new UsageError(
      `unknown command ${shown(word)}; ${meant === null ? `there are: ${names.join(', ')}` : `did you mean ${meant}?`}`,
    );
  });
  return program;
}

type Act = (
  work: (session: Session, command: Command) => number | Promise<number>,
) => (...parameters: unknown[]) => Promise<void>;

function addFileCommands(program: Command, act: Act, interruption: CliOptions['interruption']): void {
  program
    .command('init')
    .description('write a first cluster.yaml and nodes.yaml')
    .action(act(async (session) => (await import('./commands/init.ts')).init(session)));
  program
    .command('configure')
    .description('render out/ (the default)')
    .option('--force', 'overwrite files edited by hand')
    .option('--dry-run', 'say what would be written, write nothing')
    .action(
      act(async (session, command) => (await import('./commands/configure.ts')).configure(session, command.opts())),
    );
  program
    .command('watch')
    .description('render out/ after every save')
    .action(act(async (session) => (await import('./commands/watch.ts')).watch(session, interruption())));
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
    .action(
      act(async (session, command) =>
        (await import('./commands/explain.ts')).explain(session, command.args[0], command.args[1]),
      ),
    );
  program
    .command('schema')
    .description('print the JSON Schema of an input')
    .argument('[file]', 'cluster or nodes', 'cluster')
    .action(
      act(async (session, command) => {
        const name = command.processedArgs[0] as string;
        if (name !== 'cluster' && name !== 'nodes')
          command.error(`error: unknown schema '${name}'; there are cluster and nodes`);
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
    if (verb === 'destroy') command.option('--confirm <name>', "the cluster's name, instead of typing it");
    command.action(act(async (session, self) => (await import('./commands/run.ts')).run(session, verb, self.opts())));
  }
}

function addSimulatorCommands(program: Command, act: Act, interruption: CliOptions['interruption']): void {
  program
    .command('simulate')
    .description('run a simulated Proxmox VE on this machine, for any tool')
    .addOption(pveOption())
    .option('--port <number>', 'port on 127.0.0.1; any free one by default', port)
    .addOption(
      new Option(
        '--seed <what>',
        'start with the hosts, bridges and storages that cluster.yaml takes for granted, or with fresh hosts',
      )
        .choices(['cluster', ...INSTALLATIONS])
        .default('fresh'),
    )
    .option('--real-time', 'tasks take about as long as on a small host')
    .action(
      act(async (session, command) =>
        (await import('./commands/simulate.ts')).simulate(session, command.opts(), interruption()),
      ),
    );
  program
    .command('rehearse')
    .description('apply out/ to a simulated Proxmox VE, plan again, destroy, and compare with the model')
    .addOption(targetOption())
    .addOption(pveOption())
    .option('--from <revision>', 'build what this git revision (or directory) says first, then make the change')
    .option('--confirm <name>', 'a VM that the change may replace, delete or take a disk from; repeatable', collect, [])
    .option('--verbose', 'show what the tool prints')
    .addOption(new Option('--report <form>', 'form of the result').choices(['json', 'markdown']))
    .action(
      act(async (session, command) => (await import('./commands/rehearse.ts')).rehearse(session, command.opts())),
    );
  program
    .command('record')
    .description(
      'ask a real Proxmox VE, read-only, for keys and types of its answers, and compare the simulator with them',
    )
    .action(act(async (session) => (await import('./commands/record.ts')).record(session)));
}

function addNoCloudCommands(program: Command, act: Act, interruption: CliOptions['interruption']): void {
  const nocloud = program.command('nocloud').description('what nodes read at first boot');
  nocloud
    .command('serve')
    .description(
      'serve out/nocloud to the nodes over HTTP, for nocloud.method nocloud-net and nocloud.user_data include',
    )
    .option('--listen <address:port>', 'address to listen on; by default that of nocloud.server_url')
    .option('--private <dir>', 'serve the full machine configurations of this folder; they hold secrets')
    .addHelpText('after', commandHelp('nocloud'))
    .action(
      act(async (session, command) =>
        (await import('./commands/nocloud-serve.ts')).nocloudServe(session, command.opts(), interruption()),
      ),
    );
}

function pveOption(): Option {
  return new Option('--pve <version>', 'version of Proxmox VE to simulate')
    .choices([...PVE_VERSIONS])
    .default(NEWEST_PVE);
}

function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535) throw new InvalidArgumentError('a port is a number up to 65535.');
  return number;
}

function targetOption(): Option {
  return new Option('--target <backend>', 'backend to use').choices([...BACKEND_NAMES]);
}
