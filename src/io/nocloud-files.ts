/** Which file answers which request of a NoCloud node: a closed list, so that nothing else can be reached. */

import { lstatSync, readFileSync, realpathSync } from 'node:fs';
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

/** Larger than any machine configuration; Proxmox bounds a snippet at 1 MiB. */
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

/** @returns the content, or `null` where there is no such file. The private folder goes first */
export function readNoCloudFile({ rendered, private: secret }: NoCloudFolders, { node, file }: Asked): Buffer | null {
  const isConfig = file === 'user-data' || file === 'machine-config';
  const ofSecret = secret === null ? null : (readInside(secret, `${node}/${file}`) ?? (isConfig ? readInside(secret, `${node}.yaml`) : null));
  if (ofSecret !== null || file === 'machine-config') return ofSecret;
  return readInside(rendered, `${node}/${file}`);
}

/** A plain file that really lies in the folder: no link leads anywhere else. */
function readInside(folder: string, path: string): Buffer | null {
  const full = join(folder, path);
  const stat = lstatSync(full, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size > MAX_BYTES) return null;
  const root = realpathSync(folder);
  return realpathSync(full).startsWith(root + sep) ? readFileSync(full) : null;
}
