/** What only a process of its own shows: signals, pipes, terminals. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, PROGRAM, start, until } from '../support/program.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeAll(() => {
  space = createWorkspace();
  execFileSync(process.execPath, [PROGRAM, 'configure'], { cwd: space.directory });
  mkdirSync(space.path('bin'));
  mkdirSync(space.path('tmp'));
  // Notes each signal it gets, and ends well soon after its start, or after the first signal where it is to get one.
  space.write(
    'bin/tofu',
    `#!/bin/sh
note() { echo "$1" >> calls; }
hear() { heard=1; note "$1"; }
cd "${space.directory}"
trap 'hear INT' INT; trap 'hear TERM' TERM; trap 'hear HUP' HUP
note "start $1"
tries=0
while [ -n "$LISTENS" ] && [ -z "$heard" ] && [ $tries -lt 2000 ]; do sleep 0.1; tries=$((tries + 1)); done
for i in 1 2 3 4 5 6; do sleep 0.1; done
note end
`,
  );
  chmodSync(space.path('bin/tofu'), 0o755);
});
afterAll(() => {
  space.remove();
});

const env = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${space.path('bin')}:/usr/bin:/bin`,
  TMPDIR: space.path('tmp'),
  PROXMOX_VE_API_TOKEN: 'x',
  TF_VAR_state_passphrase: 'x',
});

/** For a program that goes on until it hears a signal. */
const listening = (): NodeJS.ProcessEnv => ({ ...env(), LISTENS: '1' });

const calls = (): string[] => (space.exists('calls') ? space.read('calls').trim().split('\n') : []);

describe('a signal without a terminal', () => {
  it.each([
    ['SIGINT', 'INT', 130],
    ['SIGTERM', 'TERM', 143],
    // It is told to the child as an interrupt.
    ['SIGHUP', 'INT', 129],
  ] as const)('%s reaches the child once, and no command follows', async (signal, noted, exitCode) => {
    rmSync(space.path('calls'), { force: true });
    // A session of its own has no terminal, whatever the tests run in.
    const { child, ended } = start(['apply', '--target', 'tofu'], {
      cwd: space.directory,
      env: listening(),
      stdio: 'ignore',
      detached: true,
    });
    await until(() => calls().length === 1);
    child.kill(signal);
    expect(await ended).toEqual([exitCode, null]);
    expect(calls()).toEqual(['start plan', noted, 'end']);
  });

  it.each([
    [['SIGHUP', 'SIGHUP', 'SIGINT', 'SIGHUP'], 'INT'],
    [['SIGINT', 'SIGINT', 'SIGHUP'], 'INT'],
    // A service manager may send both when it stops something.
    [['SIGTERM', 'SIGHUP', 'SIGTERM'], 'TERM'],
  ] as const)('after the first one of %s the child hears of none', async (signals, noted) => {
    rmSync(space.path('calls'), { force: true });
    const options = { cwd: space.directory, env: listening(), stdio: 'ignore', detached: true } as const;
    const { child, ended } = start(['apply', '--target', 'tofu'], options);
    await until(() => calls().length === 1);
    for (const signal of signals) {
      child.kill(signal);
      // Two of one kind that come at once are one.
      await new Promise((done) => setTimeout(done, 100));
    }
    expect((await ended)[0]).toBeGreaterThan(128);
    expect(calls()).toEqual(['start plan', noted, 'end']);
  });
});

const python = spawnSync('python3', ['--version']).status === 0;

