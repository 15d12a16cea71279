/** The program: the process around `runCli`. */

import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { packageRoot } from '../io/load.ts';
import { InterruptedError, WriteError } from '../model/errors.ts';
import { runCli } from './program.ts';

async function main(): Promise<void> {
  const interrupt = new AbortController();
  // The exit code of a program that a signal ended, as a shell reports it.
  const ended: { with: number | null } = { with: null };
  surviveOutput(interrupt);
  surviveTerminal();
  process.exitCode = await runCli(process.argv.slice(2), {
    // Only a command that goes on until it is interrupted takes the signals; any other ends by them.
    interruption: () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.once(signal, () => {
          ended.with = 128 + constants.signals[signal];
          interrupt.abort();
        });
      }
      return interrupt.signal;
    },
    version: packageVersion(),
    host: {
      cwd: currentDirectory(),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      // Opening stdin takes milliseconds; only a question needs it.
      get interactive() {
        return process.stdin.isTTY && process.stderr.isTTY;
      },
      ask,
    },
  });
  if (ended.with !== null) process.exitCode = ended.with;
}

/** A reader that closes the pipe early (`| head`), and a terminal that is gone: nothing more is read there. */
const NOBODY_READS: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO']);

/**
 * What cannot be written ends no command in the middle of its work; one that goes on until it is interrupted is. Without a
 * reader the exit code stays what it is, too; a result that is lost (a full disk) is a failure.
 */
function surviveOutput(interrupt: AbortController): void {
  let failure: WriteError | null = null;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (NOBODY_READS.has(error.code)) interrupt.abort();
    else if (failure === null) {
      failure = new WriteError('stdout', error.message);
      process.stderr.write(`talmox: ${failure.message}\n`);
      interrupt.abort();
    }
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (NOBODY_READS.has(error.code)) interrupt.abort();
  });
  process.on('exit', () => {
    if (failure !== null && (process.exitCode ?? 0) === 0) process.exitCode = failure.exitCode;
  });
}

/**
 * At its end Node 20 puts the terminal back as it found it, and aborts with a core dump when the terminal is gone by then
 * (`ResetStdio` in its src/node.cc; newer ones go on). It leaves a descriptor alone that is closed.
 */
function surviveTerminal(): void {
  process.on('exit', () => {
    for (const descriptor of [0, 1, 2]) {
      try {
        if (fstatSync(descriptor).isCharacterDevice() && !isatty(descriptor)) closeSync(descriptor);
      } catch {
        // It is closed.
      }
    }
  });
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

/** Relative to a directory that is gone, nothing is found; the command then says what it missed. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env['PWD'] ?? '/';
  }
}

/** @returns the line; an empty one when the input ends. @throws InterruptedError on Ctrl-C */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => {
        reject(new InterruptedError('interrupted; nothing was done'));
      });
      lines.once('close', () => {
        resolve('');
      });
      lines.question(question).then(resolve, reject);
    });
  } finally {
    lines.close();
  }
}

void main();
