/** The modules that exist only as data: validators, templates, helpers, and the compiler loaded late. */

import { helpersSource } from './helpers.mjs';
import { templatesSource } from './templates.mjs';
import { validatorsSource } from './validators.mjs';

const COMPILER = new URL('../render/strict/compile.ts', import.meta.url).pathname;

/** Module name -> maker of its ES module source, as the bundle has it. */
export const BUNDLED_MODULES = {
  'talmox:validators': validatorsSource,
  'talmox:templates': templatesSource,
  'talmox:helpers': helpersSource,
  // `require` in a bundle runs a module when it is asked for, not when the program starts.
  'talmox:compiler': async () =>
    `let loaded;\nexport const loadCompiler = () => (loaded ??= require(${JSON.stringify(COMPILER)}));`,
};

/** The same for tests: templates are compiled in process, so that editing one needs no build. */
export const TESTED_MODULES = {
  ...BUNDLED_MODULES,
  'talmox:templates': async () => 'export const templates = {};',
  'talmox:compiler': async () =>
    `import * as compiler from ${JSON.stringify(COMPILER)};\nexport const loadCompiler = () => compiler;`,
};
