/** Template text -> JavaScript. Loaded only when a template was not compiled at build time. */

import { formatOf } from '../format.ts';
import { plainText } from '../template-path.ts';
import { StrictCompiler } from './compiler.ts';
import { parseTemplate } from './parse.ts';

/**
 * Compiles a template.
 * @param name under `templates/`; its file name decides which typed filters it may use
 * @returns the body of a function that returns the template's root function
 * @throws RenderError at the place of the first fault
 */
export function compileTemplate(name: string, text: string): string {
  const compiler = new StrictCompiler(name, formatOf(name));
  // The root node is the only one that starts without a scope.
  compiler.compileRoot(parseTemplate(name, plainText(text)));
  return compiler.getCode();
}
