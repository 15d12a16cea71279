/** A property that fails has killed the mutant: no smaller example is looked for. */

import fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true });
