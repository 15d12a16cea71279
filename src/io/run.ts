/** Runs programs: argument arrays that no shell reads; the child has the terminal. */

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../model/errors.ts';
import type { Tool } from '../model/tool.ts';
import type { Command } from '../model/task.ts';
import { findProgram } from './tools.ts';

export interface RunOptions {
  /** `out/`, from which commands' directories are counted. */
  readonly out: string;
  readonly env: NodeJS.ProcessEnv;
  /** Programs of the target, for what to say when one is missing. */
  readonly tools: readonly Tool[];
  /** Held for all commands of a run: a signal between two of them ends it as one within a command does. */
  readonly signals: Signals;
  /** Where the child's own output goes: as it is to one of ours, or kept with its errors, for `said`. */
  readonly output: 'stdout' | 'stderr' | 'kept';
}

export interface CommandResult {
  /** The child's own code, or 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** 128 + n when signal n reached this process while the child ran, whatever the child did then. */
  readonly interruptedBy: number | null;
  /** What the child printed, where it was kept: the last part of much. */
  readonly said: string;
}

/** Characters of a child's output that are kept. */
const KEPT_LENGTH = 200_000;

/**
 * Whether a terminal controls this process. Not whether stdin is one: `echo x | talmox apply` gets
 * Ctrl-C from the terminal like everything else in its process group.
 */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return process.platform === 'win32' && process.stdin.isTTY;
  }
}

/**
 * Runs one command to its end; none, when a signal came before it.
 * @throws CommandError when the program is missing or cannot be started
 */
export async function runCommand(command: Command, options: RunOptions): Promise<CommandResult> {
  const { signals } = options;
  const [program] = command.argv;
  const interruptedBy = (): number | null => {
    const received = signals.received();
    return received === null ? null : signalCode(received);
  };
  const before = interruptedBy();
  if (before !== null) return { exitCode: before, interruptedBy: before, said: '' };
  const env = { ...options.env, ...command.env };
  if (findProgram(program, env) === null) throw missing(program, options.tools);
  return new Promise((resolve, reject) => {
    const [file, args] = startOf(command.argv);
    const child = spawn(file, args, {
      cwd: join(options.out, command.cwd),
      env,
      stdio: stdioFor(options.output),
      shell: false,
    });
    const said = keep(child);
    signals.attach(child);
    child.once('error', (error) => {
      signals.attach(null);
      reject(new CommandError(`${program} cannot be started: ${error.message}`, { cause: error }));
    });
    child.once('close', (code, signal) => {
      signals.attach(null);
      const exitCode = signal === null ? (code ?? 1) : signalCode(signal);
      resolve({ exitCode, interruptedBy: interruptedBy(), said: said() });
    });
  });
}

/** A signal that is ignored when a program starts stays ignored, unless the program itself asks for it. */
const WITHOUT_HANGUP = 'trap "" HUP; exec "$0" "$@"';

/**
 * Node starts programs with every signal at its default. Therefore a shell goes before, ignores the hangup and becomes the
 * program; it gets the words as they are and reads none of them.
 */
function startOf(argv: Command['argv']): [file: string, args: readonly string[]] {
  const [program, ...args] = argv;
  return process.platform === 'win32' ? [program, args] : ['/bin/sh', ['-c', WITHOUT_HANGUP, ...argv]];
}

function stdioFor(output: RunOptions['output']): StdioOptions {
  if (output === 'kept') return ['inherit', 'pipe', 'pipe'];
  return ['inherit', output === 'stderr' ? process.stderr : 'inherit', 'inherit'];
}

/** @returns what the child has printed into its pipes so far, both in the order in which it arrived */
function keep({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-KEPT_LENGTH);
    });
  }
  return () => text;
}

/** The signals that end a run, held while programs do its work. */
export interface Signals {
  /** The last one that reached this process. */
  received(): NodeJS.Signals | null;
  /** The program that hears of them from now on; `null`: none runs. */
  attach(child: ChildProcess | null): void;
  /** Gives them back. */
  release(): void;
}

/**
 * Holds the signals that end a run, so that the program ends orderly, and this process after it. OpenTofu takes a second
 * interrupt as an order to drop its state, so none is passed on twice:
 *
 * - Ctrl-C on a terminal reaches the whole process group, the program included. Without a terminal it is passed on.
 * - SIGTERM reaches this process alone, and is passed on.
 * - SIGHUP comes when the terminal is gone, often several times, and to the program too, which would die of it at once:
 *   programs are started with SIGHUP ignored (`WITHOUT_HANGUP`) and interrupted instead, unless they have been told to end.
 *
 * @param hasTerminal a terminal controls this process: its Ctrl-C reaches programs directly
 */
export function takeSignals(hasTerminal: boolean): Signals {
  let last: NodeJS.Signals | null = null;
  let child: ChildProcess | null = null;
  const passed = new Set<NodeJS.Signals>();
  const pass = (signal: NodeJS.Signals): void => {
    if (!passed.has(signal)) child?.kill(signal);
    passed.add(signal);
  };
  const handlers = {
    SIGINT: () => {
      if (hasTerminal) passed.add('SIGINT');
      else pass('SIGINT');
    },
    SIGTERM: () => {
      pass('SIGTERM');
      // It has been told to end.
      passed.add('SIGINT');
    },
    SIGHUP: () => {
      pass('SIGINT');
    },
  };
  const listeners = (Object.keys(handlers) as (keyof typeof handlers)[]).map((signal) => {
    const listener = (): void => {
      last = signal;
      handlers[signal]();
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  return {
    received: () => last,
    attach: (next) => {
      child = next;
    },
    release: () => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}

function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function missing(program: string, tools: readonly Tool[]): CommandError {
  const tool = tools.find(({ name }) => name === program);
  const advice = tool === undefined ? 'install it' : `it is needed for ${tool.purpose}; get it with: ${tool.install}`;
  return new CommandError(`${program} is not installed: ${advice}`);
}
