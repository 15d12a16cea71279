/** Every request the simulator saw, and the questions a test asks about them. */

import type { ParameterErrors, RawParameters } from '../schema/types.ts';
import type { FaultEffect } from './faults.ts';

export interface LogEntry {
  /** Counted from 1. */
  readonly sequence: number;
  /** Milliseconds since 1970, by the host's clock. */
  readonly at: number;
  readonly method: string;
  /** Without `/api2/json`, decoded, without the query. */
  readonly path: string;
  /** `GET /nodes/{node}/qemu`, or `null` where the simulator has no such endpoint. */
  endpoint: string | null;
  /** All parameters of path, query and body; passwords and secrets masked. */
  parameters: RawParameters;
  /** `user@realm` or `user@realm!token`; `null` before authentication. */
  user: string | null;
  /** VMs that the request changes or would change; a clone's source is only read. */
  vmids: readonly number[];
  /** What the client got; `null` while pending, and for a connection that was dropped. */
  status: number | null;
  reason: string;
  /** What the parameters violate, or `null`. */
  schemaErrors: ParameterErrors | null;
  /** Neither Proxmox nor the simulator has it, or only Proxmox has. */
  unimplemented: boolean;
  /** The task that the request started. */
  upid: string | null;
  faults: readonly FaultEffect[];
  /** Stack of a fault of the simulator itself: always a bug. */
  crash: string | null;
}

export class RequestLog {
  readonly #limit: number;
  #entries: LogEntry[] = [];
  #sequence = 0;

  /** @param limit how many of the newest entries are kept at least */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  add(at: number, method: string, path: string): LogEntry {
    const entry: LogEntry = {
      sequence: ++this.#sequence,
      at,
      method,
      path,
      endpoint: null,
      parameters: NONE,
      user: null,
      vmids: [],
      status: null,
      reason: '',
      schemaErrors: null,
      unimplemented: false,
      upid: null,
      faults: [],
      crash: null,
    };
    this.#entries.push(entry);
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.#entries.slice(-this.#limit);
    return entry;
  }

  /** A point in time to ask from: requests after it have a greater sequence. */
  mark(): number {
    return this.#sequence;
  }

  entries(since = 0): readonly LogEntry[] {
    return this.#entries.filter(({ sequence }) => sequence > since);
  }

  /** Requests that may change something: all but GET. */
  writes(since = 0): readonly LogEntry[] {
    return this.entries(since).filter(({ method }) => method !== 'GET');
  }

  /** Writes about any of these VMs. */
  writesTo(vmids: readonly number[], since = 0): readonly LogEntry[] {
    const wanted = new Set(vmids);
    return this.writes(since).filter((entry) => entry.vmids.some((vmid) => wanted.has(vmid)));
  }

  /** Requests whose parameters Proxmox would refuse. */
  outsideSchema(since = 0): readonly LogEntry[] {
    return this.entries(since).filter(({ schemaErrors }) => schemaErrors !== null);
  }

  unimplemented(since = 0): readonly LogEntry[] {
    return this.entries(since).filter((entry) => entry.unimplemented);
  }

  crashes(since = 0): readonly LogEntry[] {
    return this.entries(since).filter(({ crash }) => crash !== null);
  }
}

const NONE: RawParameters = {};
