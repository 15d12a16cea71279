import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, symlinkSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => {
  space.remove();
});

const PATCH = 'out/talos/nodes/cp-1.yaml';

describe('configure', () => {
  it('writes everything, then nothing, and leaves every mtime', async () => {
    const first = await space.cli('configure');
    expect([first.exitCode, first.stdout]).toEqual([0, expect.stringMatching(/^\d+ created$/m)]);
    for (const path of readdirSync(space.path('out'), { recursive: true, encoding: 'utf8' })) {
      if (statSync(space.path(`out/${path}`)).isFile()) utimesSync(space.path(`out/${path}`), 1000, 1000);
    }
    const second = await space.cli('configure');
    expect(second.stdout).toBe('nothing changed\n');
    expect(statSync(space.path(PATCH)).mtimeMs).toBe(1_000_000);
    expect(statSync(space.path('out/.manifest.json')).mtimeMs).toBe(1_000_000);
  });

  it('changes nothing on disk when the input is wrong', async () => {
    await space.cli('configure');
    const before = space.read(PATCH);
    space.write('nodes.yaml', space.read('nodes.yaml').replace('10.10.10.11', '10.10.10.5'));
    const failed = await space.cli('configure');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toMatch(/^nodes\.yaml:3:14 ADDRESS_CLASH .*\n1 error\n$/s);
    expect(space.read(PATCH)).toBe(before);
  });

  it('refuses to overwrite a hand-edited file, and does with --force', async () => {
    await space.cli('configure');
    const original = space.read(PATCH);
    space.write(PATCH, `${original}# mine\n`);
    const refused = await space.cli('configure');
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/^--- a\/out\/talos\/nodes\/cp-1\.yaml$.*^-# mine$.*--force/ms),
    ]);
    expect(space.read(PATCH)).toContain('# mine');
    expect((await space.cli('configure', '--force')).exitCode).toBe(0);
    expect(space.read(PATCH)).toBe(original);
  });

  it('deletes what is no longer rendered, and only what it wrote', async () => {
    await space.cli('configure');
    space.write('out/talos/mine.txt', 'mine');
    space.write('nodes.yaml', space.read('nodes.yaml').replaceAll('cp-1', 'cp-9'));
    const result = await space.cli('configure');
    expect(result.exitCode).toBe(0);
    expect([space.exists(PATCH), space.exists('out/nocloud/cp-1'), space.exists('out/talos/mine.txt')]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('says what it would do with --dry-run and does not', async () => {
    const result = await space.cli('configure', '--dry-run');
    expect(result.stdout).toMatch(/dry run: \d+ created/);
    expect(space.exists('out')).toBe(false);
  });

  it('never writes or deletes behind a link that leaves out/', async () => {
    await space.cli('configure');
    rmSync(space.path('out/talos'), { recursive: true });
    mkdirSync(space.path('elsewhere'));
    symlinkSync(space.path('elsewhere'), space.path('out/talos'));
    const result = await space.cli('configure', '--force');
    expect([result.exitCode, result.stderr]).toEqual([4, expect.stringContaining('symbolic link')]);
    expect(readdirSync(space.path('elsewhere'))).toEqual([]);
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'a/../../b', 'a\\\\b'])(
    'refuses a manifest that lists %s',
    async (path) => {
      await space.cli('configure');
      space.write('out/.manifest.json', `{"files":{"${path}":{"sha256":"x","template":"y"}}}`);
      const result = await space.cli('configure');
      expect([result.exitCode, result.stderr]).toEqual([4, expect.stringContaining('not a path inside out/')]);
    },
  );

  it('refuses a manifest that is none', async () => {
    await space.cli('configure');
    space.write('out/.manifest.json', 'not json');
    expect((await space.cli('configure')).exitCode).toBe(4);
  });
});

describe('check names what is wrong', () => {
  beforeEach(async () => {
    await space.cli('configure');
  });

  it.each<[string, () => void, RegExp]>([
    [
      'an edited file',
      () => {
        space.write(PATCH, 'x\n');
      },
      /^hand-edited out\/talos\/nodes\/cp-1\.yaml$/m,
    ],
    [
      'a deleted file',
      () => {
        rmSync(space.path(PATCH));
      },
      /^missing +out\/talos\/nodes\/cp-1\.yaml$/m,
    ],
    [
      'an added file',
      () => {
        space.write('out/talos/new.yaml', 'x');
      },
      /^extra +out\/talos\/new\.yaml$/m,
    ],
    [
      'a changed input',
      () => {
        space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_cores: 6\n`);
      },
      /^stale +out\/tofu\/nodes\.tf$/m,
    ],
    [
      'an edited manifest',
      () => {
        space.write('out/.manifest.json', '{"files":{}}');
      },
      /\.manifest\.json$/m,
    ],
  ])('%s', async (_name, change, line) => {
    expect((await space.cli('check')).exitCode).toBe(0);
    change();
    const result = await space.cli('check');
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(line);
    const { changes } = JSON.parse((await space.cli('check', '--json')).stdout) as {
      changes: { state: string; path: string }[];
    };
    expect(changes.map(({ state, path }) => `${state.padEnd(11)} out/${path}`).join('\n')).toMatch(line);
  });

  it('but not what the backends’ own tools leave there', async () => {
    for (const name of ['tofu/.terraform.lock.hcl', 'tofu/tfplan', 'tofu/terraform.tfstate', 'talos/secrets.yaml']) {
      space.write(`out/${name}`, 'x');
    }
    mkdirSync(space.path('out/tofu/.terraform'));
    space.write('out/tofu/.terraform/x', 'x');
    expect((await space.cli('check')).exitCode).toBe(0);
  });
});

it('diff is a patch that leads to what configure writes', async () => {
  await space.cli('configure');
  space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_cores: 6\n`);
  const result = await space.cli('diff');
  expect(result.exitCode).toBe(1);
  expect(result.stdout).toMatch(/^--- a\/out\/tofu\/nodes\.tf\n\+\+\+ b\/out\/tofu\/nodes\.tf\n@@/m);
  expect(result.stdout).toMatch(/^- +cores += 4\n\+ +cores += 6$/m);
  // The patch is whole: Git applies it, and configure has nothing left to do but its manifest.
  const patch = (await space.cli('diff')).stdout;
  execFileSync('git', ['init', '-q'], { cwd: space.directory });
  execFileSync('git', ['apply', '-'], { cwd: space.directory, input: patch });
  expect((await space.cli('check')).stdout).toMatch(/^stale +out\/\.manifest\.json\nrun/);
  space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_sockets: 2\n`);
  const coloured = await space.cliWith({ tty: true, env: { PATH: '' } }, 'diff');
  expect(coloured.stdout).toContain('\u001b[');
  expect((await space.cliWith({ tty: true, env: { PATH: '', NO_COLOR: '1' } }, 'diff')).stdout).not.toContain(
    '\u001b[',
  );
});
