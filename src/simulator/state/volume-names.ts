/** How storages name their volumes. Source: pve-storage src/PVE/Storage/*Plugin.pm. */

import { fail } from './errors.ts';
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

const FILE_KIND = /^(iso|vztmpl|backup|snippets|import)\//;

/** What a name tells without a look at the storage: `iso`, `import`, `snippets`, ...; `images` for a disk. */
export function kindOf(volid: string): string {
  return FILE_KIND.exec(nameOf(volid))?.[1] ?? 'images';
}

/**
 * The VM whose number the name of a disk carries: that VM owns it, whoever uses it, and also when there is no such VM.
 * A linked clone on a storage of files names its base too; its own name is the last part.
 *
 * @returns `null` for a file and for what is no volume
 */
export function ownerOf(volid: string): number | null {
  if (!volid.includes(':') || kindOf(volid) !== 'images') return null;
  const name = nameOf(volid);
  const owner = /(?:^|\/)(\d+)\/[^/]+$/.exec(name) ?? /(?:^|\/)(?:vm|base)-(\d+)-[^/]+$/.exec(name);
  return owner === null ? null : Number(owner[1]);
}

/** What the name of a volume says about it. */
export interface VolumeName {
  /** `images`, `iso`, `import`, `snippets`, `vztmpl`, `backup` */
  readonly content: string;
  /** The VM that it belongs to. */
  readonly owner: number | null;
}

const FILES: readonly (readonly [content: string, name: RegExp])[] = [
  ['iso', /^iso\/[^/]+\.(iso|img)$/i],
  ['vztmpl', /^vztmpl\/[^/]+\.tar(\.(gz|xz|zst|bz2))?$/i],
  ['snippets', /^snippets\/[^/]+$/],
  ['import', /^import\/[ \w.+=-]+\.(ova|ovf|qcow2|raw|vmdk)$/],
  ['backup', /^backup\/[^/]+\.(tgz|(tar|vma)(\.(gz|lzo|zst|bz2))?)$/],
];

/** Whether there is such a volume or not. @throws ApiError for a name that no volume of such a storage has */
export function parseVolumeName({ type, path }: Storage, name: string): VolumeName {
  const image = path === null ? /^(?:base-\d+-[^/]+\/)?(?:vm|base)-(\d+)-\S+$/ : /^(?:\d+\/\S+\/)?(\d+)\/\S+$/;
  const owner = image.exec(name)?.[1];
  if (owner !== undefined) return { content: 'images', owner: Number(owner) };
  const file = path === null ? undefined : FILES.find(([, pattern]) => pattern.test(name));
  if (file === undefined) fail(`unable to parse ${path === null ? type : 'directory'} volume name '${name}'`);
  const guest = /^backup\/vzdump-(?:openvz|lxc|qemu)-(\d+)-/.exec(name)?.[1];
  return { content: file[0], owner: guest === undefined ? null : Number(guest) };
}

/** Where a directory storage keeps what. */
const DIRECTORIES: Readonly<Record<string, string>> = {
  iso: 'template/iso',
  vztmpl: 'template/cache',
  backup: 'dump',
};

/** A file's place on the host, or the device of a volume of a block storage. */
export function systemPath({ id, path }: Storage, content: string, name: string): string {
  if (path === null) return `/dev/${id}/${name}`;
  const file = content === 'images' ? name : name.slice(name.indexOf('/') + 1);
  return `${path}/${DIRECTORIES[content] ?? content}/${file}`;
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
  if (type === 'zfspool') return `zfs error: cannot create 'rpool/data/${name}': out of space`;
  return `unable to create image: '${name}' - No space left on device`;
}
