/** Which tests judge which sources. */

/** The longest folder that leads to the sources decides. */
const TESTS = {
  'src/config': ['test/config/**/*.test.ts'],
  'src/config/rules': ['test/config/{edges,addresses,settings}.test.ts'],
  'src/render/filters': ['test/render/filter*.test.ts'],
  'src/targets': ['test/targets/**/*.test.ts'],
  'src/targets/ansible': ['test/targets/*.test.ts', 'test/targets/ansible/*.test.ts'],
  'src/targets/crossplane': ['test/targets/*.test.ts', 'test/targets/crossplane/*.test.ts'],
  'src/targets/nocloud': ['test/targets/*.test.ts', 'test/targets/nocloud/*.test.ts'],
  'src/targets/talos': ['test/targets/*.test.ts', 'test/targets/talos/*.test.ts'],
  'src/targets/tasks': ['test/targets/*.test.ts', 'test/targets/tasks/*.test.ts'],
  'src/targets/tofu': ['test/targets/*.test.ts', 'test/targets/tofu/*.test.ts'],
};

export const FOLDERS = Object.keys(TESTS);

/** What says nothing about a mutant, or says it too slowly. */
const EXCLUDED = [
  // Compare whole files: the reports of invalid input, golden trees, types made of the schemas, the patches of another repository.
  'test/{golden,invalid,docs,update}.test.ts',
  'test/config/types.test.ts',
  'test/targets/talos/reference.test.ts',
  // Read the sources as text, or compile them: every mutant is in those at once.
  'test/targets/{versions,vm-types}.test.ts',
  // Measure the time of long input.
  'test/config/long.test.ts',
  'test/render/verify.test.ts',
];

/**
 * @param {string} path a file or folder of the sources
 * @returns {{ include: string[], exclude: string[] } | null} patterns of the tests that judge it; `null`: there are none
 */
export function testsOf(path) {
  const folder = FOLDERS.filter((name) => path === name || path.startsWith(`${name}/`)).sort(
    (a, b) => b.length - a.length,
  )[0];
  return folder === undefined ? null : { include: TESTS[folder], exclude: EXCLUDED };
}
