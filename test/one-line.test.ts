/** One wrong value is one line: nothing that follows from it is said too. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { issueLine } from '../src/cli/report.ts';
import { CLUSTER_KEYS } from '../src/config/known-keys.ts';
import { FIXTURES, validateTexts } from './support/validation.ts';

type Path = readonly (string | number)[];

/** Every known key of a text, however deep, but for those below which anything may stand. */
function keysOf(text: string, isCluster: boolean): Path[] {
  const walk = (node: unknown, path: Path): Path[] => {
    if (isSeq(node)) return node.items.flatMap((item, index) => walk(item, [...path, index]));
    if (!isMap(node) || ['labels', 'kubelet_config'].some((key) => path.includes(key))) return [];
    return node.items.flatMap(({ key, value }) => {
      const name = String(isScalar(key) ? key.value : key);
      if (isCluster && path.length === 0 && !CLUSTER_KEYS.includes(name)) return [];
      return [[...path, name], ...walk(value, [...path, name])];
    });
  };
  return walk(parseDocument(text).contents, []);
}

/** The value at a path becomes one of a type that no key has. */
function broken(text: string, path: Path): string {
  const document = parseDocument(text);
  document.setIn(path, [[true]]);
  return document.toString();
}

const read = (name: string, file: string): string => readFileSync(join(FIXTURES, 'valid', name, file), 'utf8');

describe.each(readdirSync(join(FIXTURES, 'valid')))('%s: a wrong value is one line', (name) => {
  const cluster = read(name, 'cluster.yaml');
  const nodes = read(name, 'nodes.yaml');
  const usual = new Set(validateTexts(cluster, nodes).issues.map((issue) => issue.code));
  const errors = (texts: { cluster: string; nodes: string }): string[] =>
    validateTexts(texts.cluster, texts.nodes)
      .issues.filter((issue) => !usual.has(issue.code))
      .map(issueLine);

  it.each(keysOf(cluster, true).map((path) => [path.join('.'), path] as const))('cluster.yaml %s', (_name, path) => {
    expect(errors({ cluster: broken(cluster, path), nodes })).toHaveLength(1);
  });

  it.each(keysOf(nodes, false).map((path) => [path.join('.'), path] as const))('nodes.yaml %s', (_name, path) => {
    expect(errors({ cluster, nodes: broken(nodes, path) })).toHaveLength(1);
  });
});
