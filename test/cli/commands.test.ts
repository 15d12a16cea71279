import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { dryRunLine } from '../../src/cli/commands/run.ts';
import { runCommand, takeSignals } from '../../src/io/run.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const open: Workspace[] = [];
function workspace(fixture: string | null = 'minimal'): Workspace {
  const space = createWorkspace(fixture);
  open.push(space);
  return space;
}
afterEach(() => {
  for (const space of open.splice(0)) space.remove();
});

/** A program on PATH that writes down how it was called and exits as told. */
function program(space: Workspace, name: string, script: string): NodeJS.ProcessEnv {
  mkdirSync(space.path('bin'), { recursive: true });
  writeFileSync(space.path(`bin/${name}`), `#!/bin/sh\necho "$0 $@" >> "${space.path('calls')}"\n${script}\n`);
  chmodSync(space.path(`bin/${name}`), 0o755);
  return { PATH: `${space.path('bin')}:/usr/bin:/bin`, PROXMOX_VE_API_TOKEN: 'x', TF_VAR_state_passphrase: 'x' };
}

describe('exit codes', () => {
  it.each<[number, string | null, string[]]>([
    [0, 'minimal', ['validate']],
    [0, 'minimal', ['--help']],
    [0, 'minimal', ['--version']],
    [2, null, ['configure']],
    [2, 'minimal', ['confgure']],
    [2, 'minimal', ['validate', '--jsn']],
    [2, 'minimal', ['plan', '--target', 'terraform', '--dry-run']],
    [2, 'minimal', ['plan', '--dry-run']],
    [2, 'minimal', ['schema', 'clutser']],
    [2, 'minimal', ['explain', 'cp-2']],
    [2, 'bare-metal', ['apply', '--target', 'ansible', '--dry-run']],
    [1, 'bare-metal', ['validate', '--strict']],
    [0, 'bare-metal', ['validate']],
    [1, 'minimal', ['apply', '--target', 'tofu']],
    [2, 'minimal', ['init']],
  ])('%i for %s %j', async (exitCode, fixture, args) => {
    expect((await workspace(fixture).cli(...args)).exitCode).toBe(exitCode);
  });

  it('suggest what was meant', async () => {
    const space = workspace();
    expect((await space.cli('confgure')).stderr).toContain('did you mean configure?');
    expect((await space.cli('aply', '--target', 'tofu')).stderr).toContain('did you mean apply?');
    expect((await space.cli('config')).stderr).toContain('did you mean configure?');
    expect((await space.cli('validate', '--jsn')).stderr).toContain('--json');
    expect((await space.cli('explain', 'cp-1', 'vm_memry')).stderr).toContain('vm_memory');
  });
});

it('--json prints one object of one shape, errors included', async () => {
  const space = workspace();
  for (const args of [['validate'], ['check'], ['diff'], ['explain'], ['doctor'], ['configure']]) {
    const result = await space.cli('--json', ...args);
    const report = JSON.parse(result.stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ command: args[0], exitCode: result.exitCode, ok: result.exitCode === 0 });
  }
  space.write('nodes.yaml', 'nodes: []\n');
  const failed = await space.cli('validate', '--json');
  expect(JSON.parse(failed.stdout)).toMatchObject({
    ok: false,
    exitCode: 1,
    error: { code: 'INVALID_INPUT' },
    issues: [{ code: 'SCHEMA_LENGTH', file: 'nodes.yaml', line: 1, column: 8 }],
  });
});

it('--json keeps that shape for usage errors, and for what would run', async () => {
  const space = workspace();
  for (const args of [
    ['chekc'],
    ['check', '--jsn'],
    ['plan', '--target', 'terraform'],
    ['explain', 'cp-2'],
    ['schema', 'clutser'],
  ]) {
    const result = await space.cli('--json', ...args);
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      exitCode: 2,
      error: { code: 'USAGE', message: expect.any(String) },
    });
  }
  const schema = await space.cli('schema', 'nodes', '--json');
  expect(JSON.parse(schema.stdout)).toMatchObject({
    command: 'schema',
    ok: true,
    exitCode: 0,
    data: { type: 'object' },
  });
  const dry = await space.cli('apply', '--target', 'tofu', '--dry-run', '--json');
  const { data } = JSON.parse(dry.stdout) as { data: { line: string; argv: string[]; cwd: string }[] };
  expect(data.map(({ argv, cwd }) => [argv[0], argv[1], cwd])).toEqual([
    ['tofu', 'plan', 'out/tofu'],
    ['tofu', 'apply', 'out/tofu'],
  ]);
});

it('says nothing has come to an end well when talmox itself has a bug', async () => {
  const space = workspace();
  await space.cli('configure');
  const broken = { env: program(space, 'tofu', 'exit 0'), interactive: true, failure: new TypeError('boom') };
  const result = await space.cliWith(broken, 'destroy', '--target', 'tofu');
  expect([result.exitCode, result.stderr]).toEqual([70, expect.stringMatching(/internal error: boom.*--debug/s)]);
  expect((await space.cliWith(broken, 'destroy', '--target', 'tofu', '--debug')).stderr).toContain(
    'TypeError: boom\n    at ',
  );
});

