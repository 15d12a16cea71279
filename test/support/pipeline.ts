/** The pipeline as tests use it: folders of fixtures in, issues or files out. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, validate, type Generated, type Validated } from '../../src/generate.ts';
import { loadTemplates } from '../../src/io/load.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const FIXTURES = join(ROOT, 'test/fixtures');

const templates = loadTemplates(join(ROOT, 'templates'));
const MINIMAL = join(FIXTURES, 'valid/minimal');

/** A file of a fixture; one that the case is not about is the minimal one. */
function input(directory: string, name: string): Uint8Array {
  const own = join(directory, name);
  return readFileSync(existsSync(own) ? own : join(MINIMAL, name));
}

export function validateFixture(directory: string): Validated {
  return validate({ clusterText: input(directory, 'cluster.yaml'), nodesText: input(directory, 'nodes.yaml') });
}

export function generateFixture(directory: string): Generated {
  return generate({
    clusterText: input(directory, 'cluster.yaml'),
    nodesText: input(directory, 'nodes.yaml'),
    templates,
  });
}

export function validateTexts(cluster: string, nodes: string): Validated {
  const encoder = new TextEncoder();
  return validate({ clusterText: encoder.encode(cluster), nodesText: encoder.encode(nodes) });
}

export function generateTexts(cluster: string, nodes: string): Generated {
  const encoder = new TextEncoder();
  return generate({ clusterText: encoder.encode(cluster), nodesText: encoder.encode(nodes), templates });
}