/** Runs a shell line on a terminal of its own and types `keys` when `after` lines of calls (or a question) are there. */
const TYPING = `
import os, pty, select, sys, time
directory, line, keys, cue, patience = sys.argv[1:6]
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(directory)
    os.execv('/bin/sh', ['sh', '-c', line])
seen, typed, started = b'', False, time.time()
while time.time() - started < float(patience):
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    ready = cue.encode() in seen or os.path.exists(os.path.join(directory, cue))
    if ready and not typed:
        time.sleep(0.2)
        os.write(terminal, keys.encode().decode('unicode_escape').encode())
        typed = True
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

describe.runIf(python)('on a terminal', () => {
  const onTerminal = (line: string, keys: string, cue: string): number | null => {
    rmSync(space.path('calls'), { force: true });
    const command = line.replace('talmox', `exec ${process.execPath} ${PROGRAM}`);
    const args = ['-c', TYPING, space.directory, command, keys, cue, String(PATIENCE_MS / 1000)];
    return spawnSync('python3', args, { env: keys === '\\x03' ? listening() : env() }).status;
  };

  it.each([
    ['', 'talmox apply --target tofu'],
    ['with stderr in a file', 'talmox apply --target tofu 2> log'],
  ])('Ctrl-C reaches the child once %s', (_how, line) => {
    expect(onTerminal(line, '\\x03', 'calls')).toBe(130);
    expect(calls()).toEqual(['start plan', 'INT', 'end']);
  });

  it.each<[string, string, number, number]>([
    ['Ctrl-C', '\\x03', 130, 0],
    ['the end of the input', '\\x04', 2, 0],
    ['another name', 'other\\n', 2, 0],
    ['its name', 'tiny\\n', 0, 4],
  ])('%s at the question of destroy', (_what, keys, exitCode, lines) => {
    expect(onTerminal('talmox destroy --target tofu', keys, 'to destroy them')).toBe(exitCode);
    expect(calls()).toHaveLength(lines);
  });
});

/**
 * An interactive shell on a terminal of its own starts a job; once the file of the cue is there, the terminal is gone, as when an
 * ssh session drops. The job itself only waits for talmox and notes how it ended.
 */
const HANGUP = `
import os, pty, signal, subprocess, sys, time
directory, cue, patience, *command = sys.argv[1:]
if command[0] == 'job':
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    child = subprocess.Popen(command[1:], cwd=directory, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    code = child.wait()
    with open(os.path.join(directory, 'code'), 'w') as file:
        file.write(str(code))
    sys.exit()
pid, terminal = pty.fork()
if pid == 0:
    os.execv('/bin/bash', ['bash', '--norc', '--noprofile', '-i'])
line = ' '.join("'" + word + "'" for word in [sys.executable, __file__, directory, cue, patience, 'job', *command])
os.write(terminal, (line + '\\n').encode())
started = time.time()
while not os.path.exists(os.path.join(directory, cue)) and time.time() - started < float(patience):
    time.sleep(0.05)
time.sleep(0.3)
os.close(terminal)
os.waitpid(pid, 0)
`;

describe.runIf(python && existsSync('/bin/bash'))('a terminal that is gone', () => {
  const hangUp = async (...words: readonly string[]): Promise<string> => {
    for (const name of ['calls', 'code']) rmSync(space.path(name), { force: true });
    space.write('hangup.py', HANGUP);
    const command = [process.execPath, PROGRAM, ...words];
    const args = [space.path('hangup.py'), space.directory, 'calls', String(PATIENCE_MS / 1000), ...command];
    spawnSync('python3', args, { env: listening() });
    await until(() => space.exists('code'));
    return space.read('code');
  };

  it.each(['apply', 'plan', 'status'])(
    'during %s interrupts the program once, waits for its end, and is told',
    async (verb) => {
      expect(await hangUp(verb, '--target', 'tofu')).toBe('129');
      expect(calls().slice(1)).toEqual(['INT', 'end']);
    },
  );

  it('during a rehearsal too, and nothing of it is left', async () => {
    expect(await hangUp('rehearse', '--target', 'tofu')).toBe('129');
    expect(calls().slice(1)).toEqual(['INT', 'end']);
    expect(readdirSync(space.path('tmp')).filter((name) => name.startsWith('talmox-'))).toEqual([]);
  });
});

describe('what is loaded', () => {
  /** Files of the program that a run has loaded by its end. */
  const loadedBy = (...args: readonly string[]): string[] => {
    const script = `process.on('exit', () => console.error(JSON.stringify(Object.keys(require.cache)))); process.argv[1] = ${JSON.stringify(PROGRAM)}; require(process.argv[1]);`;
    const { stderr } = spawnSync(process.execPath, ['-e', script, '-', ...args], {
      cwd: space.directory,
      encoding: 'utf8',
      env: { PATH: '' },
      timeout: PATIENCE_MS,
    });
    return (JSON.parse(stderr.trim().split('\n').at(-1) ?? '[]') as string[]).map((path) => basename(path)).sort();
  };

  it('to render is the program alone: no simulator, no differ, no watcher, no template compiler, no helpers', () => {
    for (const command of ['configure', 'check', 'validate'])
      expect(loadedBy(command)).toEqual(['main.cjs', 'talmox.cjs']);
  });

  it('for what few runs do is what they need', () => {
    // Without any program on its path a rehearsal ends as soon as it has begun.
    expect(loadedBy('rehearse', '--target', 'ansible')).toEqual(['main.cjs', 'simulator.cjs', 'talmox.cjs']);
    space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_cores: 6\n`);
    expect(loadedBy('diff')).toContain('diff.cjs');
    space.write('nodes.yaml', space.read('nodes.yaml').replace(/ {4}vm_cores: 6\n/, ''));
  });
});

