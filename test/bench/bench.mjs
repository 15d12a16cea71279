/**
 * What a run costs, in one run: `configure` with nothing changed as a ratio to an empty Node process
 * and to makejinja rendering as many files of the same size; save to written in `watch`; peak memory.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(ROOT, 'dist/talmox.cjs');
const work = mkdtempSync(join(tmpdir(), 'talmox-bench-'));

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function time(program, args, options, runs) {
  const times = [];
  for (let index = 0; index <= runs; index += 1) {
    const started = performance.now();
    const result = spawnSync(program, args, { stdio: 'ignore', ...options });
    if (result.status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${result.status}`);
    if (index > 0) times.push(performance.now() - started);
  }
  return median(times);
}

function cluster(count) {
  const directory = join(work, String(count));
  mkdirSync(directory);
  const head = [
    'node_cidr: 10.16.0.0/12',
    'cluster_api_addr: 10.31.0.5',
    'cluster_pod_cidr: 10.128.0.0/9',
    'cluster_svc_cidr: 172.20.0.0/16',
  ];
  writeFileSync(
    join(directory, 'cluster.yaml'),
    `${[...head, 'proxmox_api_url: https://10.31.0.2:8006', 'proxmox_node: pve1'].join('\n')}\n`,
  );
  const nodes = Array.from({ length: count }, (_, index) => {
    const address = `10.${16 + Math.floor(index / 62500)}.${Math.floor(index / 250) % 250}.${(index % 250) + 2}`;
    return `  - { name: n-${index}, address: ${address}, controller: ${index < 3} }`;
  });
  writeFileSync(join(directory, 'nodes.yaml'), `nodes:\n${nodes.join('\n')}\n`);
  execFileSync(process.execPath, [PROGRAM, 'configure'], { cwd: directory, stdio: 'ignore' });
  return directory;
}

/** Largest resident size, as the process itself saw it. */
function peakMemoryMiB(directory) {
  const script = `process.argv.splice(1, 1, ${JSON.stringify(PROGRAM)}); process.on('exit', () => process.stderr.write('PEAK ' + process.resourceUsage().maxRSS)); require(${JSON.stringify(PROGRAM)});`;
  const { stderr } = spawnSync(process.execPath, ['-e', script, 'x', 'configure'], {
    cwd: directory,
    encoding: 'utf8',
  });
  return Math.round(Number(/PEAK (\d+)/.exec(stderr)?.[1] ?? 0) / 1024);
}

/** The same outputs as makejinja templates: as many files of the same size, copied through Jinja2. */
function makejinja(directory, count) {
  const python = process.env.TALMOX_BENCH_PYTHON ?? join(work, 'venv/bin/python');
  if (!existsSync(python)) return null;
  const input = join(work, `jinja-${count}`);
  for (const path of readdirSync(join(directory, 'out'), { recursive: true })) {
    const source = join(directory, 'out', path);
    if (!statSync(source).isFile()) continue;
    const target = join(input, `${path}.jinja`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `{% raw %}${readFileSync(source, 'utf8')}{% endraw %}`);
  }
  const args = ['-m', 'makejinja', '-i', input, '-o', join(work, `jinja-out-${count}`), '--force', '--quiet'];
  return time(python, args, { cwd: work }, count > 100 ? 1 : 3);
}

function installMakejinja() {
  const made = spawnSync('python3', ['-m', 'venv', join(work, 'venv')], { stdio: 'ignore' });
  if (made.status !== 0) return;
  const installed = spawnSync(join(work, 'venv/bin/pip'), ['install', '--quiet', 'makejinja'], {
    stdio: 'ignore',
    timeout: 120_000,
  });
  if (installed.status !== 0) rmSync(join(work, 'venv'), { recursive: true, force: true });
}

async function watchLatency(directory) {
  const child = spawn(process.execPath, [PROGRAM, 'watch'], { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
  let waiting = () => undefined;
  child.stdout.on('data', (chunk) => String(chunk).includes(' ms') && waiting());
  const next = () => new Promise((resolve) => (waiting = resolve));
  await next();
  const times = [];
  for (let index = 0; index < 9; index += 1) {
    const path = join(directory, 'nodes.yaml');
    const done = next();
    const started = performance.now();
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(
        /controller: (true|false)(, mtu: \d+)? }/,
        `controller: $1, mtu: ${1500 + index} }`,
      ),
    );
    await done;
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGINT');
  return median(times);
}

try {
  installMakejinja();
  const empty = time(process.execPath, ['-e', '0'], {}, 9);
  console.log(`node ${process.version}; an empty process takes ${empty.toFixed(0)} ms`);
  console.log('nodes   configure   x empty   x makejinja   peak memory');
  for (const count of [3, 50, 1000]) {
    const directory = cluster(count);
    const took = time(process.execPath, [PROGRAM, 'configure'], { cwd: directory }, count > 100 ? 3 : 9);
    const other = makejinja(directory, count);
    const against = other === null ? 'no makejinja' : (took / other).toFixed(2);
    console.log(
      `${String(count).padEnd(8)}${`${took.toFixed(0)} ms`.padEnd(12)}${(took / empty).toFixed(1).padEnd(10)}${against.padEnd(14)}${peakMemoryMiB(directory)} MiB`,
    );
  }
  console.log(`watch, 3 nodes: ${(await watchLatency(join(work, '3'))).toFixed(0)} ms from save to written`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
