/** Storages and the volumes on them. */

import { GIB, MIB } from '../schema/size.ts';
import { fail, parameterError } from './errors.ts';
import type { Allocation, NewFile, Space, Storage, StorageSeed, Volume } from './volume.ts';
import { freeName, nameOf, noSpace, storageOf, volumeId } from './volume-names.ts';

const FILE_TYPES: ReadonlySet<string> = new Set(['dir', 'nfs', 'cifs', 'cephfs', 'btrfs']);
const SHARED_TYPES: ReadonlySet<string> = new Set(['nfs', 'cifs', 'cephfs', 'rbd']);
/** What a block storage rounds sizes up to. */
const GRAIN: Readonly<Record<string, number>> = { lvm: 4 * MIB, lvmthin: 4 * MIB, zfspool: MIB, rbd: MIB };
const TOTAL_BYTES = 1_000 * GIB;

export class Storages {
  readonly #storages = new Map<string, Storage>();
  /** Storage, with its node unless shared -> volume id -> volume. */
  readonly #volumes = new Map<string, Map<string, Volume>>();
  readonly #seconds: () => number;

  constructor(seeds: readonly StorageSeed[], seconds: () => number) {
    this.#seconds = seconds;
    for (const seed of seeds) this.add(seed);
  }

  add(seed: StorageSeed): void {
    const shared = seed.shared ?? SHARED_TYPES.has(seed.type);
    const path = FILE_TYPES.has(seed.type) ? (seed.id === 'local' ? '/var/lib/vz' : `/mnt/pve/${seed.id}`) : null;
    const total = seed.total ?? TOTAL_BYTES;
    this.#storages.set(seed.id, {
      ...seed,
      shared,
      nodes: seed.nodes ?? null,
      disabled: seed.disabled ?? false,
      offlineOn: seed.offlineOn ?? [],
      total,
      used: seed.used ?? Math.floor(total / 100),
      thin: seed.thin ?? seed.type !== 'lvm',
      path,
      full: false,
    });
  }

  find(id: string): Storage | undefined {
    return this.#storages.get(id);
  }

  /** @throws ApiError when there is none */
  get(id: string): Storage {
    return this.#storages.get(id) ?? fail(`storage '${id}' does not exist`);
  }

  list(): readonly Storage[] {
    return [...this.#storages.values()];
  }

  /** @throws ApiError when it is switched off, or the node does not have it */
  on(node: string, id: string): Storage {
    const storage = this.get(id);
    if (storage.disabled) fail(`storage '${id}' is disabled`);
    if (storage.nodes !== null && !storage.nodes.includes(node))
      fail(`storage '${id}' is not available on node '${node}'`);
    return storage;
  }

  /** @throws ApiError when nothing can be read from it or written to it on this node */
  active(node: string, id: string): Storage {
    const storage = this.on(node, id);
    if (!isActive(storage, node)) fail(`storage '${id}' is not online`);
    return storage;
  }

  space(node: string, storage: Storage): Space {
    const { total, used: others, full } = storage;
    const known = this.volumes(node, storage.id).reduce((sum, volume) => sum + occupied(storage, volume), 0);
    const used = full ? total : Math.min(total, others + known);
    return { total, used, avail: total - used };
  }

  /** @throws ApiError when so many bytes more do not fit; a thin storage promises more than it has */
  needRoom(node: string, storage: Storage, bytes: number, name: string): void {
    if (storage.full || (!storage.thin && bytes > this.space(node, storage).avail)) fail(noSpace(storage, name));
  }

  volume(node: string, volid: string): Volume | undefined {
    return this.#of(node, storageOf(volid)).get(volid);
  }

  volumes(node: string, storage: string): readonly Volume[] {
    return [...this.#of(node, storage).values()];
  }

  /** Every volume of every storage; a shared one once. */
  allVolumes(): readonly Volume[] {
    return [...this.#volumes.values()].flatMap((volumes) => [...volumes.values()]);
  }

  put(node: string, volume: Volume): Volume {
    this.#of(node, volume.storage).set(volume.volid, volume);
    return volume;
  }

  remove(node: string, volid: string): void {
    this.#of(node, storageOf(volid)).delete(volid);
  }

  /** Linked clones that stand on a volume. */
  childrenOf(node: string, volid: string): readonly Volume[] {
    return this.volumes(node, storageOf(volid)).filter(({ parent }) => parent === volid);
  }

  /** Makes a new disk. @throws ApiError when the storage is full or knows no such format */
  allocate({ node, storage: id, vmid, size, format, name, base }: Allocation): Volume {
    const storage = this.active(node, id);
    const made = format ?? 'raw';
    if (storage.path === null && made !== 'raw') fail(`unsupported format '${made}'`);
    const stem = name ?? freeName(storage, vmid, this.#of(node, id));
    const volid = volumeId(storage, vmid, stem, made, base);
    const grain = GRAIN[storage.type] ?? 1;
    const bytes = Math.ceil(size / grain) * grain;
    this.needRoom(node, storage, bytes, stem);
    const parent = base !== undefined && volid.includes('base-') ? base.volid : null;
    return this.put(node, {
      volid,
      storage: id,
      size: bytes,
      virtualSize: bytes,
      format: made,
      content: 'images',
      vmid,
      ctime: this.#seconds(),
      isBase: false,
      parent,
    });
  }

  /** A downloaded or uploaded file. @throws ApiError when the storage is full */
  putFile(node: string, id: string, file: NewFile): Volume {
    const { content, name, size, virtualSize = size, checksums } = file;
    const storage = this.active(node, id);
    if (size > this.space(node, storage).avail) fail('No space left on device');
    return this.put(node, {
      volid: `${id}:${content}/${name}`,
      storage: id,
      size,
      virtualSize,
      format: /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? 'raw',
      content,
      vmid: null,
      ctime: this.#seconds(),
      isBase: false,
      parent: null,
      ...(checksums === undefined ? {} : { checksums }),
    });
  }

  /** Renames a VM's disk to a template's. */
  toBase(node: string, volume: Volume): Volume {
    this.remove(node, volume.volid);
    return this.put(node, { ...volume, volid: volume.volid.replace(/\bvm-(\d+)-/, 'base-$1-'), isBase: true });
  }

  /** Gives a disk to another VM, under the first free name of that VM. */
  rename(node: string, volume: Volume, vmid: number): Volume {
    const storage = this.get(volume.storage);
    const volumes = this.#of(node, storage.id);
    const name = freeName(storage, vmid, volumes);
    volumes.delete(volume.volid);
    return this.put(node, { ...volume, volid: volumeId(storage, vmid, name, volume.format, undefined), vmid });
  }

  /** @throws ApiError when linked clones stand on it */
  free(node: string, volid: string): void {
    if (this.childrenOf(node, volid).length > 0)
      fail(`base volume '${nameOf(volid)}' is still in use by linked clones`);
    this.remove(node, volid);
  }

  #of(node: string, id: string): Map<string, Volume> {
    const key = this.get(id).shared ? id : `${node}/${id}`;
    const known = this.#volumes.get(key);
    if (known !== undefined) return known;
    const made = new Map<string, Volume>();
    this.#volumes.set(key, made);
    return made;
  }
}

/** Neither switched off nor another node's. */
export function isEnabled({ disabled, nodes }: Storage, node: string): boolean {
  return !disabled && (nodes === null || nodes.includes(node));
}

export function isActive(storage: Storage, node: string): boolean {
  return isEnabled(storage, node) && !storage.offlineOn.includes(node);
}

/** @throws ApiError where VMs may not have disks */
export function needImages({ id, content }: Storage): void {
  if (!content.includes('images')) parameterError({ storage: `storage '${id}' does not support vm images` });
}

/** Files take their length, and a linked clone or a disk of a thin storage nothing until a guest writes. */
function occupied({ thin }: Storage, { content, size, parent }: Volume): number {
  return content === 'images' && (thin || parent !== null) ? 0 : size;
}
