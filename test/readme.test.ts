/** The tour of the README, line by line, in an empty directory. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from './support/validation.ts';
import { PROGRAM } from './support/program.ts';
import { createWorkspace, type Workspace } from './support/workspace.ts';

/** Their output tells of a tool that need not be here, or of a time. */
const NOT_HERE = /^talmox rehearse /;

interface Shown {
  readonly command: string;
  readonly output: string;
}

/** Every `$ command` of the console blocks with what stands below it. */
function tour(): Shown[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [first = '', ...lines] = part.split('\n');
        const end = /<<'(\w+)'/.exec(first)?.[1];
        const input = end === undefined ? 0 : lines.indexOf(end) + 1;
        return { command: [first, ...lines.slice(0, input)].join('\n'), output: lines.slice(input).join('\n').trim() };
      }),
  );
}

let space: Workspace;
beforeAll(() => {
  space = createWorkspace(null);
  mkdirSync(space.path('.bin'));
  writeFileSync(space.path('.bin/talmox'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(space.path('.bin/talmox'), 0o755);
});
afterAll(() => {
  space.remove();
});

it('the tour begins with init and shows a rehearsal', () => {
  const commands = tour().map(({ command }) => command);
  expect(commands[0]).toBe('talmox init');
  expect(commands.filter((command) => NOT_HERE.test(command))).toHaveLength(1);
});

it.each(tour().filter(({ command }) => !NOT_HERE.test(command)))('$command', ({ command, output }) => {
  const env = { ...process.env, NO_COLOR: '1', PATH: `${space.path('.bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  const { stdout } = spawnSync('sh', ['-c', `{ ${command}\n} 2>&1`], { cwd: space.directory, env, encoding: 'utf8' });
  // An ellipsis stands for any lines.
  const [begin = '', end] = output.split(/^…$/m);
  if (end === undefined) expect(stdout.trim()).toBe(output);
  else expect([stdout.startsWith(begin), stdout.trim().endsWith(end)], stdout).toEqual([true, true]);
});
