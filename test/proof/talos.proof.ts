/**
 * Talos' own library generates machine configurations, merges the rendered patches into them as the rendered tasks do, and
 * accepts the results in strict mode without a warning, for the release that the patches are for, in the cloud and on metal.
 * Merged again, the patches change nothing, all together and each alone.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { RenderedFile } from '../../src/model/artifact.ts';
import type { Cluster, Node } from '../../src/model/cluster.ts';
import { TALOS_MINORS } from '../../src/model/compatibility.ts';
import { minorText } from '../../src/model/version.ts';
import { patchFiles } from '../../src/targets/talos/patch-files.ts';
import { generateFixture, generateTexts } from '../support/pipeline.ts';
import { FIXTURES, ROOT, validateFixture, validateTexts } from '../support/validation.ts';
import { talosMatrixOfDocuments } from '../support/talos-matrix.ts';
import { CASES, layFiles, need } from './support.ts';
import type { Tool } from './tools/cache.ts';
import { goTool } from './tools/go.ts';

/** One cluster, with what was rendered for it. */
interface Case {
  readonly name: string;
  readonly cluster: Cluster;
  readonly files: readonly RenderedFile[];
}

type Result = { readonly config: string } | { readonly refused: string };

/** 1.14 only as an alpha: the library has no later one, and talosctl itself cannot be had here. */
const validators: Readonly<Record<string, Tool>> = Object.fromEntries(
  TALOS_MINORS.map((minor) => [minor, goTool(`talos-${minor}`, { program: 'talos-validate' })]),
);

function casesOf(minor: string): Case[] {
  const written = CASES.map((name): Case | null => {
    const folder = name === 'sample' ? ROOT : join(FIXTURES, 'valid', name);
    const { cluster } = validateFixture(folder);
    return cluster !== null && minorText(cluster.talos.version) === minor
      ? { name, cluster, files: generateFixture(folder).files }
      : null;
  });
  const made = talosMatrixOfDocuments()
    .filter((one) => one.minor === minor)
    .map(({ name, clusterText, nodesText }): Case => {
      const { cluster } = validateTexts(clusterText, nodesText);
      if (cluster === null) throw new Error(`${name} is not valid`);
      return { name, cluster, files: generateTexts(clusterText, nodesText).files };
    });
  return [...written.filter((one) => one !== null), ...made];
}

const patchesOf = ({ files }: Case): RenderedFile[] =>
  files.filter(({ path }) => /^talos\/(?:patches|documents|nodes)\//.test(path));

/** Kinds that the cases use and the library does not have. */
function unknownKinds(validator: Tool, cases: readonly Case[]): string[] {
  if (!('path' in validator)) return [];
  const kinds = new Set(
    cases.flatMap(patchesOf).flatMap(({ content }) => [...content.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind)),
  );
  const { stdout } = spawnSync(validator.path, ['-unknown', [...kinds].sort().join(',')], { encoding: 'utf8' });
  return stdout.split('\n').filter((kind) => kind !== '');
}

/** The file without documents of the kinds. */
function without(kinds: readonly string[], file: RenderedFile): RenderedFile {
  if (kinds.length === 0) return file;
  const kept = parseAllDocuments(file.content)
    .map((one) => one.toJS() as Record<string, unknown>)
    .filter(({ kind }) => !kinds.includes(String(kind)));
  return { ...file, content: kept.map((one) => stringify(one)).join('---\n') };
}

/** What Talos makes of every node of every case, in one run: its secrets take a second to make. */
function configure(
  validator: string,
  minor: string,
  cases: readonly Case[],
  unknown: readonly string[],
): { who: string; node: Node; result: Result }[] {
  const directory = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const machines = cases.flatMap((one, index) => {
    const out = join(directory, String(index));
    layFiles(
      patchesOf(one).map((file) => without(unknown, file)),
      out,
    );
    return one.cluster.nodes.map((node) => {
      const patches = patchFiles(one.cluster, node).map((path) => join(out, 'talos', path));
      return { who: `${one.name}: ${node.name}`, node, set: { role: node.role, patches } };
    });
  });
  const args = ['-contract', `v${minor}`, '-kubernetes', '1.35.0', '-modes', 'cloud,metal', '-repeat', '-sets'];
  const run = spawnSync(validator, args, {
    input: JSON.stringify(machines.map(({ set }) => set)),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  expect(run.stderr).toBe('');
  const results = JSON.parse(run.stdout) as Result[];
  return machines.map(({ who, node }, index) => ({ who, node, result: results[index] as Result }));
}

describe.each(TALOS_MINORS)('Talos %s', (minor) => {
  const validator = validators[minor] ?? { missing: `Talos' library for ${minor} is not pinned` };
  const cases = casesOf(minor);
  const unknown = unknownKinds(validator, cases);
  const left = unknown.length === 0 ? '' : `; left to the schemas: ${unknown.join(', ')}`;

  it(`accepts what every node of ${cases.length} clusters gets, and the same again${left}`, ({ skip }) => {
    const machines = configure(need(validator, skip), minor, cases, unknown);
    expect(machines.filter(({ result }) => 'refused' in result).map(({ who, result }) => [who, result])).toEqual([]);
    for (const { who, node, result } of machines)
      expect(result, who).toHaveProperty('config', expect.stringContaining(`hostname: ${node.name}\n`));
  });
});