describe('a reader that stops reading', () => {
  it.each(['explain', 'schema cluster', '--help', 'diff'])('%s ends without a word', (command) => {
    if (command === 'diff') space.write('nodes.yaml', `${space.read('nodes.yaml')}    vm_cores: 6\n`);
    const line = `"${process.execPath}" "${PROGRAM}" ${command} | head -n 1`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', line], {
      cwd: space.directory,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe.runIf(existsSync('/dev/full'))('output that cannot be written', () => {
  /** Every command that ends by itself, with the exit code of a run whose result arrives. */
  const COMMANDS: readonly (readonly [line: string, exitCode: number, prints: 'stdout' | 'stderr'])[] = [
    ['configure', 0, 'stdout'],
    ['configure --dry-run', 0, 'stdout'],
    ['validate', 0, 'stdout'],
    ['validate --json', 0, 'stdout'],
    ['check', 0, 'stdout'],
    ['diff', 0, 'stderr'],
    ['explain', 0, 'stdout'],
    ['explain cp-1', 0, 'stdout'],
    ['schema nodes', 0, 'stdout'],
    ['doctor', 0, 'stdout'],
    ['plan --target tofu --dry-run', 0, 'stdout'],
    ['plan --target ansible', 2, 'stderr'],
    ['destroy --target tofu', 2, 'stderr'],
    ['rehearse --target ansible', 5, 'stderr'],
    ['record', 2, 'stderr'],
    ['nocloud serve --listen 127.0.0.1:99999', 2, 'stderr'],
    ['init', 2, 'stderr'],
    ['--help', 0, 'stdout'],
    ['apply --help', 0, 'stdout'],
    ['--version', 0, 'stdout'],
    ['nonsense', 2, 'stderr'],
    ['-C /nowhere validate', 2, 'stderr'],
  ];
  const run = (line: string, redirection: string): { status: number | null; stderr: string } =>
    spawnSync('/bin/sh', ['-c', `exec "${process.execPath}" "${PROGRAM}" ${line} ${redirection}`], {
      cwd: space.directory,
      encoding: 'utf8',
      env: { ...env(), PROXMOX_VE_API_TOKEN: '', PROXMOX_TOKEN_SECRET: '', PATH: '' },
      timeout: PATIENCE_MS,
    });

  it.each(COMMANDS)(
    '%s says so in one line, with an exit code that is not that of success',
    (line, exitCode, prints) => {
      const full = run(line, '>/dev/full');
      expect(full.stderr).not.toMatch(/^ {4}at /m);
      expect(full.status).toBe(prints === 'stdout' ? 4 : exitCode);
      if (prints === 'stdout') expect(full.stderr).toMatch(/^talmox: stdout: .*ENOSPC/m);
    },
  );

  it.each(['simulate', 'simulate --json', 'watch'])('%s, which goes on until it is interrupted, ends too', (line) => {
    const full = run(line, '>/dev/full');
    expect(full.stderr.match(/^talmox: stdout: .*ENOSPC.*$/gm)).toHaveLength(1);
    expect(full.status).toBe(4);
  });

  it('of progress changes no exit code', () => {
    for (const [line, exitCode] of COMMANDS.filter(([, , prints]) => prints === 'stderr'))
      expect(run(line, '2>/dev/full').status, line).toBe(exitCode);
    for (const line of ['configure', 'validate --json', '--help', 'nonsense'])
      expect(run(line, '>&- 2>&-').status, line).toBe(line === 'nonsense' ? 2 : 0);
  });

  it('a program that is run does its work all the same', async () => {
    rmSync(space.path('calls'), { force: true });
    const line = `exec "${process.execPath}" "${PROGRAM}" apply --target tofu >/dev/full 2>/dev/full`;
    const child = spawnSync('/bin/sh', ['-c', line], { cwd: space.directory, env: env() });
    expect([child.status, calls().filter((call) => call === 'end').length]).toEqual([0, 2]);
  });
});

describe('watch', () => {
  it('follows saves of every kind, outlives faults, and ends with 130', async () => {
    const input = space.read('nodes.yaml').replace(/ {4}vm_cores: \d+\n/, '');
    space.write('nodes.yaml', input);
    const { child, said, ended } = start(['watch'], { cwd: space.directory });
    const cores = (): string | undefined => /cores += (\d+)/.exec(space.read('out/tofu/nodes.tf'))?.[1];
    const withCores = (count: number): string => `${input}    vm_cores: ${count}\n`;
    await until(() => / ms$/m.test(said.stdout));

    space.write('nodes.yaml', withCores(7));
    await until(() => cores() === '7');
    await until(() => /^nodes\.yaml: \d+ updated in \d+ ms$/m.test(said.stdout));

    space.write('.nodes.yaml.new', withCores(8));
    renameSync(space.path('.nodes.yaml.new'), space.path('nodes.yaml'));
    await until(() => cores() === '8');

    renameSync(space.path('nodes.yaml'), space.path('nodes.yaml~'));
    space.write('nodes.yaml', withCores(9));
    await until(() => cores() === '9');

    space.write('nodes.yaml', 'nodes: [\n');
    await until(() => said.stderr.includes('YAML_SYNTAX'));
    expect(cores()).toBe('9');
    rmSync(space.path('nodes.yaml'));
    await until(() => said.stderr.includes('nodes.yaml is not in'));
    space.write('nodes.yaml', withCores(10));
    await until(() => cores() === '10');

    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });
});
