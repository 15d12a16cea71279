/** Parts of a text, and whether an offset is in one of them. */

export type Range = readonly [from: number, to: number];

/**
 * @param ranges in any order; they may overlap
 * @returns whether an offset is in one of them, in steps that grow with the logarithm of their number
 */
export function within(ranges: readonly Range[]): (offset: number) => boolean {
  const merged: [from: number, to: number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return (offset) => {
    let [first, behind] = [0, merged.length];
    while (first < behind) {
      const middle = (first + behind) >> 1;
      if ((merged[middle]?.[1] ?? 0) <= offset) first = middle + 1;
      else behind = middle;
    }
    return offset >= (merged[first]?.[0] ?? Infinity);
  };
}
