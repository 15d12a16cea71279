/** Makes `dist/`: a start, the program, what is loaded late, and the licences of what they contain. */

import { build } from 'esbuild';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { helpersSource } from './helpers.mjs';
import { librariesIn, licences } from './licences.mjs';
import { LATE, lateFile } from './late.mjs';
import { BUNDLED_MODULES } from './virtual-modules.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist');
const PROGRAM = 'main';
/** Errors are recognised by their class, so there is one copy of each class: that in the program. */
const ERRORS = 'src/model/errors.ts';

/**
 * From 22.1 on Node keeps compiled code from run to run, of files that are loaded after it was asked to, and of the
 * functions in them that are compiled by then. The start therefore compiles all functions of the program at once.
 */
const START = `#!/usr/bin/env node
'use strict';
const cache = process.env.CI ? undefined : require('node:module').enableCompileCache?.();
const keeps = cache?.directory !== undefined;
if (keeps) require('node:v8').setFlagsFromString('--no-lazy');
require('${lateFile(PROGRAM)}');
if (keeps) require('node:v8').setFlagsFromString('--lazy');
`;

/** What esbuild made of which files. */
const bundled = [];
const note = (metafile) => bundled.push(metafile);

const virtualModules = {
  name: 'virtual-modules',
  setup(builder) {
    builder.onResolve({ filter: /^talmox:/ }, ({ path }) => ({ path, namespace: 'virtual' }));
    builder.onLoad({ filter: /.*/, namespace: 'virtual' }, async ({ path }) => ({
      contents: await BUNDLED_MODULES[path](note),
      resolveDir: ROOT,
      loader: 'js',
    }));
  },
};

/** The core is pure and hashes in JavaScript; the program has Node's own hashes, which need no warming up. */
const nativeHashes = {
  name: 'native-hashes',
  setup(builder) {
    builder.onResolve({ filter: /^@noble\/hashes\/sha2\.js$/ }, ({ path }) => ({ path, namespace: 'native-hashes' }));
    builder.onLoad({ filter: /.*/, namespace: 'native-hashes' }, () => ({
      contents: `import { createHash } from 'node:crypto';
export const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());`,
      loader: 'js',
    }));
  },
};

/** Imports of other files of `dist/` stay imports. @param files module or package -> file */
function apart(files) {
  const modules = new Map(
    Object.entries(files).map(([what, file]) => [what.startsWith('src/') ? join(ROOT, what) : what, file]),
  );
  return {
    name: 'apart',
    setup(builder) {
      builder.onResolve({ filter: /./ }, ({ path, resolveDir, kind }) => {
        const file =
          kind === 'entry-point' ? undefined : modules.get(path.startsWith('.') ? resolve(resolveDir, path) : path);
        return file === undefined ? null : { path: lateFile(file), external: true };
      });
    },
  };
}

function bundle(name, input, plugins) {
  return build({
    ...input,
    outfile: join(DIST, `${name}.cjs`),
    bundle: true,
    absWorkingDir: ROOT,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // The files beside the program are CommonJS: `require` finds them without Node's loader of ES modules.
    supported: { 'dynamic-import': false },
    // Its WebAssembly file lies beside its code and cannot be bundled.
    external: ['@cdktn/hcl2json', ...Object.keys(LATE).map(lateFile)],
    banner: { js: "const __talmoxUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__talmoxUrl' },
    plugins: [...plugins, virtualModules],
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

await rm(DIST, { recursive: true, force: true });
await mkdir(DIST);
await writeFile(join(DIST, 'talmox.cjs'), START);
await chmod(join(DIST, 'talmox.cjs'), 0o755);
await writeFile(join(DIST, 'helpers.cjs'), await helpersSource(note));
const program = {
  contents: `export * from './${ERRORS}';\nimport './src/cli/main.ts';`,
  resolveDir: ROOT,
  loader: 'ts',
};
const results = await Promise.all([
  bundle(PROGRAM, { stdin: program }, [
    nativeHashes,
    apart(Object.fromEntries(Object.entries(LATE).map(([file, what]) => [what, file]))),
  ]),
  ...Object.entries(LATE)
    .filter(([name]) => name !== 'helpers')
    .map(([name, what]) =>
      bundle(name, { entryPoints: [what.startsWith('src/') ? join(ROOT, what) : what] }, [
        apart({ [ERRORS]: PROGRAM }),
      ]),
    ),
]);
for (const { metafile } of results) note(metafile);
await writeFile(join(DIST, 'THIRD-PARTY-LICENSES.txt'), await licences(ROOT, librariesIn(bundled)));
