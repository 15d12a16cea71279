/** Runs programs: argument arrays, no shell; the child has the terminal. */

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../model/errors.ts';
import type { Tool } from '../model/tool.ts';
import type { Command } from '../model/task.ts';

export interface RunOptions {
  /** `out/`, from which commands' directories are counted. */
  readonly out: string;
  readonly env: NodeJS.ProcessEnv;
  /** Programs of the target, for what to say when one is missing. */
  readonly tools: readonly Tool[];
  /** Does a terminal control this process? Then its Ctrl-C reaches the child directly. */
  readonly hasTerminal: boolean;
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

/** Signals that only this process gets, and passes on to the child. */
const FORWARDED = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Runs one command to its end.
 * @throws CommandError when the program is missing or cannot be started
 */
export function runCommand(command: Command, options: RunOptions): Promise<CommandResult> {
  const [program, ...args] = command.argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: join(options.out, command.cwd),
      env: { ...options.env, ...command.env },
      stdio: stdioFor(options.output),
      shell: false,
    });
    const said = keep(child);
    const signals = handleSignals(child, options.hasTerminal);
    child.once('error', (error) => {
      signals.release();
      reject(startError(error, program, options.tools));
    });
    child.once('close', (code, signal) => {
      signals.release();
      const received = signals.received();
      resolve({
        exitCode: signal === null ? (code ?? 1) : signalCode(signal),
        interruptedBy: received === null ? null : signalCode(received),
        said: said(),
      });
    });
  });
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

/**
 * Ctrl-C on a terminal reaches the whole process group: passing it on would make it two, and
 * OpenTofu takes a second interrupt as an order to drop its state. So it is ignored here, and
 * forwarded only where there is no terminal.
 */
function handleSignals(child: ChildProcess, terminal: boolean): { received(): NodeJS.Signals | null; release(): void } {
  let last: NodeJS.Signals | null = null;
  const forward = (signal: NodeJS.Signals): void => {
    last = signal;
    child.kill(signal);
  };
  const interrupt = (signal: NodeJS.Signals): void => {
    last = signal;
    if (!terminal) child.kill(signal);
  };
  process.on('SIGINT', interrupt);
  for (const signal of FORWARDED) process.on(signal, forward);
  return {
    received: () => last,
    release: () => {
      process.off('SIGINT', interrupt);
      for (const signal of FORWARDED) process.off(signal, forward);
    },
  };
}

function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function startError(error: NodeJS.ErrnoException, program: string, tools: readonly Tool[]): CommandError {
  if (error.code !== 'ENOENT')
    return new CommandError(`${program} cannot be started: ${error.message}`, { cause: error });
  const tool = tools.find(({ name }) => name === program);
  const advice = tool === undefined ? 'install it' : `it is needed for ${tool.purpose}; get it with: ${tool.install}`;
  return new CommandError(`${program} is not installed: ${advice}`, { cause: error });
}
