/** Bundles the plain value helpers of handlebars-helpers, which esbuild alone cannot follow. */

import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODULES = ['array', 'collection', 'inflection', 'number', 'path', 'string', 'url'];

/**
 * `lazy-cache` renames `require`, so a bundler sees no imports. Each lazy require becomes a getter
 * that a bundler can follow and that still loads on first use.
 */
const lazyCache = {
  name: 'lazy-cache',
  setup(builder) {
    builder.onLoad({ filter: /node_modules[\\/].*\.js$/ }, async ({ path }) => {
      const source = (await readFile(path, 'utf8')).replaceAll('\r', '');
      if (!source.includes("require('lazy-cache')(require)")) return null;
      return { contents: withGetters(source), loader: 'js' };
    });
  },
};

function withGetters(source) {
  return source
    .replace(/require\('lazy-cache'\)\(require\)/, '{}')
    .replace(/^\s*(?:var fn = require;?|require = utils;?|require = fn;?)\s*$/gm, '')
    .replace(/^\s*require\('([^']+)'(?:,\s*'([^']+)')?\);?\s*$/gm, (_line, name, alias) => {
      const key = alias ?? name.replace(/-(\w)/g, (_match, letter) => letter.toUpperCase());
      return (
        `Object.defineProperty(utils, '${key}', { configurable: true, enumerable: true, ` +
        `get() { return require('${name}'); }, ` +
        `set(value) { Object.defineProperty(utils, '${key}', { value, writable: true }); } });`
      );
    });
}

/**
 * @param {(metafile: import('esbuild').Metafile) => void} note is told what the module is made of
 * @returns {Promise<string>} a CommonJS module that exports the helpers by the module of the library they are in
 */
export async function helpersSource(note = () => {}) {
  const entry = `module.exports = { ${MODULES.map((name) => `${name}: require('handlebars-helpers/lib/${name}')`).join(', ')} };`;
  const result = await build({
    stdin: { contents: entry, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    absWorkingDir: ROOT,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    write: false,
    plugins: [lazyCache],
    metafile: true,
    logLevel: 'error',
  });
  note(result.metafile);
  return result.outputFiles[0].text;
}
