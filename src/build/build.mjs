/** Makes `dist/`: the program as one file, and the licences of what it contains. */

import { build } from 'esbuild';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLED_MODULES } from './virtual-modules.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUTPUT = join(ROOT, 'dist/talmox.cjs');

const virtualModules = {
  name: 'virtual-modules',
  setup(builder) {
    builder.onResolve({ filter: /^talmox:/ }, ({ path }) => ({ path, namespace: 'virtual' }));
    builder.onLoad({ filter: /.*/, namespace: 'virtual' }, async ({ path }) => ({
      contents: await BUNDLED_MODULES[path](),
      resolveDir: ROOT,
      loader: 'js',
    }));
  },
};

/** What runs before everything else: where this file is, and Node's own cache of compiled code. */
const BANNER = `#!/usr/bin/env node
const __talmoxUrl = require('node:url').pathToFileURL(__filename).href;
if (!process.env.CI) require('node:module').enableCompileCache?.();`;

const result = await build({
  entryPoints: [join(ROOT, 'src/cli/main.ts')],
  outfile: OUTPUT,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Its WebAssembly file lies beside its code and cannot be bundled.
  external: ['@cdktn/hcl2json'],
  banner: { js: BANNER },
  define: { 'import.meta.url': '__talmoxUrl' },
  plugins: [virtualModules],
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
});
await chmod(OUTPUT, 0o755);
await mkdir(dirname(OUTPUT), { recursive: true });
await writeFile(join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt'), await licences(Object.keys(result.metafile.inputs)));
await rm(join(ROOT, 'dist/.cache'), { recursive: true, force: true });

/** Licence texts of every package in the bundle, the helpers' among them. */
async function licences(inputs) {
  const packages = new Set(['handlebars-helpers']);
  for (const input of inputs) {
    const match = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
    if (match !== null) packages.add(match[1]);
  }
  const texts = await Promise.all([...packages].sort().map(licence));
  return `talmox contains the following packages.\n\n${texts.join('\n')}`;
}

async function licence(name) {
  const directory = join(ROOT, 'node_modules', name);
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'License'].find((candidate) =>
    existsSync(join(directory, candidate)),
  );
  const text = file === undefined ? '' : `\n${(await readFile(join(directory, file), 'utf8')).trim()}\n`;
  return `== ${name} ${manifest.version} (${manifest.license ?? 'see its page'})\n${text}`;
}
