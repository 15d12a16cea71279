/** How storages name their volumes. Source: pve-storage src/PVE/Storage/*Plugin.pm. */

import type { Storage, Volume } from './volume.ts';

const FILE_FORMATS = ['raw', 'qcow2', 'vmdk'];
/** Types whose volumes carry the name of the base they stand on; files do too. */
const NAMES_BASE: ReadonlySet<string> = new Set(['zfspool', 'rbd']);

/** `local-lvm` of `local-lvm:vm-101-disk-0`. */
export function storageOf(volid: string): string {
  return volid.slice(0, volid.indexOf(':'));
}

/** `vm-101-disk-0` of `local-lvm:vm-101-disk-0`. */
export function nameOf(volid: string): string {
  return volid.slice(volid.indexOf(':') + 1);
}

/** @param base what a linked clone stands on */
export function volumeId(
  { id, type, path }: Storage,
  vmid: number,
  stem: string,
  format: string,
  base: Volume | undefined,
): string {
  if (path !== null) {
    const file = `${vmid}/${stem}.${format}`;
    return base === undefined ? `${id}:${file}` : `${id}:${nameOf(base.volid)}/${file}`;
  }
  return base !== undefined && NAMES_BASE.has(type) ? `${id}:${nameOf(base.volid)}/${stem}` : `${id}:${stem}`;
}

/** The first `vm-<vmid>-disk-<n>` that no volume has, be it disk, base or linked clone. */
export function freeName({ id, type, path }: Storage, vmid: number, volumes: ReadonlyMap<string, Volume>): string {
  const formats = path === null ? [''] : FILE_FORMATS.map((format) => `.${format}`);
  const directory = path === null ? '' : `${vmid}/`;
  const mayLink = path !== null || NAMES_BASE.has(type);
  for (let n = 0; ; n++) {
    const stem = `vm-${vmid}-disk-${n}`;
    const isTaken = formats.some((end) =>
      ['vm', 'base'].some((kind) => volumes.has(`${id}:${directory}${kind}-${vmid}-disk-${n}${end}`)),
    );
    if (!isTaken && !(mayLink && isLinkedName(volumes, stem))) return stem;
  }
}

/** Linked clones on storages that name the base: rare enough to look at all. */
function isLinkedName(volumes: ReadonlyMap<string, Volume>, stem: string): boolean {
  for (const { volid, parent } of volumes.values()) if (parent !== null && volid.includes(stem)) return true;
  return false;
}

/** What a full storage says. */
export function noSpace({ type }: Storage, name: string): string {
  if (type === 'lvmthin')
    return `lvcreate 'pve/${name}' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold.`;
  if (type === 'lvm') return `lvcreate 'pve/${name}' error:   Volume group "pve" has insufficient free space`;
  return `unable to create image: '${name}' - No space left on device`;
}
