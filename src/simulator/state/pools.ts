/** Resource pools: a VM is in one at most. Source: pve-manager PVE/API2/Pool.pm. */

import type { PveVersion } from '../schema/types.ts';
import { fail } from './errors.ts';

export interface PoolSeed {
  /** Up to three levels: `prod/talos/db`. */
  readonly id: string;
  readonly comment?: string;
  readonly storages?: readonly string[];
}

export interface Pool {
  comment: string | null;
  readonly vmids: Set<number>;
  readonly storages: Set<string>;
}

/** What of a pool's members is still there. */
export interface Existing {
  vm(vmid: number): boolean;
  storage(id: string): boolean;
}

export class Pools {
  readonly #pools = new Map<string, Pool>();
  readonly #poolOf = new Map<number, string>();
  readonly #version: PveVersion;

  /** Parents that the seed leaves out are there too. */
  constructor(version: PveVersion, seeds: readonly (string | PoolSeed)[]) {
    this.#version = version;
    for (const seed of seeds) this.#seed(typeof seed === 'string' ? { id: seed } : seed);
  }

  ids(): readonly string[] {
    return [...this.#pools.keys()].sort();
  }

  has(id: string): boolean {
    return this.#pools.has(id);
  }

  /** @throws ApiError when there is none */
  get(id: string): Pool {
    return this.#pools.get(id) ?? fail(`pool '${id}' does not exist`);
  }

  /** @throws ApiError for a pool that is there, one whose parent is not, and a name that this version refuses */
  create(id: string, comment: string | null = null): void {
    if (this.#pools.has(id)) fail(`pool '${id}' already exists`);
    const parent = parentOf(id);
    if (parent !== null && !this.#pools.has(parent)) fail(`parent '${parent}' of pool '${id}' does not exist`);
    if (this.#version !== '8.4' && !/^[A-Za-z]/.test(leafOf(id))) fail('pool name must start with a letter');
    this.#add(id, comment);
  }

  /**
   * Members that no longer exist do not count.
   * @throws ApiError for a pool that is not empty
   */
  delete(id: string, exists: Existing): void {
    const pool = this.get(id);
    const child = this.ids().find((other) => parentOf(other) === id);
    if (child !== undefined) fail(`pool '${id}' is not empty (contains pool '${child}')`);
    const vmid = [...pool.vmids].sort((a, b) => a - b).find((member) => exists.vm(member));
    if (vmid !== undefined) fail(`pool '${id}' is not empty (contains VM ${vmid})`);
    const storage = [...pool.storages].sort().find((member) => exists.storage(member));
    if (storage !== undefined) fail(`pool '${id}' is not empty (contains storage '${storage}')`);
    for (const gone of pool.vmids) this.#poolOf.delete(gone);
    this.#pools.delete(id);
  }

  /** The pool of a VM. */
  of(vmid: number): string | null {
    return this.#poolOf.get(vmid) ?? null;
  }

  /** Pools that the VM or storage at this path of the access control is a member of. */
  containing(path: string): readonly string[] {
    const [, kind, id = ''] = /^\/(vms|storage)\/([^/]+)$/.exec(path) ?? [];
    if (kind === 'vms') return [this.of(Number(id))].filter((pool) => pool !== null);
    return kind === 'storage' ? this.ids().filter((pool) => this.get(pool).storages.has(id)) : [];
  }

  /** `/vms/<id>` and `/storage/<id>` of every member. */
  memberPaths(): readonly string[] {
    return [...this.#pools.values()].flatMap(({ vmids, storages }) => [
      ...[...vmids].map((vmid) => `/vms/${vmid}`),
      ...[...storages].map((storage) => `/storage/${storage}`),
    ]);
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

  #add(id: string, comment: string | null): void {
    this.#pools.set(id, { comment, vmids: new Set(), storages: new Set() });
  }

  #seed({ id, comment, storages = [] }: PoolSeed): void {
    const parent = parentOf(id);
    if (parent !== null && !this.#pools.has(parent)) this.#seed({ id: parent });
    // A name that this version refuses is older than its upgrade.
    if (!this.#pools.has(id)) this.#add(id, comment ?? null);
    for (const storage of storages) this.get(id).storages.add(storage);
  }
}

/** `prod` of `prod/talos`. */
function parentOf(id: string): string | null {
  const end = id.lastIndexOf('/');
  return end === -1 ? null : id.slice(0, end);
}

function leafOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
