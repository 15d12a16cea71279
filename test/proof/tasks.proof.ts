/**
 * go-task reads every rendered Taskfile, and running a task calls the same programs, with the same
 * arguments in the same directory, as the table of commands says (the runner's `--dry-run` prints it).
 */

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { activeFor, type Target } from '../../src/model/target.ts';
import type { Task } from '../../src/model/task.ts';
import { targets } from '../../src/targets/index.ts';
import { CASES, clusterOf, need, renderedTree, run } from './support.ts';
import { goTool } from './tools/go.ts';

const goTask = goTool('task');

interface Call {
  readonly cwd: string;
  readonly argv: readonly string[];
}

/** Programs that only write down how they were called. `test` is a builtin of go-task's shell. */
function stubs(folder: string, names: Iterable<string>): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n{ printf '%s\\037' "$PWD" ${name} "$@"; printf '\\036'; } >> "$RECORD"\n`);
    chmodSync(path, 0o755);
  }
}

function recorded(file: string, out: string): Call[] {
  const records = readFileSync(file, 'utf8').split('\u001e').slice(0, -1);
  return records.map((record) => {
    const [cwd = '', ...argv] = record.split('\u001f').slice(0, -1);
    return { cwd: relative(out, cwd), argv };
  });
}

function expectedCalls({ commands }: Task): Call[] {
  return commands.filter(({ argv }) => argv[0] !== 'test').map(({ cwd, argv }) => ({ cwd, argv }));
}

function environment(tasks: readonly Task[], bin: string, record: string): Record<string, string> {
  const secrets = Object.fromEntries(tasks.flatMap(({ requiredEnv }) => requiredEnv).map((name) => [name, 'x']));
  return { ...secrets, PATH: `${bin}:${process.env['PATH'] ?? ''}`, RECORD: record };
}

describe.each(CASES)('%s', (name) => {
  it('every task is listed under its name, with its description', ({ skip }) => {
    const task = need(goTask, skip);
    const out = renderedTree(name);
    const listed = run(task, ['--list-all', '--json'], { cwd: out });
    expect(listed.exitCode, listed.said).toBe(0);
    const { tasks } = JSON.parse(listed.stdout) as { tasks: { name: string; desc: string }[] };
    const cluster = clusterOf(name);
    const table = activeFor(targets, cluster).flatMap((target) =>
      target.tasks(cluster).map((entry) => ({ name: `${target.name}:${entry.name}`, desc: entry.description })),
    );
    const sorted = (entries: readonly { name: string; desc: string }[]) =>
      entries.map((entry) => `${entry.name}: ${entry.desc}`).sort();
    expect(sorted(tasks.filter((entry) => !entry.name.startsWith('infra:')))).toEqual(sorted(table));
  });

  it('every task runs the commands of the table', ({ skip }) => {
    const task = need(goTask, skip);
    const out = renderedTree(name);
    const cluster = clusterOf(name);
    const all = activeFor(targets, cluster).flatMap((target) =>
      target.tasks(cluster).map((entry) => ({ target, entry })),
    );
    const bin = join(out, '..', 'bin');
    const started = all.flatMap(({ entry }) => [
      ...entry.commands.map(({ argv }) => argv[0]),
      ...entry.programs.map(({ name: program }) => program),
    ]);
    stubs(bin, new Set(started.filter((program) => program !== 'test')));
    for (const [index, { target, entry }] of all.entries()) {
      const record = join(out, '..', `calls-${index}`);
      writeFileSync(record, '');
      const env = environment(
        all.map((other) => other.entry),
        bin,
        record,
      );
      const done = run(task, ['--yes', taskName(target, entry), `CONFIRM=${cluster.name}`], { cwd: out, env });
      expect(done.exitCode, `${taskName(target, entry)}: ${done.said}`).toBe(0);
      expect(recorded(record, out), taskName(target, entry)).toEqual(expectedCalls(entry));
    }
  });
});

it('a destructive task runs nothing without the name of the cluster', ({ skip }) => {
  const task = need(goTask, skip);
  const out = renderedTree('sample');
  const cluster = clusterOf('sample');
  const destructive = activeFor(targets, cluster).flatMap((target) =>
    target
      .tasks(cluster)
      .filter((entry) => entry.destructive)
      .map((entry) => taskName(target, entry)),
  );
  expect(destructive.length).toBeGreaterThan(3);
  for (const taskWithConfirmation of destructive) {
    const refused = run(task, ['--yes', taskWithConfirmation, 'CONFIRM=another'], { cwd: out });
    expect(refused.exitCode, refused.said).not.toBe(0);
  }
});

function taskName(target: Target, entry: Task): string {
  return `${target.name}:${entry.name}`;
}
