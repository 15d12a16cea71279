/** What the name of a volume tells without a look at it. Source: pve-storage src/PVE/Storage/Plugin.pm, parse_volname. */

import { nameOf } from './volume-names.ts';

const FILE_KIND = /^(iso|vztmpl|backup|snippets|import)\//;

/** `iso`, `import`, `snippets`, ...; `images` for a disk. */
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
