/** Resource pools: a VM is in one at most. */

import { fail } from './errors.ts';

export interface Pool {
  comment: string | null;
  readonly vmids: Set<number>;
  readonly storages: Set<string>;
}

export class Pools {
  readonly #pools = new Map<string, Pool>();
  readonly #poolOf = new Map<number, string>();

  constructor(ids: readonly string[]) {
    for (const id of ids) this.create(id);
  }

  ids(): readonly string[] {
    return [...this.#pools.keys()].sort();
  }

  has(id: string): boolean {
    return this.#pools.has(id);
  }

  get(id: string): Pool {
    return this.#pools.get(id) ?? fail(`pool '${id}' does not exist`);
  }

  create(id: string, comment: string | null = null): void {
    if (this.#pools.has(id)) fail(`create pool failed: pool '${id}' already exists`);
    this.#pools.set(id, { comment, vmids: new Set(), storages: new Set() });
  }

  delete(id: string): void {
    const pool = this.#pools.get(id) ?? fail(`delete pool failed: pool '${id}' does not exist`);
    const [vmid] = pool.vmids;
    if (vmid !== undefined) fail(`delete pool failed: pool '${id}' is not empty (contains VM ${vmid})`);
    const [storage] = pool.storages;
    if (storage !== undefined) fail(`delete pool failed: pool '${id}' is not empty (contains storage '${storage}')`);
    this.#pools.delete(id);
  }

  /** The pool of a VM. */
  of(vmid: number): string | null {
    return this.#poolOf.get(vmid) ?? null;
  }

  /** Puts a VM into a pool, out of any other. */
  addVm(id: string, vmid: number): void {
    this.removeVm(vmid);
    this.get(id).vmids.add(vmid);
    this.#poolOf.set(vmid, id);
  }

  removeVm(vmid: number): void {
    const id = this.#poolOf.get(vmid);
    if (id !== undefined) this.#pools.get(id)?.vmids.delete(vmid);
    this.#poolOf.delete(vmid);
  }
}
