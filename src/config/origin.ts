/** Where each resolved value came from: what `talmox explain` prints. */

import type { InputFile } from '../model/issue.ts';

export type Origin =
  /** Written by the user at this place. */
  | { readonly kind: 'file'; readonly file: InputFile; readonly pointer: string }
  /** Written by the user as a default for the node's role. */
  | { readonly kind: 'role default'; readonly file: InputFile; readonly pointer: string }
  /** Written by the user as a default for the whole cluster. */
  | { readonly kind: 'cluster default'; readonly file: InputFile; readonly pointer: string }
  /** talmox' own default. */
  | { readonly kind: 'built-in'; readonly reason: string }
  /** Computed from other values. */
  | { readonly kind: 'derived'; readonly reason: string };

/** One resolved setting under its input key. */
export interface Setting {
  /** Node name, or `null` for a setting of the cluster. */
  readonly node: string | null;
  /** Input key, dotted for groups: `vm_memory`, `nocloud.method`. */
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Takes note of a setting while it is resolved. */
export type Trace = (setting: Setting) => void;

/** A value that may be set, and where it would come from. */
export interface Candidate<T> {
  readonly value: T | undefined;
  readonly origin: Origin;
}

/** Candidates of one owner (the cluster, or a node), chosen by precedence and noted. */
export class Scope {
  readonly #trace: Trace;
  readonly #node: string | null;

  constructor(trace: Trace, node: string | null) {
    this.#trace = trace;
    this.#node = node;
  }

  /** The first candidate that is set, else the fallback. */
  pick<T>(key: string, candidates: readonly Candidate<T>[], fallback: { value: T; origin: Origin }): T {
    const chosen = candidates.find((candidate) => candidate.value !== undefined);
    if (chosen?.value === undefined) {
      this.#trace({ node: this.#node, key, value: fallback.value, origin: fallback.origin });
      return fallback.value;
    }
    this.#trace({ node: this.#node, key, value: chosen.value, origin: chosen.origin });
    return chosen.value;
  }

  /** A setting of a group in `cluster.yaml`, such as `nocloud.method`: what is written there, else the fallback. */
  inGroup<T>(key: string, written: T | undefined, fallback: { value: T; origin: Origin }): T {
    return this.pick(key, [inCluster(written, `/${key.replaceAll('.', '/')}`)], fallback);
  }

  /** Notes a value that nobody can set. */
  note<T>(key: string, value: T, reason: string): T {
    this.#trace({ node: this.#node, key, value, origin: { kind: 'derived', reason } });
    return value;
  }
}

export function inCluster<T>(value: T | undefined, pointer: string): Candidate<T> {
  return { value, origin: { kind: 'file', file: 'cluster.yaml', pointer } };
}

/** A value of `cluster.yaml` that stands in for what a node does not say. */
export function clusterDefault<T>(value: T | undefined, pointer: string): Candidate<T> {
  return { value, origin: { kind: 'cluster default', file: 'cluster.yaml', pointer } };
}

export function roleDefault<T>(value: T | undefined, pointer: string): Candidate<T> {
  return { value, origin: { kind: 'role default', file: 'cluster.yaml', pointer } };
}

export function inNodes<T>(value: T | undefined, pointer: string): Candidate<T> {
  return { value, origin: { kind: 'file', file: 'nodes.yaml', pointer } };
}

export function builtIn<T>(value: T, reason = ''): { value: T; origin: Origin } {
  return { value, origin: { kind: 'built-in', reason } };
}

export function derived<T>(value: T, reason: string): { value: T; origin: Origin } {
  return { value, origin: { kind: 'derived', reason } };
}
