import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compare } from '../../src/io/compare.ts';
import { writeOut } from '../../src/io/write.ts';
import type { RenderedFile } from '../../src/model/artifact.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeEach(async () => {
  space = createWorkspace();
  await space.cli('configure');
});
afterEach(() => {
  space.remove();
});

const FILE = 'out/tofu/nodes.tf';

/** Every file of `out/` with its text: what a refused run must leave as it was. */
function tree(): Record<string, string> {
  const paths = readdirSync(space.path('out'), { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    paths
      .filter((path) => lstatSync(space.path(`out/${path}`)).isFile())
      .map((path) => [path, space.read(`out/${path}`)]),
  );
}

function changeInput(): void {
  space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_cores: 6\n`);
}

describe('configure refuses, and changes nothing, when', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'a directory is in the place of a file',
      () => {
        rmSync(space.path(FILE));
        mkdirSync(space.path(FILE));
      },
      /out\/tofu\/nodes\.tf: is a directory/,
    ],
    [
      'a file is in the place of a directory',
      () => {
        rmSync(space.path('out/talos'), { recursive: true });
        space.write('out/talos', 'x');
      },
      /out\/talos: is a file in the place of a directory/,
    ],
    [
      'a link is in the place of a directory',
      () => {
        rmSync(space.path('out/nocloud'), { recursive: true });
        symlinkSync('talos', space.path('out/nocloud'));
      },
      /out\/nocloud: is a symbolic link/,
    ],
    [
      'the manifest has a path twice over and no template',
      () => {
        space.write('out/.manifest.json', '{"files":{"a":{"sha256":"x"},"a":{"sha256":"y"}}}');
      },
      /is not a manifest/,
    ],
  ])('%s', async (_name, arrange, message) => {
    arrange();
    changeInput();
    const before = tree();
    const result = await space.cli('configure', '--force');
    expect([result.exitCode, result.stderr]).toEqual([4, expect.stringMatching(message)]);
    expect(tree()).toEqual(before);
  });
});

describe('out/ itself', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'a file',
      () => {
        space.write('out', 'x');
      },
      /out: is not a directory/,
    ],
    [
      'a link that leads elsewhere',
      () => {
        symlinkSync('/tmp', space.path('out'));
      },
      /out: is a symbolic link that leads elsewhere/,
    ],
    [
      'a broken link',
      () => {
        symlinkSync('nowhere', space.path('out'));
      },
      /out: is a broken symbolic link/,
    ],
  ])('is %s: exit 4', async (_name, arrange, message) => {
    rmSync(space.path('out'), { recursive: true });
    arrange();
    for (const command of ['configure', 'check', 'diff']) {
      const result = await space.cli(command);
      expect([result.exitCode, result.stderr]).toEqual([4, expect.stringMatching(message)]);
    }
  });

  it('a first run that fails leaves none', () => {
    rmSync(space.path('out'), { recursive: true });
    const file: RenderedFile = {
      path: `${'x'.repeat(300)}.yaml`,
      template: 'x.j2',
      format: 'yaml',
      mode: 0o644,
      content: 'a: 1\n',
      documents: null,
    };
    const out = space.path('out');
    expect(() => {
      writeOut(out, compare(out, [file]), [file]);
    }).toThrow(/ENAMETOOLONG/);
    expect(existsSync(out)).toBe(false);
  });
});

describe('what lies in out/', () => {
  it('is never waited for', async () => {
    execFileSync('mkfifo', [space.path('out/pipe')]);
    expect((await space.cli('check')).stdout).toContain('extra       out/pipe\n');
  });

  it('is extra also under the name of a property of every object', async () => {
    space.write('out/constructor', 'x');
    expect((await space.cli('check')).stdout).toContain('extra       out/constructor\n');
  });

  it('is replaced where it is a link, and what the link leads to is left alone', async () => {
    renameSync(space.path(FILE), space.path('mine'));
    symlinkSync(space.path('mine'), space.path(FILE));
    expect((await space.cli('check')).stdout).toContain('stale       out/tofu/nodes.tf\n');
    changeInput();
    expect((await space.cli('configure')).exitCode).toBe(0);
    expect(lstatSync(space.path(FILE)).isSymbolicLink()).toBe(false);
    expect(space.read('mine')).not.toBe(space.read(FILE));
  });

  it('counts as ours when Git turned its line ends into CRLF', async () => {
    for (const [path, text] of Object.entries(tree())) space.write(`out/${path}`, text.replaceAll('\n', '\r\n'));
    const checked = await space.cli('check');
    expect([checked.exitCode, checked.stdout]).toEqual([
      1,
      expect.stringMatching(/^stale +out\/tofu\/nodes\.tf$.*eol=lf/ms),
    ]);
    expect(checked.stdout).not.toContain('hand-edited');
    expect((await space.cli('configure')).exitCode).toBe(0);
    expect((await space.cli('check')).exitCode).toBe(0);
  });

  it('is executable exactly when it is a script', async () => {
    const script = space.path('out/crossplane/push-credentials.sh');
    const mode = (path: string): number => lstatSync(path).mode & 0o100;
    expect([mode(script), mode(space.path(FILE))]).toEqual([0o100, 0]);
    chmodSync(script, 0o644);
    chmodSync(space.path(FILE), 0o755);
    expect((await space.cli('check')).stdout).toMatch(
      /^stale +out\/crossplane\/push-credentials\.sh\nstale +out\/tofu\/nodes\.tf$/m,
    );
    expect((await space.cli('diff')).stdout).toContain('executable bit');
    await space.cli('configure');
    expect([mode(script), mode(space.path(FILE))]).toEqual([0o100, 0]);
  });

  it.each([
    ['nothing', 0o644],
    ['everything', 0o755],
  ])('has no modes on a file system where %s can be run', async (_what, mode) => {
    const forget = (): void => {
      for (const path of Object.keys(tree())) chmodSync(space.path(`out/${path}`), mode);
    };
    forget();
    expect((await space.cli('check')).exitCode).toBe(0);
    expect((await space.cli('configure')).stdout).toBe('nothing changed\n');
    // What is in them counts as ever.
    changeInput();
    expect((await space.cli('check')).stdout).toMatch(/^stale +out\/tofu\/nodes\.tf$/m);
    await space.cli('configure');
    forget();
    expect((await space.cli('check')).exitCode).toBe(0);
    // One that differs from the others says that modes are kept.
    chmodSync(space.path(FILE), mode === 0o644 ? 0o755 : 0o644);
    expect((await space.cli('check')).exitCode).toBe(1);
  });

  it('is cleared of what a killed run left', async () => {
    space.write('out/tofu/.main.tf.1.talmox-tmp', 'half');
    expect((await space.cli('check')).exitCode).toBe(0);
    changeInput();
    await space.cli('configure');
    expect(space.exists('out/tofu/.main.tf.1.talmox-tmp')).toBe(false);
  });
});

describe('two runs', () => {
  const file = (content: string): RenderedFile => ({
    path: 'a.yaml',
    template: 'a.yaml.j2',
    format: 'yaml',
    mode: 0o644,
    content,
    documents: null,
  });

  it('do not mix: the one that compared before the other wrote has to start again', () => {
    const out = space.path('out');
    const [slow, quick] = [[file('a: 1\n')], [file('a: 2\n')]];
    const slowChanges = compare(out, slow);
    writeOut(out, compare(out, quick), quick);
    expect(() => {
      writeOut(out, slowChanges, slow);
    }).toThrow(/in the meantime/);
    expect(space.read('out/a.yaml')).toBe('a: 2\n');
  });
});

it('a hand-edited file that is no longer rendered is refused too, and shown', async () => {
  space.write('out/talos/nodes/cp-1.yaml', `${space.read('out/talos/nodes/cp-1.yaml')}# mine\n`);
  space.write('nodes.yaml', space.read('nodes.yaml').replaceAll('cp-1', 'cp-9'));
  const refused = await space.cli('configure');
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/^-# mine$.*--force/ms)]);
  expect(space.read('out/talos/nodes/cp-1.yaml')).toContain('# mine');
  await space.cli('configure', '--force');
  expect(space.exists('out/talos/nodes/cp-1.yaml')).toBe(false);
});
