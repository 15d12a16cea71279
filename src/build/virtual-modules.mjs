/** The modules that exist only as data: validators, templates, and what is loaded late. */

import { helpersSource } from './helpers.mjs';
import { lateFile } from './late.mjs';
import { templatesSource } from './templates.mjs';
import { validatorsSource } from './validators.mjs';

const COMPILER = new URL('../render/strict/compile.ts', import.meta.url).pathname;

/** `require` in a bundle runs a file when it is asked for, not when the program starts. */
const required = (load, file) =>
  `let loaded;\nexport const ${load} = () => (loaded ??= require(${JSON.stringify(file)}));`;

/** Module name -> maker of its ES module source, as the bundle has it. */
export const BUNDLED_MODULES = {
  'talmox:validators': validatorsSource,
  'talmox:templates': templatesSource,
  'talmox:helpers': async () => required('loadHelpers', lateFile('helpers')),
  'talmox:compiler': async () => required('loadCompiler', lateFile('compiler')),
};

/** The same for tests: templates are compiled in process, so that editing one needs no build. */
export const TESTED_MODULES = {
  'talmox:validators': validatorsSource,
  'talmox:templates': async () => 'export const templates = {};',
  'talmox:helpers': async () =>
    [
      "import { createRequire } from 'node:module';",
      'const module = { exports: {} };',
      `(function (module, exports, require) {\n${await helpersSource()}\n})(module, module.exports, createRequire(import.meta.url));`,
      'export const loadHelpers = () => module.exports;',
    ].join('\n'),
  'talmox:compiler': async () =>
    `import * as compiler from ${JSON.stringify(COMPILER)};\nexport const loadCompiler = () => compiler;`,
};
