/** A temporary directory with the two inputs, and the command line run in it. */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCli } from '../../src/cli/program.ts';
import { FIXTURES } from './validation.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workspace {
  readonly directory: string;
  path(name: string): string;
  read(name: string): string;
  write(name: string, text: string): void;
  exists(name: string): boolean;
  cli(...args: string[]): Promise<CliResult>;
  /** The same with answers, an environment, or a terminal. */
  cliWith(options: CliHost, ...args: string[]): Promise<CliResult>;
  remove(): void;
}

export interface CliHost {
  readonly env?: NodeJS.ProcessEnv;
  readonly answer?: string;
  /** What a question ends in instead of an answer. */
  readonly failure?: Error;
  readonly interactive?: boolean;
  readonly tty?: boolean;
}

/** @param fixture a folder of `fixtures/valid`, or `null` for an empty directory */
export function createWorkspace(fixture: string | null = 'minimal'): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'talmox-test-'));
  if (fixture !== null) cpSync(join(FIXTURES, 'valid', fixture), directory, { recursive: true });
  const path = (name: string): string => join(directory, name);
  const cliWith = (options: CliHost, ...args: string[]): Promise<CliResult> => runIn(directory, options, args);
  return {
    directory,
    path,
    read: (name) => readFileSync(path(name), 'utf8'),
    write: (name, text) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
    },
    exists: (name) => existsSync(path(name)),
    cli: (...args) => cliWith({}, ...args),
    cliWith,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function runIn(directory: string, options: CliHost, args: readonly string[]): Promise<CliResult> {
  const text = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    isTTY: options.tty ?? false,
    write: (part: string) => void (text[name] += part),
  });
  const exitCode = await runCli(args, {
    version: '0.0.0',
    interruption: () => new AbortController().signal,
    host: {
      cwd: directory,
      env: options.env ?? { PATH: '' },
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      interactive: options.interactive ?? false,
      ask: () =>
        options.failure === undefined ? Promise.resolve(options.answer ?? '') : Promise.reject(options.failure),
    },
  });
  return { exitCode, ...text };
}
