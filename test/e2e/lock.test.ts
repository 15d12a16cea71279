/** Real processes that write to one `out/`: killed wherever they hold its lock, and several at once. */

import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROGRAM, start } from '../support/program.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => {
  space.remove();
});

const talmox = (
  args: readonly string[],
  preload: readonly string[] = [],
): { status: number | null; signal: string | null } =>
  spawnSync(process.execPath, [...preload, PROGRAM, ...args], { cwd: space.directory, encoding: 'utf8' });

const leftovers = (): string[] => readdirSync(space.path('out')).filter((name) => name.includes('talmox'));

/** Kills the process before its rename whose paths match, or before one of its renames by number. */
function killer(when: string): readonly string[] {
  const path = space.path('killer.cjs');
  writeFileSync(
    path,
    `const fs = require('node:fs');
const real = fs.renameSync;
let renames = 0;
fs.renameSync = (from, to) => {
  renames += 1;
  if (${when}) process.kill(process.pid, 'SIGKILL');
  real(from, to);
};
`,
  );
  return ['--require', path];
}

const git = (...args: readonly string[]): string =>
  spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', ...args], { cwd: space.directory, encoding: 'utf8' })
    .stdout;
const hasGit = spawnSync('git', ['--version']).status === 0;

describe('a run that is killed', () => {
  it.each([
    ['before it has the lock', "to.endsWith('.talmox-lock')"],
    ['before its first file', 'renames === 3'],
    ['between two files', 'renames === 40'],
    ['before the manifest', "to.endsWith('.manifest.json') && renames > 10"],
    ['between its last file and the end of its lock', "from.endsWith('.talmox-lock')"],
  ])('%s is never seen by git, and holds nobody up', (_when, condition) => {
    if (hasGit) git('init', '--quiet');
    const killed = talmox(['configure'], killer(condition));
    expect([killed.status, killed.signal]).toEqual([null, 'SIGKILL']);
    expect(leftovers()).not.toEqual([]);
    if (hasGit) {
      git('add', '--all');
      expect(
        git('ls-files')
          .split('\n')
          .filter((path) => path.includes('talmox')),
      ).toEqual([]);
      expect(
        git('status', '--porcelain', '--untracked-files=all')
          .split('\n')
          .filter((line) => line.includes('talmox')),
      ).toEqual([]);
    }
    space.write('nodes.yaml', `${space.read('nodes.yaml')}    mtu: 9000\n`);
    expect(talmox(['configure']).status).toBe(0);
    expect(talmox(['check']).status).toBe(0);
    // A draft that nobody took for a lock goes once it is old.
    expect(leftovers().filter((name) => name === '.talmox-lock' || name === '.talmox.lock')).toEqual([]);
  });
});

it('of several at once each writes everything or nothing, and none is stopped for ever', async () => {
  talmox(['configure']);
  for (let round = 0; round < 3; round += 1) {
    space.write('nodes.yaml', space.read('nodes.yaml').replace(/ {4}mtu: \d+\n|$/, `    mtu: ${1500 + round}\n`));
    const runs = Array.from({ length: 4 }, () => start(['configure'], { cwd: space.directory }));
    const codes = await Promise.all(runs.map(async ({ ended }) => (await ended)[0]));
    expect(codes).toContain(0);
    for (const [index, code] of codes.entries())
      if (code !== 0)
        expect([code, runs[index]?.said.stderr]).toEqual([4, expect.stringMatching(/another talmox|always quicker/)]);
    expect(talmox(['check']).status).toBe(0);
    expect(leftovers()).toEqual([]);
  }
});
