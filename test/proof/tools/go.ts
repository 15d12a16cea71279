/** Programs written in Go, each built from a module of its own that pins it (`consumers/<name>/`). */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, install, keyOf, type Tool } from './cache.ts';

const CONSUMERS = fileURLToPath(new URL('../consumers/', import.meta.url));

/** No other toolchain than the one that is here, and no local paths in the binary. */
const ENV = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-trimpath' };

export interface GoOptions {
  /** Linker flags, where a program has to be told its version. */
  readonly ldflags?: string;
  /** Another folder of `consumers/` whose program is built against this one's pins. */
  readonly program?: string;
}

/** Builds `consumers/<name>` once per content of that folder. */
export function goTool(name: string, { ldflags = '', program }: GoOptions = {}): Tool {
  const go = spawnSync('go', ['version'], { encoding: 'utf8', env: ENV });
  if (go.error !== undefined) return { missing: `${name}: Go is not installed` };
  const files = [name, ...(program === undefined ? [] : [program])].flatMap(filesOf);
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const folder = cached(`go-${name}-${keyOf(go.stdout, ldflags, ...texts)}`, (directory) => {
    for (const file of files) copyFileSync(file, join(directory, basename(file)));
    const what = existsSync(join(directory, 'main.go')) ? '.' : toolOf(directory);
    return install('go', ['build', '-ldflags', ldflags, '-o', join(directory, name), what], {
      cwd: directory,
      env: ENV,
    });
  });
  return 'path' in folder
    ? { path: join(folder.path, name) }
    : { missing: `${name} does not build here: ${folder.missing}` };
}

function filesOf(folder: string): string[] {
  return readdirSync(join(CONSUMERS, folder))
    .sort()
    .map((file) => join(CONSUMERS, folder, file));
}

/** The package that a module's `tool` line names. */
function toolOf(source: string): string {
  const line = /^tool (\S+)$/m.exec(readFileSync(join(source, 'go.mod'), 'utf8'));
  if (line?.[1] === undefined) throw new Error(`${source}/go.mod has no tool line`);
  return line[1];
}
