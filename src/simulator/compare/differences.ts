/** Where what is there and what the model demands part. */

import type { NormalVm } from './normalize.ts';

export interface Difference {
  readonly vmid: number;
  /** Field of the normal form, or `VM` when the whole VM is missing or in excess. */
  readonly field: string;
  /** What the model demands; `null`: nothing. */
  readonly expected: string | null;
  /** What is there; `null`: nothing. */
  readonly actual: string | null;
}

/** @returns every differing field, by VM and name; empty when both are equal */
export function differences(
  expected: ReadonlyMap<number, NormalVm>,
  actual: ReadonlyMap<number, NormalVm>,
): Difference[] {
  const vmids = [...new Set([...expected.keys(), ...actual.keys()])].sort((a, b) => a - b);
  return vmids.flatMap((vmid) => vmDifferences(vmid, expected.get(vmid), actual.get(vmid)));
}

function vmDifferences(vmid: number, expected: NormalVm | undefined, actual: NormalVm | undefined): Difference[] {
  if (expected === undefined || actual === undefined) {
    const name = (vm: NormalVm | undefined): string | null =>
      vm === undefined ? null : (vm['name'] ?? 'without a name');
    return [{ vmid, field: 'VM', expected: name(expected), actual: name(actual) }];
  }
  const fields = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  return fields.flatMap((field): Difference[] => {
    const [wanted, found] = [expected[field] ?? null, actual[field] ?? null];
    return wanted === found ? [] : [{ vmid, field, expected: wanted, actual: found }];
  });
}
