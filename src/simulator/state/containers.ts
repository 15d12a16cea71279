/** Containers: they share ids with VMs and stand in the same lists. Nothing can be done to them here. */

import { GIB, MIB } from '../schema/size.ts';
import { fail } from './errors.ts';

export interface ContainerSeed {
  readonly vmid: number;
  readonly node: string;
  readonly name: string;
  readonly running?: boolean;
  /** `a;b` */
  readonly tags?: string;
  readonly cores?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly disk?: number;
}

export interface Container extends Required<Omit<ContainerSeed, 'node' | 'running'>> {
  node: string;
  running: boolean;
}

export class Containers {
  readonly #containers = new Map<number, Container>();

  /** @throws ApiError for an id that is there twice */
  constructor(seeds: readonly ContainerSeed[]) {
    for (const seed of seeds) this.add(seed);
  }

  add(seed: ContainerSeed): void {
    if (this.#containers.has(seed.vmid)) fail(`CT ${seed.vmid} already exists`);
    this.#containers.set(seed.vmid, {
      running: false,
      tags: '',
      cores: 1,
      memory: 512 * MIB,
      disk: 8 * GIB,
      ...seed,
    });
  }

  find(vmid: number): Container | undefined {
    return this.#containers.get(vmid);
  }

  /** By id, ascending. */
  all(): readonly Container[] {
    return [...this.#containers.values()].sort((a, b) => a.vmid - b.vmid);
  }
}
