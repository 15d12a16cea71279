/** Options of StrykerJS; docs/mutation.md says how to run it. */

const name = (process.env.TALMOX_MUTATE ?? 'src/config').replaceAll('/', '-');

export default {
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  // One file imports all tests by name, which nothing can see beforehand.
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 20_000,
  // Kept for each folder: a second run asks only about what has changed.
  incremental: true,
  incrementalFile: `.stryker/incremental-${name}.json`,
  tempDirName: '.stryker/tmp',
  reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
  jsonReporter: { fileName: `.stryker/${name}.json` },
  htmlReporter: { fileName: `.stryker/${name}.html` },
  clearTextReporter: { logTests: false, allowColor: false },
  allowConsoleColors: false,
  ignorePatterns: ['dist', 'out', 'test/golden', '.stryker'],
  // The types are of no run; vitest strips them as it does without mutants.
  disableTypeChecks: true,
};
