/** Which hosts of a cluster are there, and what the others still know of one that is not. */

import type { Clock } from './clock.ts';

/**
 * `offline`: the cluster does not see it, and nothing that is asked of it is answered.
 * `unknown`: it answers, but its status daemon is dead, so that nothing is heard of its guests and storages.
 */
export type NodeState = 'online' | 'offline' | 'unknown';

/** What a client hears that asked for a host which is not there. */
export interface Unreachable {
  /** 595: no connection; 596: none that could be used. */
  readonly status: number;
  readonly reason: string;
  /** How long the host that was asked tries. It races against the client's own patience, so it is never scaled. */
  readonly milliseconds: number;
}

/** A host on the same network that is off: nobody answers for its address. A router in between takes 30 s to say so. */
export const NO_ROUTE: Unreachable = { status: 595, reason: 'No route to host', milliseconds: 3_000 };

/** How long the table of statistics keeps a row. Source: pve-cluster data/src/status.c. */
const STATISTICS_LIFETIME_MILLISECONDS = 5 * 60_000;

interface Entry {
  readonly state: NodeState;
  /** Milliseconds since 1970; since always for a seed. */
  readonly since: number;
  readonly unreachable: Unreachable;
}

export class NodeStates {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #unreachable: Unreachable;
  readonly #listeners: ((node: string) => void)[] = [];

  /** @param nodes the first is the one that clients talk to */
  constructor(
    clock: Clock,
    nodes: readonly { readonly name: string; readonly state?: NodeState }[],
    unreachable: Unreachable = NO_ROUTE,
  ) {
    this.#clock = clock;
    this.#unreachable = unreachable;
    for (const { name, state = 'online' } of nodes) this.#entries.set(name, { state, since: -Infinity, unreachable });
    this.#needEntryNode();
  }

  /**
   * A host goes or comes back. Its guests are left as they are: whether it lost its power or its cable is for who asks
   * to say.
   * @throws Error for a host that is not there, and for the one that clients talk to: nothing would answer at all
   */
  set(name: string, state: NodeState, unreachable: Partial<Unreachable> = {}): void {
    const before = this.#entry(name);
    if (before.state === state && Object.keys(unreachable).length === 0) return;
    this.#entries.set(name, {
      state,
      since: this.#clock.now(),
      unreachable: { ...this.#unreachable, ...unreachable },
    });
    this.#needEntryNode();
    for (const listener of this.#listeners) listener(name);
  }

  of(name: string): NodeState {
    return this.#entry(name).state;
  }

  /** Part of the cluster now. */
  isOnline(name: string): boolean {
    return this.of(name) !== 'offline';
  }

  /** Milliseconds since it is as it is. */
  age(name: string): number {
    return this.#clock.now() - this.#entry(name).since;
  }

  unreachable(name: string): Unreachable {
    return this.#entry(name).unreachable;
  }

  online(): string[] {
    return [...this.#entries.keys()].filter((name) => this.isOnline(name));
  }

  /** More than half of the cluster is there. */
  get quorate(): boolean {
    return this.online().length > this.#entries.size / 2;
  }

  /** The last that was heard of it is still in everybody's table. */
  hasStatistics(name: string): boolean {
    return this.of(name) === 'online' || this.age(name) < STATISTICS_LIFETIME_MILLISECONDS;
  }

  /** When the last was heard of it, in milliseconds since 1970; infinite: it still speaks. */
  lastHeard(name: string): number {
    const { state, since } = this.#entry(name);
    return state === 'online' ? Infinity : since;
  }

  /** Calls back after every change. */
  onChange(listener: (node: string) => void): void {
    this.#listeners.push(listener);
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`there is no host '${name}'`);
    return entry;
  }

  #needEntryNode(): void {
    const [first] = this.#entries;
    if (first?.[1].state === 'offline')
      throw new Error(`'${first[0]}' is the host that clients talk to: it cannot be offline`);
  }
}
