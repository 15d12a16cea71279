/** The two files as tests have them: folders of fixtures or texts in, issues and a cluster out. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate, type InputTexts, type Validated } from '../../src/validate.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const FIXTURES = join(ROOT, 'test/fixtures');

const MINIMAL = join(FIXTURES, 'valid/minimal');

/** A file of a fixture; one that the case is not about is the minimal one. */
function input(directory: string, name: string): Uint8Array {
  const own = join(directory, name);
  return readFileSync(existsSync(own) ? own : join(MINIMAL, name));
}

export function textsOfFixture(directory: string): InputTexts {
  return { clusterText: input(directory, 'cluster.yaml'), nodesText: input(directory, 'nodes.yaml') };
}

export function encoded(cluster: string, nodes: string): InputTexts {
  const encoder = new TextEncoder();
  return { clusterText: encoder.encode(cluster), nodesText: encoder.encode(nodes) };
}

export function validateFixture(directory: string): Validated {
  return validate(textsOfFixture(directory));
}

export function validateTexts(cluster: string, nodes: string): Validated {
  return validate(encoded(cluster, nodes));
}
