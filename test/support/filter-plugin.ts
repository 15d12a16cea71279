/** The filter plugins of the Ansible role, run by the Python of this machine. */

import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './validation.ts';

const PLUGINS = join(ROOT, 'templates/ansible/roles/proxmox_vm/filter_plugins');

/** ansible-core runs on 3.10 and later; what the plugins use is older. */
export const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;

/** One plugin in a process of its own. Answers come in the order of the calls. */
export class FilterPlugin {
  readonly #python: ChildProcessWithoutNullStreams;
  readonly #waiting: ((line: string) => void)[] = [];

  /** @param name of the file, without `.py` */
  constructor(name: string) {
    // -B: no __pycache__ beside the templates. -I: nothing of this machine's own.
    this.#python = spawn('python3', [
      '-B',
      '-I',
      join(ROOT, 'test/support/call-filter.py'),
      join(PLUGINS, `${name}.py`),
    ]);
    createInterface(this.#python.stdout).on('line', (line) => this.#waiting.shift()?.(line));
    this.#python.stderr.pipe(process.stderr);
  }

  /** @throws Error with the class and the text of what Python raised */
  async call(filter: string, ...args: readonly unknown[]): Promise<unknown> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#python.stdin.write(`${JSON.stringify({ filter, arguments: args })}\n`);
    });
    const answer = JSON.parse(line) as { readonly value?: unknown; readonly error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }

  close(): void {
    this.#python.stdin.end();
  }
}
