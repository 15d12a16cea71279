/** Where each resolved value came from: what `talmox explain` prints. */

import type { InputFile } from '../model/issue.ts';

/** Whose value is taken where none is written: that of the role, of the host, of the cluster. */
export type DefaultOf = 'role default' | 'host default' | 'cluster default';

export type Origin =
  /** Written by the user at this place, as a default or for this very setting. `with`: what was added to it. */
  | {
      readonly kind: 'file' | DefaultOf;
      readonly file: InputFile;
      /** RFC 6901. */
      readonly pointer: string;
      readonly with?: string;
    }
  /** talmox' own default. */
  | { readonly kind: 'built-in'; readonly reason: string }
  /** Computed from other values. */
  | { readonly kind: 'derived'; readonly reason: string };

/** A value and where it came from. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** A setting that others may fall back to. */
export interface Chosen<T> extends Sourced<T> {
  /** Input key, dotted for groups: `vm_memory`, `nocloud.method`, `vm_extra_disks[0].storage`. */
  readonly key: string;
}

/** One resolved setting under its input key. */
export interface Setting extends Chosen<unknown> {
  /** Node name, or `null` for a setting of the cluster. */
  readonly node: string | null;
}

/** Takes note of a setting while it is resolved. */
export type Trace = (setting: Setting) => void;

/** A value that may be set, and where it would come from. */
export type Candidate<T> = Sourced<T | undefined>;

/** Candidates of one owner (the cluster, or a node), chosen by precedence and noted. */
export class Scope {
  readonly #trace: Trace | null;
  readonly #node: string | null;

  /** @param trace `null`: nothing is noted */
  constructor(trace: Trace | null, node: string | null) {
    this.#trace = trace;
    this.#node = node;
  }

  /** The first candidate that is set, else the fallback: for settings that others fall back to. */
  choose<T>(key: string, candidates: readonly Candidate<T>[], fallback: Sourced<T>): Chosen<T> {
    const chosen = candidates.find(isSet) ?? fallback;
    const setting = { node: this.#node, key, value: chosen.value, origin: chosen.origin };
    this.#trace?.(setting);
    return setting;
  }

  /** The value of the first candidate that is set, else of the fallback. */
  pick<T>(key: string, candidates: readonly Candidate<T>[], fallback: Sourced<T>): T {
    return this.choose(key, candidates, fallback).value;
  }

  /** A setting of a group in `cluster.yaml`, such as `nocloud.method`: what is written there, else the fallback. */
  inGroup<T>(key: string, written: T | undefined, fallback: Sourced<T>): T {
    return this.pick(key, [inCluster(written, `/${key.replaceAll('.', '/')}`)], fallback);
  }

  /** Notes a value that no key can set. */
  note<T>(key: string, value: T, reason: string): T {
    this.#trace?.({ node: this.#node, key, value, origin: { kind: 'derived', reason } });
    return value;
  }
}

function isSet<T>(candidate: Candidate<T>): candidate is Sourced<T> {
  return candidate.value !== undefined;
}

export function inCluster<T>(value: T | undefined, pointer: string): Candidate<T> {
  return { value, origin: { kind: 'file', file: 'cluster.yaml', pointer } };
}

/** A value of `cluster.yaml` for nodes that have none of their own. */
export function clusterDefault<T>(value: T | undefined, pointer: string): Candidate<T> {
  return { value, origin: { kind: 'cluster default', file: 'cluster.yaml', pointer } };
}

/** @param others what was added to the value that is written there */
export function inNodes<T>(value: T | undefined, pointer: string, others?: string): Candidate<T> {
  const added = others === undefined ? {} : { with: others };
  return { value, origin: { kind: 'file', file: 'nodes.yaml', pointer, ...added } };
}

export function builtIn<T>(value: T, reason = ''): Sourced<T> {
  return { value, origin: { kind: 'built-in', reason } };
}

export function derived<T>(value: T, reason: string): Sourced<T> {
  return { value, origin: { kind: 'derived', reason } };
}

/**
 * Another setting as the fallback of one that is not written: its place stays, and is called a default.
 * @param kind what the other setting is, where it was written for itself; a default of a default stays what it is
 */
export function fallBackTo<T>({ key, value, origin }: Chosen<T>, kind: DefaultOf): Sourced<T> {
  if (origin.kind === 'file') return { value, origin: { ...origin, kind } };
  const isBare = origin.kind === 'built-in' && origin.reason === '';
  return isBare ? builtIn(value, `the default of ${key}`) : { value, origin };
}
