/** Which tests judge which sources. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The longest folder that leads to the sources decides. */
const TESTS = {
  'src/config': /^config\//,
  'src/config/rules': /^config\/(?:edges|addresses|macs|settings)\./,
  'src/render/filters': /^render\/filter[^/]*$/,
  'src/targets': /^targets\//,
  'src/targets/ansible': /^targets\/(?:ansible\/)?[^/]+$/,
  'src/targets/crossplane': /^targets\/(?:crossplane\/)?[^/]+$/,
  'src/targets/nocloud': /^targets\/(?:nocloud\/)?[^/]+$/,
  'src/targets/talos': /^targets\/(?:talos\/)?[^/]+$/,
  'src/targets/tasks': /^targets\/(?:tasks\/)?[^/]+$/,
  'src/targets/tofu': /^targets\/(?:tofu\/)?[^/]+$/,
};

export const FOLDERS = Object.keys(TESTS);

/** What says nothing about a mutant, or says it too slowly. */
const LEFT_OUT = new Set([
  // Compares types made of the schemas, or the patches of another repository, and no behaviour.
  'config/types.test.ts',
  'targets/talos/reference.test.ts',
  // Read the sources as text, or compile them: every mutant is in those at once.
  'targets/versions.test.ts',
  'targets/vm-types.test.ts',
  // Measures the time of long input.
  'config/long.test.ts',
  // Ask Python or a shell about files of the role that hold no mutant.
  'targets/ansible/agreement.test.ts',
  'targets/ansible/hostile.test.ts',
]);

/** What tests import that renders whole clusters: loading it takes longer than most tests run. */
const RENDERING = /support\/(?:pipeline|rendering)\.ts|src\/generate\.ts|'\.\/documents\.ts'|talos-matrix\.ts/;

/**
 * @param {string} path a file or folder of the sources
 * @returns {{ quick: string[], slow: string[] } | null} the tests that judge it, below `test`: those that load little, and the
 * others; `null`: there are none
 */
export function testsOf(path) {
  const folder = FOLDERS.filter((name) => path === name || path.startsWith(`${name}/`)).sort(
    (a, b) => b.length - a.length,
  )[0];
  if (folder === undefined) return null;
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && TESTS[folder].test(file) && !LEFT_OUT.has(file))
    .sort();
  const isSlow = (file) => RENDERING.test(readFileSync(join(ROOT, 'test', file), 'utf8'));
  return { quick: files.filter((file) => !isSlow(file)), slow: files.filter(isSlow) };
}
