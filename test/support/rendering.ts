/** The files of the target as they are written, from the real templates. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RenderedFile } from '../../../src/model/artifact.ts';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { plan } from '../../../src/render/plan.ts';
import { createRenderer } from '../../../src/render/render.ts';
import { crossplane } from '../../../src/targets/crossplane/index.ts';

const FOLDER = fileURLToPath(new URL('../../../templates/', import.meta.url));

/** The Taskfile is printed from the task table by the tasks target. */
const templates = new Map(
  readdirSync(`${FOLDER}crossplane`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.j2') && path !== 'Taskfile.yaml.j2')
    .map((path) => `crossplane/${path}`)
    .sort()
    .map((path) => [path, { text: readFileSync(FOLDER + path, 'utf8') }] as const),
);

/** Path under `crossplane/` -> file. */
export function renderedFiles(cluster: VmCluster): ReadonlyMap<string, RenderedFile> {
  const { render } = createRenderer(templates);
  const artifacts = plan([...templates.keys()], [crossplane], cluster);
  return new Map(artifacts.map((artifact) => [artifact.path.replace(/^crossplane\//, ''), render(artifact)]));
}
