/** A rehearsal as a user runs it: the built program, the backend's real tool, a simulated Proxmox VE. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PVE_VERSIONS, type PveVersion } from '../../src/simulator/schema/types.ts';
import { FIXTURES, ROOT } from '../support/validation.ts';
import { PROGRAM } from '../support/program.ts';
import type { RunnableBackend } from './changes/table.ts';
import { CASES, run } from './support.ts';

/**
 * Versions of Proxmox VE for the cases in every run of the proofs. Ansible takes longer, and its other proofs go through
 * the whole life of the cases that are missing here.
 */
const VERSIONS_OF: Readonly<Record<RunnableBackend, Readonly<Record<string, readonly PveVersion[]>>>> = {
  ansible: {
    sample: ['9.1'],
    'secure-boot': ['8.4'],
    'template-clone': ['9.0'],
    'vlan-cicustom': ['9.1'],
  },
  tofu: {
    sample: ['9.1'],
    community: ['9.0'],
    minimal: ['8.4'],
    'secure-boot': ['8.4'],
    'template-clone': ['9.0'],
    'template-shared': ['9.1'],
    'vlan-cicustom': ['9.1'],
  },
};

/** Which case is rehearsed on which version; with `TALMOX_REHEARSALS=all` each on all of them. */
export function rehearsedCases(backend: RunnableBackend): (readonly [name: string, pve: PveVersion])[] {
  const all = process.env['TALMOX_REHEARSALS'] === 'all';
  return CASES.filter((name) => name !== 'bare-metal').flatMap((name) =>
    (all ? PVE_VERSIONS : (VERSIONS_OF[backend][name] ?? [])).map((version) => [name, version] as const),
  );
}

export interface Rehearsal {
  readonly exitCode: number;
  /** The report for a pull request, and behind it what the tool said. */
  readonly said: string;
  /** Names of the steps that failed. */
  readonly failed: readonly string[];
}

/** Configures a case in a folder of its own and rehearses it. */
export function rehearseCase(
  name: string,
  target: RunnableBackend,
  pve: string,
  env: Readonly<Record<string, string>>,
): Rehearsal {
  const directory = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  if (name === 'sample')
    for (const file of ['cluster.yaml', 'nodes.yaml']) cpSync(join(ROOT, file), join(directory, file));
  else cpSync(join(FIXTURES, 'valid', name), directory, { recursive: true });
  execFileSync(process.execPath, [PROGRAM, 'configure'], { cwd: directory, stdio: 'ignore' });
  const args = ['rehearse', '--target', target, '--pve', pve, '--report', 'markdown'];
  const { exitCode, stdout, said } = run(process.execPath, [PROGRAM, ...args], { cwd: directory, env });
  const failed = [...stdout.matchAll(/^\| ❌ \| ([^|]+) \|/gm)].map(([, name = '']) => name);
  return { exitCode, failed, said: exitCode === 0 ? stdout : `${stdout}\n${said.slice(-6000)}` };
}
