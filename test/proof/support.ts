/** What every proof starts from: rendered trees on disk, and programs run in them. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseDocument } from 'yaml';
import type { RenderedFile } from '../../src/model/artifact.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { generateFixture, generateTexts } from '../support/pipeline.ts';
import { FIXTURES, ROOT, validateFixture } from '../support/validation.ts';
import type { Tool } from './tools/cache.ts';

/** Every valid fixture, and the sample of this repository. */
export const CASES: readonly string[] = ['sample', ...readdirSync(join(FIXTURES, 'valid'))];

export function clusterOf(name: string): Cluster {
  const { cluster } = validateFixture(name === 'sample' ? ROOT : join(FIXTURES, 'valid', name));
  if (cluster === null) throw new Error(`${name} is not valid`);
  return cluster;
}

/** Renders a case into a new folder that goes away with the test. @returns its `out/` */
export function renderedTree(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const out = join(directory, 'out');
  renderInto(name, out);
  return out;
}

/** Renders a case. @param out the folder that becomes its `out/` */
export function renderInto(name: string, out: string): void {
  if (name === 'sample') {
    cpSync(join(ROOT, 'out'), out, { recursive: true });
    return;
  }
  layFiles(generateFixture(join(FIXTURES, 'valid', name)).files, out);
}

/** The same for another `talos.tool` than the case has. */
export function treeForTool(tool: string, name: string): string {
  const folder = name === 'sample' ? ROOT : join(FIXTURES, 'valid', name);
  const cluster = parseDocument(readFileSync(join(folder, 'cluster.yaml'), 'utf8'));
  cluster.setIn(['talos', 'tool'], tool);
  const directory = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  layFiles(
    generateTexts(cluster.toString(), readFileSync(join(folder, 'nodes.yaml'), 'utf8')).files,
    join(directory, 'out'),
  );
  return join(directory, 'out');
}

export function layFiles(files: readonly RenderedFile[], out: string): void {
  for (const { path, content, mode } of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content, { mode });
  }
}

export interface Outcome {
  readonly exitCode: number;
  /** Both streams, in no certain order. */
  readonly said: string;
  readonly stdout: string;
}

/** Runs a program to its end, for at most five minutes. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>> },
): Outcome {
  const result = spawnSync(program, [...args], {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error !== undefined) throw result.error;
  return { exitCode: result.status ?? 128, said: `${result.stdout}${result.stderr}`, stdout: result.stdout };
}

/** The path of a tool, or a test that says by name why it is skipped. */
export function need(tool: Tool, skip: (note: string) => never): string {
  return 'path' in tool ? tool.path : skip(tool.missing);
}
