/** Did-you-mean. */

import { distance } from 'fastest-levenshtein';

/**
 * The known word that a misspelt one most likely means.
 * @returns `null` when none is near enough: a third of the letters may differ
 */
export function nearest<T extends string>(word: string, known: readonly T[]): T | null {
  let best: T | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    if (steps < bestDistance) [best, bestDistance] = [candidate, steps];
  }
  return best;
}
