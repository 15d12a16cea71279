/** Did-you-mean. */

import { distance } from 'fastest-levenshtein';

/**
 * The known word that a misspelt one most likely means.
 * @param most letters that may differ: a third of them, and at least one, unless another number is given
 * @returns `null` when none is near enough
 */
export function nearest<T extends string>(
  word: string,
  known: readonly T[],
  most = Math.max(1, Math.floor(word.length / 3)),
): T | null {
  let best: T | null = null;
  let bestSteps = most + 1;
  for (const candidate of known) {
    // Every letter too many or too few is a step.
    if (Math.abs(word.length - candidate.length) >= bestSteps) continue;
    const steps = stepsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (steps < bestSteps) [best, bestSteps] = [candidate, steps];
  }
  return best;
}

/** `; did you mean 'name'?`, or nothing: the end of a message. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean '${near}'?`;
}

/**
 * The known key that another one most likely means: misspelt, or a whole part of exactly one key
 * (`mac` of `mac_addr`, `bridge` of `network_bridge`, `pool` of `proxmox.pool`).
 */
export function nearestKey<T extends string>(word: string, known: readonly T[]): T | null {
  const misspelt = nearest(word, known);
  if (misspelt !== null) return misspelt;
  const ends = known.filter((key) => key.toLowerCase().endsWith(`.${word.toLowerCase()}`));
  if (ends.length === 1) return ends[0] ?? null;
  const holders = known.filter((key) => `_${key.replaceAll('.', '_')}_`.includes(`_${word.toLowerCase()}_`));
  return holders.length === 1 ? (holders[0] ?? null) : null;
}

/** Levenshtein distance; two neighbouring letters in the wrong order are one step. */
function stepsBetween(a: string, b: string): number {
  const steps = distance(a, b);
  return steps === 2 && a.length === b.length && isSwapped(a, b) ? 1 : steps;
}

function isSwapped(a: string, b: string): boolean {
  let at = 0;
  while (a[at] === b[at]) at += 1;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}
