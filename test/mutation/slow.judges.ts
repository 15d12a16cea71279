/** The tests that load whole clusters, as one file: what they share is loaded once for a mutant, which is most of the time it takes. */

import { judgedBy } from './judges.ts';

judgedBy('slow');