it('every command has help with examples of itself', async () => {
  const space = workspace();
  const overview = (await space.cli('--help')).stdout;
  const commands = [...overview.matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  expect(commands).toHaveLength(17);
  for (const name of commands) {
    const { stdout, exitCode } = await space.cli(name, '--help');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`  $ talmox ${name === 'init' ? '' : name}`)]);
    expect(stdout).toContain('-C, --directory');
  }
});

it.each([
  [{ tty: true }, true],
  [{ tty: false }, false],
  [{ tty: true, env: { PATH: '', NO_COLOR: '1' } }, false],
  [{ tty: true, env: { PATH: '', NO_COLOR: '' } }, true],
  [{ tty: false, env: { PATH: '', FORCE_COLOR: '1' } }, true],
  [{ tty: true, env: { PATH: '', FORCE_COLOR: '0' } }, false],
  [{ tty: false, env: { PATH: '', NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
])('%j shows colours: %s', async (host, coloured) => {
  const result = await workspace().cliWith(host, 'doctor');
  expect(result.stdout.includes('\u001b[')).toBe(coloured);
});

it('init writes files that are right, and never overwrites one', async () => {
  const space = workspace(null);
  expect((await space.cli('init')).exitCode).toBe(0);
  expect((await space.cli('validate')).stdout).toContain('2 nodes, no issues');
  expect((await space.cli('configure')).exitCode).toBe(0);
  expect((await space.cli('init')).stderr).toContain('already there');
});

it('explain tells where a value came from', async () => {
  const space = workspace('community');
  const line = async (...args: string[]): Promise<string> => (await space.cli('explain', ...args)).stdout;
  expect(await line('home-1', 'vm_memory')).toMatch(/^vm_memory +8192 +nodes\.yaml:14:16/);
  expect(await line('home-2', 'vm_memory')).toMatch(/16384 +role default cluster\.yaml:/);
  expect(await line('home-2', 'vm_disk_size')).toMatch(/128 +cluster default cluster\.yaml:/);
  expect(await line('home-2', 'vm_id')).toMatch(/derived: proxmox\.vm_id_base 1000/);
  expect(await line('node_dns_servers')).toMatch(/cluster\.yaml:\d+:\d+/);
});

it('GitHub gets annotations', async () => {
  const space = workspace('bare-metal');
  const result = await space.cliWith({ env: { GITHUB_ACTIONS: 'true' } }, 'validate');
  expect(result.stderr).toMatch(/^::warning file=cluster\.yaml,line=\d+,col=\d+,title=BARE_METAL::/m);
});

describe('the runner', () => {
  it('dry-runs without tools, output or credentials, for every verb and backend', async () => {
    const space = workspace();
    for (const target of ['ansible', 'crossplane', 'tofu']) {
      for (const verb of ['plan', 'apply', 'status', 'destroy']) {
        const result = await space.cli(verb, '--target', target, '--dry-run');
        expect(result.exitCode).toBe(0);
        expect(result.stdout).toMatch(new RegExp(`^\\(cd out/${target} && .+\\)$`, 'm'));
      }
    }
    expect(space.exists('out')).toBe(false);
  });

  it('prints what the Taskfiles run', async () => {
    const space = workspace();
    await space.cli('configure');
    for (const target of ['ansible', 'crossplane', 'tofu']) {
      const { parse } = await import('yaml');
      const { tasks } = parse(space.read(`out/${target}/Taskfile.yaml`)) as {
        tasks: Record<string, { cmds: string[] }>;
      };
      const commands = Object.values(tasks).map((task) =>
        task.cmds.map((line) => line.replace(/ \|\| test \$\? -eq \d+$/, '')),
      );
      for (const verb of ['plan', 'apply', 'status', 'destroy']) {
        const { stdout } = await space.cli(verb, '--target', target, '--dry-run');
        const lines = stdout
          .trim()
          .split('\n')
          .map((line) => line.replace(/^\(cd \S+ && (.*)\)$/, '$1'));
        expect(commands).toContainEqual(lines);
      }
    }
  });

  it('refuses to apply what is not rendered, and to run without credentials', async () => {
    const space = workspace();
    const env = program(space, 'tofu', 'exit 0');
    expect((await space.cliWith({ env }, 'apply', '--target', 'tofu')).stderr).toContain('talmox configure');
    await space.cli('configure');
    const missing = await space.cliWith({ env: { PATH: env['PATH'] } }, 'apply', '--target', 'tofu');
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('PROXMOX_VE_API_TOKEN')]);
    expect(space.exists('calls')).toBe(false);
    expect((await space.cliWith({ env }, 'apply', '--target', 'tofu')).exitCode).toBe(0);
    expect(space.read('calls')).toMatch(/tofu plan .*\n.*tofu apply .*tfplan/);
  });

  it.each([
    [0, 0],
    [2, 2],
    [1, 1],
    [7, 1],
  ])('plan: a child that exits %i makes %i', async (child, exitCode) => {
    const space = workspace();
    await space.cli('configure');
    const env = program(space, 'tofu', `exit ${child}`);
    expect((await space.cliWith({ env }, 'plan', '--target', 'tofu')).exitCode).toBe(exitCode);
  });

  it('passes the child’s own code and signal on, and stops there', async () => {
    const space = workspace();
    await space.cli('configure');
    expect(
      (await space.cliWith({ env: program(space, 'tofu', 'exit 9') }, 'status', '--target', 'tofu')).exitCode,
    ).toBe(9);
    expect(space.read('calls').trim().split('\n')).toHaveLength(1);
    const killed = program(space, 'tofu', 'kill -TERM $$');
    expect((await space.cliWith({ env: killed }, 'status', '--target', 'tofu')).exitCode).toBe(143);
  });

  it('plans with what is rendered, says when that is old, and what to do when nothing is', async () => {
    const space = workspace();
    const env = program(space, 'tofu', 'exit 0');
    const nothing = await space.cliWith({ env }, 'plan', '--target', 'tofu');
    expect([nothing.exitCode, nothing.stderr]).toEqual([1, expect.stringContaining('run `talmox configure`')]);
    await space.cli('configure');
    space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_cores: 6\n`);
    const old = await space.cliWith({ env }, 'plan', '--target', 'tofu');
    expect([old.exitCode, old.stderr]).toEqual([0, expect.stringContaining('warning: out/ is not what')]);
    const refused = await space.cliWith({ env }, 'destroy', '--target', 'tofu', '--confirm', 'tiny', '--json');
    expect(JSON.parse(refused.stdout)).toMatchObject({ exitCode: 1, error: { code: 'STALE_OUTPUT' } });
    expect((JSON.parse(refused.stdout) as { changes: unknown[] }).changes).toContainEqual({
      kind: 'update',
      state: 'stale',
      path: 'tofu/nodes.tf',
    });
  });

  it('hands arguments over as they are: no shell sees them', async () => {
    const space = workspace();
    const seen = space.path('seen');
    const env = program(space, 'argv', `for word in "$@"; do printf '%s\\n' "$word" >> "${seen}"; done`);
    const words = ['$(touch pwned)', '`id`', 'a b', ';', '*', "'", '"', '${HOME}', ''];
    const command = { argv: ['argv', ...words] as const, cwd: '.', env: {}, exitCodes: {} };
    mkdirSync(space.path('out'));
    const signals = takeSignals(true);
    const result = await runCommand(
      { ...command, argv: ['argv', ...words] },
      { out: space.path('out'), env, tools: [], signals, output: 'stdout' },
    );
    signals.release();
    expect([result.exitCode, space.read('seen').split('\n').slice(0, -1)]).toEqual([0, words]);
    // And the printed line, pasted into a shell, does the same.
    writeFileSync(seen, '');
    execFileSync('/bin/sh', ['-c', dryRunLine(command)], { cwd: space.directory, env });
    expect(space.read('seen').split('\n').slice(0, -1)).toEqual(words);
  });

  it('says what a missing tool is for and how to get it', async () => {
    const space = workspace();
    await space.cli('configure');
    const env = { PATH: '/nonexistent', TF_VAR_state_passphrase: 'x' };
    const result = await space.cliWith({ env }, 'status', '--target', 'tofu');
    expect([result.exitCode, result.stderr]).toEqual([5, expect.stringMatching(/tofu is not installed.*get it with/s)]);
  });

  it.each<[string, string[], { answer?: string; interactive?: boolean }, number]>([
    ['without a terminal', [], {}, 2],
    ['with the wrong name', ['--confirm', 'other'], {}, 2],
    ['with the wrong answer', [], { interactive: true, answer: 'yes' }, 2],
    ['with the name', ['--confirm', 'tiny'], {}, 0],
    ['with the name typed', [], { interactive: true, answer: 'tiny' }, 0],
  ])('destroys %s: exit code', async (_how, args, host, exitCode) => {
    const space = workspace();
    await space.cli('configure');
    const env = program(space, 'tofu', 'exit 0');
    const result = await space.cliWith({ env, ...host }, 'destroy', '--target', 'tofu', ...args);
    expect(result.exitCode).toBe(exitCode);
    expect(space.exists('calls')).toBe(exitCode === 0);
    expect(result.stderr).toContain('VM 1011 on pve1');
  });
});

it('doctor finds tools and their versions, and what is too old', async () => {
  const space = workspace();
  const env = program(space, 'tofu', 'echo "OpenTofu v1.9.0"');
  const old = await space.cliWith({ env }, 'doctor', '--target', 'tofu');
  expect([old.exitCode, old.stdout]).toEqual([1, expect.stringMatching(/too old +tofu +1\.9\.0/)]);
  const good = await space.cliWith(
    { env: program(space, 'tofu', 'echo "OpenTofu v1.12.6"') },
    'doctor',
    '--target',
    'tofu',
  );
  expect(good.exitCode).toBe(0);
});
