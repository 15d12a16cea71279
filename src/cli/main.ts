/** The program: the process around `runCli`. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { packageRoot } from '../io/load.ts';
import { runCli } from './program.ts';

/** What a shell reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

async function main(): Promise<void> {
  // A reader that closes the pipe early (`| head`) is not an error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(0);
    });
  }
  const args = process.argv.slice(2);
  const interrupt = new AbortController();
  if (args.includes('watch')) process.once('SIGINT', () => { interrupt.abort(); });
  process.exitCode = await runCli(args, {
    signal: interrupt.signal,
    version: packageVersion(),
    host: {
      cwd: process.cwd(),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      interactive: process.stdin.isTTY && process.stderr.isTTY,
      ask,
    },
  });
  if (interrupt.signal.aborted) process.exitCode = INTERRUPTED;
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

void main();
