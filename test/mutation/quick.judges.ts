/** The tests that load little. A mutant that dies here is never loaded together with the others. */

import { judgedBy } from './judges.ts';

judgedBy('quick');
