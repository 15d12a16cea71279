/** Disk sizes as Proxmox writes them. */

const UNITS = [
  ['T', 2 ** 40],
  ['G', 2 ** 30],
  ['M', 2 ** 20],
  ['K', 2 ** 10],
] as const;

export const KIB = 2 ** 10;
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** @returns bytes, or `null` where `text` is no size: `20G`, `1.5T`, `4MiB` and plain bytes are */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT](?:iB)?)?$/.exec(text);
  if (match === null) return null;
  const unit = UNITS.find(([name]) => name === match[2]?.[0]);
  return Math.trunc(Number(match[1]) * (unit?.[1] ?? 1));
}

/** The largest unit that divides `bytes`: 20G, 528K, 1025. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return '0';
  const unit = UNITS.find(([, factor]) => bytes % factor === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}
