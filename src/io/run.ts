/** Runs programs: argument arrays, no shell, the child owns the terminal. */

import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../model/errors.ts';
import type { Command, Tool } from '../model/target.ts';

export interface RunOptions {
  /** `out/`, from which commands' directories are counted. */
  readonly out: string;
  readonly env: NodeJS.ProcessEnv;
  /** Programs of the target, for what to say when one is missing. */
  readonly tools: readonly Tool[];
  /** Is the terminal ours? Then its signals reach the child directly. */
  readonly isTerminal: boolean;
}

export interface CommandResult {
  /** The child's own code, or 128 + n when signal n ended it. */
  readonly exitCode: number;
}

/** Signals that only reach us: the child would never hear of them. */
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
      stdio: 'inherit',
      shell: false,
    });
    const release = handleSignals(child, options.isTerminal);
    child.once('error', (error) => {
      release();
      reject(startError(error, program, options.tools));
    });
    child.once('close', (code, signal) => {
      release();
      resolve({ exitCode: signal === null ? (code ?? 1) : 128 + constants.signals[signal] });
    });
  });
}

/**
 * Ctrl-C on a terminal reaches the whole process group: passing it on would make it two, and
 * OpenTofu takes a second interrupt as an order to drop its state. So it is ignored here, and
 * forwarded only where there is no terminal.
 */
function handleSignals(child: ChildProcess, isTerminal: boolean): () => void {
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  const interrupt = isTerminal ? (): void => undefined : forward;
  process.on('SIGINT', interrupt);
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    process.off('SIGINT', interrupt);
    for (const signal of FORWARDED) process.off(signal, forward);
  };
}

function startError(error: NodeJS.ErrnoException, program: string, tools: readonly Tool[]): CommandError {
  if (error.code !== 'ENOENT') return new CommandError(`${program} cannot be started: ${error.message}`, { cause: error });
  const tool = tools.find(({ name }) => name === program);
  const advice = tool === undefined ? 'install it' : `it is needed for ${tool.purpose}; get it with: ${tool.install}`;
  return new CommandError(`${program} is not installed: ${advice}`, { cause: error });
}
