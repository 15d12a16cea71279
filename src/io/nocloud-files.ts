/** Which file answers which request of a NoCloud node: a closed list, so that nothing else can be reached. */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { join, sep } from 'node:path';

/** What Talos asks for, in its order; `machine-config` is what an `#include` points to. */
export const NOCLOUD_FILES = ['meta-data', 'network-config', 'user-data', 'machine-config'] as const;
export type NoCloudFile = (typeof NOCLOUD_FILES)[number];

export interface NoCloudFolders {
  /** Rendered `out/nocloud`: `<node>/<file>`. */
  readonly rendered: string;
  /**
   * Full machine configurations, which hold secrets: `<node>.yaml`, as the rendered tasks make them, or
   * `<node>/<file>`. `null`: none are served.
   */
  readonly private: string | null;
}

export interface Asked {
  readonly node: string;
  readonly file: NoCloudFile;
}

/** Larger than any machine configuration; Proxmox limits a snippet to 1 MiB. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * @param path of the URL, undecoded: no path that is served needs an escape
 * @param prefix path of the server's URL, without a slash at its end
 */
export function askedFor(path: string, prefix: string, cluster: string, nodes: ReadonlySet<string>): Asked | null {
  const start = `${prefix}/${cluster}/`;
  if (!path.startsWith(start)) return null;
  const [node = '', file = '', ...more] = path.slice(start.length).split('/');
  const known = NOCLOUD_FILES.find((name) => name === file);
  return more.length === 0 && known !== undefined && nodes.has(node) ? { node, file: known } : null;
}

/**
 * The private folder goes first. A full configuration answers for `machine-config`, and for `user-data` too unless what
 * is rendered there points to it: the node then asks for it by itself.
 * @returns the content, or `null` where there is no such file
 */
export function readNoCloudFile({ rendered, private: secret }: NoCloudFolders, { node, file }: Asked): Buffer | null {
  const open = file === 'machine-config' ? null : readInside(rendered, `${node}/${file}`);
  if (secret === null) return open;
  const isConfig =
    file === 'machine-config' || (file === 'user-data' && open?.toString('utf8', 0, POINTER.length) !== POINTER);
  return readInside(secret, `${node}/${file}`) ?? (isConfig ? readInside(secret, `${node}.yaml`) : null) ?? open;
}

const POINTER = '#include\n';

/** Opened without following a link, and without waiting where it is a pipe; Windows knows neither. */
const FLAGS =
  constants.O_RDONLY |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

/** @returns `null` as well where the folder or the file cannot be read: a request never ends the server */
function readInside(folder: string, path: string): Buffer | null {
  try {
    const file = openSync(join(folder, path), FLAGS);
    try {
      return isPlainFileInside(file, folder, path) ? readFileSync(file) : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

/** What was opened is a file that really lies in the folder: no link leads anywhere else. */
function isPlainFileInside(file: number, folder: string, path: string): boolean {
  const opened = fstatSync(file);
  return (
    opened.isFile() &&
    opened.size <= MAX_BYTES &&
    placeOf(file, opened, join(folder, path)) === join(realpathSync(folder), path.replaceAll('/', sep))
  );
}

/**
 * Where an opened file lies. The kernel of Linux knows; a path that is looked up again may have been changed in between.
 * @param asked the path by which it was opened
 * @returns `null` where the path leads to another file by now
 */
function placeOf(file: number, { ino, dev }: Stats, asked: string): string | null {
  if (process.platform === 'linux') return readlinkSync(`/proc/self/fd/${file}`);
  const real = realpathSync(asked);
  const there = lstatSync(real);
  return there.ino === ino && there.dev === dev ? real : null;
}
