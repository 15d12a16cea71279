/** Imports a TypeScript module of this project into a build step: Node 20 reads no TypeScript itself. */

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A build step compiles templates and never runs one, so it calls no helper. */
const withoutHelpers = {
  name: 'without-helpers',
  setup(builder) {
    builder.onResolve({ filter: /^talmox:/ }, ({ path }) => ({ path, namespace: 'absent' }));
    builder.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

/**
 * @param {string} path relative to the project's root
 * @returns {Promise<any>} the module's exports
 */
export async function importTypeScript(path) {
  const result = await build({
    entryPoints: [path],
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'bundle',
    banner: {
      js:
        "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(" +
        JSON.stringify(new URL('../../package.json', import.meta.url).href) +
        ');',
    },
    plugins: [withoutHelpers],
    write: false,
    logLevel: 'silent',
  });
  return import(`data:text/javascript;base64,${Buffer.from(result.outputFiles[0].text).toString('base64')}`);
}
