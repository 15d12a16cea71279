/** Faults as data: which request, and what goes wrong with it. */

export type FaultEffect =
  /** The connection breaks before the request is read: nothing happens. */
  | { readonly kind: 'drop-before' }
  /** The request is carried out, then the connection breaks. */
  | { readonly kind: 'drop-after' }
  /** Answered without being carried out: 500, or what the proxy in front of the API says (595 to 599). */
  | { readonly kind: 'status'; readonly status: number; readonly reason: string }
  /** The task that the request starts ends with this error, having done nothing. */
  | { readonly kind: 'task-error'; readonly message: string }
  /** The task does its work and ends as `WARNINGS: 1`. */
  | { readonly kind: 'task-warning'; readonly message: string }
  /** The answer comes this much later; the request is carried out at once. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Somebody else holds the lock of the VM that the request is about, for this long from now on. */
  | { readonly kind: 'lock-held'; readonly milliseconds: number }
  /** Other work locks the configuration of the VM that the request is about, as a backup does, for this long. */
  | {
      readonly kind: 'config-locked';
      readonly lock: 'backup' | 'migrate' | 'snapshot' | 'suspending';
      readonly milliseconds: number;
    }
  /** The token is gone: this request and all that follow are refused, until the plan is set anew. */
  | { readonly kind: 'token-revoked' }
  /** From this request on the storage takes nothing more, until the plan is set anew. */
  | { readonly kind: 'storage-full'; readonly storage: string };

export interface FaultTarget {
  /** The n-th request that is not a GET, counted from 1 since the plan was set. */
  readonly write?: number;
  readonly method?: string;
  /** A path with placeholders, with its method or for all of its methods: `POST /nodes/{node}/qemu/{vmid}/clone`. */
  readonly endpoint?: string;
  /** The VM that the request is about. */
  readonly vmid?: number;
}

export interface Fault {
  /** Every field given must hold; an empty target is any request. */
  readonly at: FaultTarget;
  readonly effect: FaultEffect;
  /** How many of the requests that match pass unharmed first; 0 by default. */
  readonly skip?: number;
  /** How many of them are struck; 1 by default. */
  readonly times?: number;
}

export type FaultPlan = readonly Fault[];

/** What a fault is matched against. */
export interface FaultCandidate {
  readonly method: string;
  /** With its method; `null`: no endpoint has this path. */
  readonly endpoint: string | null;
  readonly vmids: readonly number[];
}

/** A plan at work: it counts. */
export class FaultCounter {
  readonly #faults: { readonly fault: Fault; seen: number }[];
  #writes = 0;

  constructor(plan: FaultPlan) {
    this.#faults = plan.map((fault) => ({ fault, seen: 0 }));
  }

  /** Counts a request. @returns the effects it suffers, in the order of the plan */
  strike(request: FaultCandidate): FaultEffect[] {
    if (request.method !== 'GET') this.#writes++;
    return this.#faults.flatMap((entry) => {
      const { at, effect, skip = 0, times = 1 } = entry.fault;
      if (!this.#matches(at, request)) return [];
      entry.seen++;
      return entry.seen > skip && entry.seen <= skip + times ? [effect] : [];
    });
  }

  #matches(at: FaultTarget, request: FaultCandidate): boolean {
    return (
      (at.write === undefined || (request.method !== 'GET' && at.write === this.#writes)) &&
      (at.method === undefined || at.method === request.method) &&
      (at.endpoint === undefined || isEndpoint(at.endpoint, request)) &&
      (at.vmid === undefined || request.vmids.includes(at.vmid))
    );
  }
}

function isEndpoint(wanted: string, { method, endpoint }: FaultCandidate): boolean {
  return (wanted.startsWith('/') ? `${method} ${wanted}` : wanted) === endpoint;
}
