/** HashiCorp's own HCL parser, loaded when the first HCL file has to be verified. */

import { setFlagsFromString } from 'node:v8';

/** @throws Error with the parser's message when the text is not HCL */
export async function parseHcl(name: string, text: string): Promise<void> {
  // The parser is 8 MB of WebAssembly that runs once: optimising it takes longer than running it,
  // and keeps the process from ending until it is done.
  setFlagsFromString('--liftoff-only');
  const { parse } = await import('@cdktn/hcl2json');
  await parse(name, text);
}
