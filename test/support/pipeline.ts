/** The pipeline as tests use it: folders of fixtures or texts in, files out. */

import { join } from 'node:path';
import { generate, type Generated } from '../../src/generate.ts';
import { loadTemplates } from '../../src/io/load.ts';
import { encoded, ROOT, textsOfFixture } from './validation.ts';

const templates = loadTemplates(join(ROOT, 'templates'));

export function generateFixture(directory: string): Generated {
  return generate({ ...textsOfFixture(directory), templates });
}

export function generateTexts(cluster: string, nodes: string): Generated {
  return generate({ ...encoded(cluster, nodes), templates });
}
