/** Artifact -> RenderedFile. */

import { loadCompiler } from 'talmox:compiler';
import type { Artifact, RenderedFile } from '../model/artifact.ts';
import { RenderError } from '../model/errors.ts';
import { headerLines } from './format.ts';
import { runTemplate, type Root, type TemplateHost } from './strict/runtime.ts';
import { isCopied, plainText } from './template-path.ts';

/** A template compiled at build time. It counts only for exactly the text it was made from. */
export interface CompiledTemplate {
  readonly text: string;
  readonly load: () => Root;
}

export interface TemplateSource {
  readonly text: string;
  readonly compiled?: CompiledTemplate | undefined;
}

export interface Renderer {
  /**
   * Renders one artifact.
   * @throws RenderError with the position in the template at fault
   */
  render(artifact: Artifact): RenderedFile;
}

/** Templates compiled in this process, the last text of each: a watch compiles only what changed. */
const compiledHere = new Map<string, CompiledTemplate>();

/**
 * A renderer over templates by their path under `templates/`. A template is compiled when it is first
 * needed, unless the build already did.
 */
export function createRenderer(templates: ReadonlyMap<string, TemplateSource>): Renderer {
  const roots = new Map<string, Root>();
  const names = [...templates.keys()];
  const rootFor = (name: string, source: TemplateSource): Root => {
    const root = roots.get(name) ?? rootOf(name, source);
    roots.set(name, root);
    return root;
  };
  const load = (name: string): Root | null => {
    const source = templates.get(name);
    return source === undefined ? null : rootFor(name, source);
  };
  return {
    render(artifact) {
      const { template, view } = artifact;
      const source = templates.get(template);
      if (source === undefined) throw new RenderError(template, 1, 1, 'there is no such template');
      const host: TemplateHost = { state: { documents: null }, load, names };
      const text = isCopied(template) ? plainText(source.text) : runTemplate(host, rootFor(template, source), view);
      return renderedFile(artifact, text, host.state.documents);
    },
  };
}

function rootOf(name: string, { text, compiled }: TemplateSource): Root {
  if (compiled?.text === text) return compiled.load();
  const here = compiledHere.get(name);
  if (here?.text === text) return here.load();
  const code = loadCompiler().compileTemplate(name, text);
  // The code is the compiler's own; templates are part of the tool, as its source is.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  const root = new Function(code)() as Root;
  compiledHere.set(name, { text, load: () => root });
  return root;
}

function renderedFile(artifact: Artifact, text: string, documents: RenderedFile['documents']): RenderedFile {
  const { path, template, format, mode } = artifact;
  const body = normalised(text);
  if (body.trim() === '') {
    throw new RenderError(template, 1, 1, "renders to nothing; leave the file out in the target's includes()");
  }
  return { path, template, format, mode, content: withHeader(artifact, body), documents };
}

/** No spaces at line ends, no blank lines at the ends, one final line break. Typed filters print none that matter. */
function normalised(text: string): string {
  // The expression tries every run of spaces in every line; most texts have nothing for it.
  const hasSpaces = text.includes(' \n') || text.includes('\t\n') || /[ \t]$/.test(text);
  return `${(hasSpaces ? text.replace(/[ \t]+$/gm, '') : text).replace(/^\n+|\n+$/g, '')}\n`;
}

/**
 * Puts the header where the language wants it: after `#!` in a script, which gets one if it has none;
 * before `---` in YAML. User-data may say on its first line what it is, and after `#include` every line counts.
 */
function withHeader({ path, format, template }: Artifact, body: string): string {
  const lines = headerLines(path, format, template);
  if (lines.length === 0) return body;
  const header = `${lines.join('\n')}\n`;
  if (format === 'yaml' || format === 'taskfile') {
    if (body.startsWith('#include\n')) return body;
    if (body.startsWith('#cloud-config\n')) return body.replace('\n', `\n${header}`);
    if (body.startsWith('---')) throw new RenderError(template, 1, 1, "starts with '---', which the renderer writes");
    return `${header}---\n${body}`;
  }
  if (format !== 'shell') return `${header}\n${body}`;
  const [first = '', ...rest] = body.split('\n');
  return first.startsWith('#!')
    ? `${first}\n${header}\n${rest.join('\n').replace(/^\n+/, '')}`
    : `#!/bin/sh\n${header}\n${body}`;
}
