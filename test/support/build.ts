/** Builds the program before the tests, unless what is there is of these sources. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'templates', 'schemas', 'package-lock.json'];

export function setup(): void {
  const built = join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt');
  if (existsSync(built) && SOURCES.every((path) => newest(join(ROOT, path)) <= statSync(built).mtimeMs)) return;
  execFileSync(process.execPath, [join(ROOT, 'src/build/build.mjs')], { stdio: 'inherit' });
}

/** When a file, or the youngest below a folder, was written; a folder changes when one of its entries goes. */
function newest(path: string): number {
  const stats = statSync(path);
  return stats.isDirectory()
    ? Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
    : stats.mtimeMs;
}
