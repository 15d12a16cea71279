/** The files of one target as they are written, from the real templates. */

import { join } from 'node:path';
import { loadTemplates } from '../../src/io/load.ts';
import type { RenderedFile } from '../../src/model/artifact.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import type { Target } from '../../src/model/target.ts';
import { plan } from '../../src/render/plan.ts';
import { createRenderer } from '../../src/render/render.ts';
import { ROOT } from './validation.ts';

const templates = loadTemplates(join(ROOT, 'templates'));
const renderer = createRenderer(templates);

/** Templates that print or choose something: the others render to the same whatever the cluster. */
const varying = new Set([...templates].flatMap(([path, { text }]) => (/#[{%]/.test(text) ? [path] : [])));

/** Path under the target's folder -> file. The Taskfile is not among them: the tasks target prints it. */
export function renderedBy(target: Target, cluster: Cluster): ReadonlyMap<string, RenderedFile> {
  return render(target, cluster, [...templates.keys()]);
}

/** The same without the files that depend on nothing. */
export function varyingFiles(target: Target, cluster: Cluster): ReadonlyMap<string, RenderedFile> {
  return render(target, cluster, [...varying]);
}

function render(target: Target, cluster: Cluster, paths: readonly string[]): ReadonlyMap<string, RenderedFile> {
  const own = paths.filter((path) => path.startsWith(`${target.name}/`) && !path.endsWith('/Taskfile.yaml.j2'));
  const artifacts = plan(own, [target], cluster);
  return new Map(artifacts.map((artifact) => [artifact.path.slice(target.name.length + 1), renderer.render(artifact)]));
}
