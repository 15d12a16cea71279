/** Shorthands for what rules report. */

import type { Finding, RuleContext } from '../../model/rule.ts';

export function inCluster(pointer: string, message: string): Finding {
  return { file: 'cluster.yaml', pointer, message };
}

export function inNodes(pointer: string, message: string): Finding {
  return { file: 'nodes.yaml', pointer, message };
}

/** A value with somebody who owns it, for rules that look for two owners of one value. */
export interface Owned {
  readonly value: string;
  /** `cp-1`, `cluster_api_addr`. */
  readonly owner: string;
  readonly file: Finding['file'];
  readonly pointer: string;
}

/** Every later owner of a value together with the first one. */
export function clashes<T extends Owned>(owned: readonly T[]): { first: T; later: T }[] {
  const seen = new Map<string, T>();
  return owned.flatMap((later) => {
    const first = seen.get(later.value);
    if (first === undefined) seen.set(later.value, later);
    return first === undefined ? [] : [{ first, later }];
  });
}

/** `cp-1 (nodes.yaml:4:11)`: an owner and where it says so. */
export function place(context: RuleContext, owner: Owned): string {
  return `${owner.owner} (${context.at(owner.file, owner.pointer)})`;
}
