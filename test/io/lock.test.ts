/** The lock of `out/` is gone with its holder, whoever that was, and version control never sees it. */

import { spawn, type ChildProcess } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../src/io/lock.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeEach(async () => {
  space = createWorkspace();
  await space.cli('configure');
  space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_cores: 6\n`);
});
afterEach(() => {
  space.remove();
});

const LOCK = 'out/.talmox-lock';

/** A lock as a run leaves it. @param age of its last sign of life, in seconds */
function lockOf(signature: Readonly<Record<string, unknown>> | string, age = 0): void {
  const directory = space.path(LOCK);
  mkdirSync(directory);
  writeFileSync(join(directory, '.gitignore'), '*\n');
  const file = join(directory, '1-abc');
  writeFileSync(file, typeof signature === 'string' ? signature : JSON.stringify(signature));
  const then = Date.now() / 1000 - age;
  utimesSync(file, then, then);
}

const leftovers = (): string[] => readdirSync(space.path('out')).filter((name) => name.startsWith('.talmox'));

async function expectTaken(): Promise<void> {
  expect(await space.cli('configure')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(leftovers()).toEqual([]);
}

async function expectRefused(message: RegExp): Promise<void> {
  const before = readdirSync(space.path('out'));
  const { exitCode, stderr } = await space.cli('configure');
  expect([exitCode, stderr]).toEqual([4, expect.stringMatching(message)]);
  expect(readdirSync(space.path('out'))).toEqual(before);
  // Who only looks is never stopped.
  expect((await space.cli('check')).stdout).not.toContain('talmox-lock');
}

describe('a lock of another machine, or of a container', () => {
  const elsewhere = { pid: 1, host: 'elsewhere', boot: 'another', namespace: 'pid:[1]', started: '1' };

  it('is respected while it gives signs of life', async () => {
    lockOf(elsewhere);
    await expectRefused(/another talmox \(process 1 on elsewhere\) is writing.* for 30 seconds/);
  });

  it.each([
    ['a name of this machine', { ...elsewhere, host: hostname() }],
    ['nothing', ''],
    ['half a signature', '{"pid": 1, "ho'],
    ['no signature', 'null'],
  ])('is one for thirty seconds, signed with %s', async (_what, signature) => {
    lockOf(signature, 25);
    await expectRefused(/is writing/);
    utimesSync(space.path(`${LOCK}/1-abc`), Date.now() / 1000 - 31, Date.now() / 1000 - 31);
    await expectTaken();
  });

  it('holds nobody up from the future', async () => {
    lockOf(elsewhere, -3600);
    await expectTaken();
  });
});

/** As the lock reads them; null where there is no /proc. */
const here = (() => {
  try {
    return {
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      namespace: readlinkSync('/proc/self/ns/pid'),
    };
  } catch {
    return null;
  }
})();
const startOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? '';

describe.runIf(here !== null)('a lock of this machine', () => {
  let other: ChildProcess;
  beforeEach(() => {
    other = spawn('sleep', ['60'], { stdio: 'ignore' });
  });
  afterEach(() => other.kill('SIGKILL'));
  const signed = (started: string): Record<string, unknown> => ({ pid: other.pid, host: hostname(), ...here, started });

  it('is held by a living process however long it is silent, and by no dead one', async () => {
    lockOf(signed(startOf(other.pid ?? 0)), 3600);
    await expectRefused(/another talmox \(process \d+ on .*\) is writing; wait for it$/m);
    other.kill('SIGKILL');
    await new Promise((done) => other.once('exit', done));
    await expectTaken();
  });

  it('is not held by another process that has the id of the dead one', async () => {
    lockOf(signed('1'));
    await expectTaken();
  });
});

describe('what is no lock', () => {
  it.each<[string, (path: string) => void]>([
    [
      'a file',
      (path) => {
        writeFileSync(path, 'x');
      },
    ],
    [
      'a link',
      (path) => {
        symlinkSync(space.directory, path);
      },
    ],
  ])('%s in its place holds nobody up, and what it leads to stays', async (_what, make) => {
    make(space.path(LOCK));
    await expectTaken();
    expect(space.exists('nodes.yaml')).toBe(true);
  });

  it('the lock of an earlier version, committed with everything else, goes', async () => {
    space.write('out/.talmox.lock', `1 ${hostname()}\n`);
    expect((await space.cli('check')).stdout).not.toContain('talmox.lock');
    await expectTaken();
  });

  it('what killed runs left beside it goes when it is old', async () => {
    for (const name of ['.talmox-lock.1-a', '.talmox-lock.2-b.gone']) {
      mkdirSync(space.path(`out/${name}`));
      space.write(`out/${name}/0`, 'half');
      utimesSync(space.path(`out/${name}`), 1000, 1000);
    }
    await expectTaken();
  });
});

it('a run that was asleep while another took over writes no more', () => {
  const out = space.path('out');
  const asleep = (): void => {
    withLock(out, (held) => {
      held.renew();
      renameSync(space.path(LOCK), space.path('elsewhere'));
      withLock(out, ({ renew }) => {
        renew();
        expect(held.renew).toThrow(/another talmox took over/);
        renew();
      });
      held.renew();
    });
  };
  expect(asleep).toThrow(/another talmox took over/);
  expect(leftovers()).toEqual([]);
});
