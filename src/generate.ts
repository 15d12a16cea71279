/**
 * The composition, pure from end to end:
 *
 *   validate -> plan -> render   (this file)
 *                    -> verify   (this file, parser injected)
 *   load before it, diff and write after it   (io)
 *
 * Nothing is rendered from input that has an error, and nothing is verified that would not be written: `io` asks for the
 * files that change.
 */

import type { RenderedFile } from './model/artifact.ts';
import { InvalidOutputError } from './model/errors.ts';
import { activeFor } from './model/target.ts';
import { plan } from './render/plan.ts';
import { createRenderer, type TemplateSource } from './render/render.ts';
import { verify, type ParseHcl } from './render/verify.ts';
import { targets } from './targets/index.ts';
import { validate, type InputTexts, type Validated } from './validate.ts';

/** Everything a run reads. */
export interface Sources extends InputTexts {
  /** Path under `templates/` -> source. */
  readonly templates: ReadonlyMap<string, TemplateSource>;
}

export interface Generated extends Validated {
  /** Empty when there is no cluster. */
  readonly files: readonly RenderedFile[];
}

/**
 * Renders every artifact.
 * @throws RenderError when a template is wrong
 */
export function generate(sources: Sources): Generated {
  const validated = validate(sources);
  const { cluster } = validated;
  if (cluster === null) return { ...validated, files: [] };
  const renderer = createRenderer(sources.templates);
  const artifacts = plan([...sources.templates.keys()], activeFor(targets, cluster), cluster);
  return { ...validated, files: artifacts.map((artifact) => renderer.render(artifact)) };
}

/**
 * Every given file is what its consumer reads.
 * @throws InvalidOutputError with every problem
 */
export async function verifyFiles(files: readonly RenderedFile[], parseHcl: ParseHcl): Promise<void> {
  const problems = await verify(files, parseHcl);
  if (problems.length > 0) throw new InvalidOutputError(problems);
}
