/**
 * Changes the sources in one place after the other and sees whether a test fails: `npm run mutate -- src/config/rules`.
 * See docs/mutation.md.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FOLDERS, testsOf } from './folders.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const [given, ...options] = process.argv.slice(2);
const path = given?.replace(/^\.\//, '').replace(/\/+$/, '');
if (path === undefined || !existsSync(join(ROOT, path)) || testsOf(path) === null) {
  console.error(`npm run mutate -- <file or folder>: one that is there, in ${FOLDERS.join(', ')}`);
  process.exit(2);
}

const sources = statSync(join(ROOT, path)).isDirectory() ? `${path}/**/*.ts` : path;
const stryker = join(createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json'), '../bin/stryker.js');
const { status } = spawnSync(
  process.execPath,
  [stryker, 'run', 'test/mutation/stryker.config.mjs', '--mutate', `${sources},!src/**/*.d.ts`, ...options],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TALMOX_MUTATE: path } },
);
process.exit(status ?? 1);
