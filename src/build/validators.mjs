/** Compiles both schemas to JavaScript, so that a run neither loads nor starts ajv. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { importTypeScript } from './import-typescript.mjs';

const require = createRequire(import.meta.url);
const { Ajv } = require('ajv');
const standaloneCode = require('ajv/dist/standalone').default;

const ROOT = new URL('../../', import.meta.url);

/** @returns {Promise<InstanceType<typeof Ajv>>} ajv with both schemas and the project's formats */
async function createAjv() {
  const { FORMATS } = await importTypeScript('src/config/formats.ts');
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    // talmox writes its own messages.
    messages: false,
    code: { source: true, esm: true },
  });
  ajv.addKeyword('x-message');
  for (const [name, pattern] of Object.entries(FORMATS)) ajv.addFormat(name, pattern);
  for (const name of ['cluster', 'nodes']) {
    ajv.addSchema(JSON.parse(await readFile(new URL(`schemas/${name}.schema.json`, ROOT), 'utf8')), name);
  }
  return ajv;
}

/**
 * @param {(metafile: import('esbuild').Metafile) => void} note is told what the module is made of
 * @returns {Promise<string>} an ES module that exports `clusterFile` and `nodesFile` and imports nothing
 */
export async function validatorsSource(note = () => {}) {
  const code = standaloneCode(await createAjv(), { clusterFile: 'cluster', nodesFile: 'nodes' });
  const bundled = await build({
    stdin: { contents: code, resolveDir: new URL('.', ROOT).pathname, loader: 'js' },
    bundle: true,
    absWorkingDir: fileURLToPath(ROOT),
    format: 'esm',
    platform: 'node',
    // It is not read by people, and every start parses it.
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  note(bundled.metafile);
  return bundled.outputFiles[0].text;
}
