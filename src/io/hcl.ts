/** HashiCorp's own HCL parser, loaded when the first HCL file has to be verified. */

import { setFlagsFromString } from 'node:v8';

/** Characters up to which optimising the parser takes longer than running it. */
const SMALL = 1_000_000;

/** @throws Error with the parser's message when the text is not HCL */
export async function parseHcl(name: string, text: string): Promise<void> {
  // 8 MB of WebAssembly that run once: optimising them also keeps the process from ending until it is done.
  if (text.length < SMALL) setFlagsFromString('--liftoff-only');
  const { parse } = await import('@cdktn/hcl2json');
  await parse(name, text);
}
