/** What every command gets: where it runs, how it speaks, and what was asked globally. */

import { resolve } from 'node:path';
import { createOutput, type Output, type Sink } from './print.ts';

export interface Session {
  /** Absolute path of the directory with the two inputs. */
  readonly directory: string;
  /** Absolute path of its `out/`. */
  readonly outDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  /** Results as one JSON object. */
  readonly json: boolean;
  /** Warnings fail too. */
  readonly strict: boolean;
  /** A person can be asked. */
  readonly interactive: boolean;
  /** Asks a question and reads one line. */
  ask(question: string): Promise<string>;
}

/** What the process provides; tests provide their own. */
export interface Host {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly interactive: boolean;
  ask(question: string): Promise<string>;
}

export interface GlobalOptions {
  readonly directory?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly color?: boolean;
}

export function createSession(host: Host, options: GlobalOptions): Session {
  const directory = resolve(host.cwd, options.directory ?? '.');
  return {
    directory,
    outDirectory: resolve(directory, 'out'),
    env: host.env,
    output: createOutput(host.stdout, host.stderr, host.env, options.color ?? true),
    json: options.json ?? false,
    strict: options.strict ?? false,
    get interactive() {
      return host.interactive;
    },
    ask: host.ask,
  };
}
