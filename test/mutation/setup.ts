/** What the tests of a folder need to judge mutants quickly. */

import fc from 'fast-check';
import { beforeEach } from 'vitest';

// A property that fails has killed the mutant: no smaller example is looked for.
fc.configureGlobal({ endOnFailure: true });

/** The target that `npm run mutate` changes, if it is one. */
const changed = /^src\/targets\/(\w+)/.exec(process.env['TALMOX_MUTATE'] ?? '')?.[1];
/** Tests whose input is very long: they take seconds, and see nothing that others do not. */
const LONG = /10000 entries|thousand|millions|behind many aliases|deep brackets/;
const BACKENDS = ['ansible', 'crossplane', 'tofu'];

// A table of all backends has suites named for them: those of the others import the mutant and never use it.
beforeEach(({ task, skip }) => {
  const backend = BACKENDS.find((name) => task.suite?.name === name || task.suite?.name === `target ${name}`);
  if (LONG.test(task.name)) skip();
  if (changed !== undefined && backend !== undefined && backend !== changed) skip();
});
