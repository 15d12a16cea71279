/** The packed tarball holds what it should and works when installed in an empty folder. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'talmox-pack-'));
const run = (program, args, options = {}) =>
  execFileSync(program, args, { cwd: directory, encoding: 'utf8', ...options });

try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const allowed =
    /^(?:dist\/(?:(?:talmox|main|simulator|compiler|helpers|chokidar|diff)\.cjs|THIRD-PARTY-LICENSES\.txt)|templates\/(?!.*(?:__pycache__|~$)).+|schemas\/(?:cluster|nodes)\.schema\.json|LICENSE|README\.md|package\.json)$/;
  const unexpected = packed.files.map((file) => file.path).filter((path) => !allowed.test(path));
  assert.deepEqual(unexpected, [], 'the tarball holds nothing else');
  const templates = readdirSync(join(ROOT, 'templates'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
  const missing = templates.filter((path) => !packed.files.some((file) => file.path === path));
  assert.deepEqual(missing, [], 'the tarball holds every template');

  run('npm', ['init', '-y'], { stdio: 'ignore' });
  run('npm', ['install', '--no-audit', '--no-fund', join(directory, packed.filename)], { stdio: 'ignore' });
  const talmox = (...args) => run(join(directory, 'node_modules/.bin/talmox'), ['-C', 'cluster', ...args]);
  talmox('init');
  assert.match(talmox('configure'), /\d+ created/);
  assert.equal(talmox('configure'), 'nothing changed\n');
  assert.match(talmox('check'), /out\/ is current/);
  assert.match(talmox('apply', '--target', 'tofu', '--dry-run'), /tofu apply/);
  console.log(`packed tarball: ${packed.files.length} files, ${Math.round(packed.size / 1024)} KiB, works`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
