/** Walks the tables of targets, templates and tasks: what is added to one is covered before it has a test of its own. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Generated } from '../../src/generate.ts';
import { BACKEND_NAMES } from '../../src/model/backend-name.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { commandLine } from '../../src/model/command-line.ts';
import { activeFor } from '../../src/model/target.ts';
import { VERBS } from '../../src/model/task.ts';
import { backends, targetRules, targets } from '../../src/targets/index.ts';
import { generateFixture } from '../support/pipeline.ts';
import { FIXTURES, ROOT } from '../support/validation.ts';

interface Case extends Generated {
  readonly cluster: Cluster;
}

const names = readdirSync(join(FIXTURES, 'valid'));
const cases = new Map(names.map((name) => [name, generateFixture(join(FIXTURES, 'valid', name)) as Case]));

const templates = readdirSync(join(ROOT, 'templates'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, 'templates/').length))
  .filter((path) => !path.includes('_partials/'));

/** Programs that every POSIX system has; nobody installs them. */
const POSIX = ['sh', 'test'];

describe('templates', () => {
  it('each is rendered for some fixture, to where its own path says', () => {
    const used = new Set<string>();
    for (const { files } of cases.values()) {
      for (const { path, template } of files) {
        used.add(template);
        const pattern = template
          .replace(/\.j2$/, '')
          .replace(/[.*+?^${}()|\\]/g, '\\$&')
          .replaceAll('[node]', '[a-z0-9-]+');
        expect(path).toMatch(new RegExp(`^${pattern}$`));
      }
    }
    expect([...used].sort()).toEqual([...templates].sort());
  });

  it('each folder at the top is a target', () => {
    const folders = templates.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []));
    expect([...new Set(folders)].filter((folder) => !targets.some(({ name }) => name === folder))).toEqual([]);
  });
});

it('rules of all targets are asked', () => {
  expect(targetRules.map(({ code }) => code).sort()).toEqual(
    targets.flatMap(({ rules }) => rules.map(({ code }) => code)).sort(),
  );
  expect(targetRules.length).toBeGreaterThan(5);
});

describe.each(targets.map((target) => [target.name, target] as const))('target %s', (name, target) => {
  it('says what it is for, and how to get and question each of its tools', () => {
    expect(target.summary).not.toBe('');
    for (const tool of target.tools) {
      expect(tool, tool.name).toMatchObject({
        purpose: expect.stringMatching(/\w/),
        install: expect.stringMatching(/\w/),
      });
      expect(tool.versionArgs.length, tool.name).toBeGreaterThan(0);
    }
  });

  it.each(names)(
    'tasks for %s: distinct, documented, in directories that are rendered, run by tools it names',
    (fixture) => {
      const { cluster, files } = cases.get(fixture) ?? never();
      if (!activeFor(targets, cluster).includes(target)) return;
      const tasks = target.tasks(cluster);
      const words = tasks.flatMap((task) => [task.name, ...task.aliases]);
      expect(words).toEqual([...new Set(words)]);
      for (const task of tasks) {
        expect(task.description, task.name).toMatch(/^[A-Z].*[^.]$/s);
        for (const { argv, cwd, env } of task.commands) {
          const [program] = argv;
          const isScript = files.some(({ path, mode }) => join(cwd, program) === path && mode === 0o755);
          expect(
            isScript || [...POSIX, ...target.tools.map((tool) => tool.name)].includes(program),
            `${task.name}: ${program}`,
          ).toBe(true);
          expect(
            files.some(({ path }) => path.startsWith(`${cwd}/`)),
            `${task.name}: out/${cwd}`,
          ).toBe(true);
          // Everybody on the machine can read arguments; only what is no secret may stand in a variable.
          expect([...argv, ...Object.keys(env)].join(' '), task.name).not.toMatch(
            /password|passphrase|api_token=|secret=|token_secret/i,
          );
        }
      }
    },
  );

  it.each(names)('the Taskfile for %s runs exactly its commands', (fixture) => {
    const { cluster, files } = cases.get(fixture) ?? never();
    if (!activeFor(targets, cluster).includes(target) || target.tasks(cluster).length === 0) return;
    const file = files.find(({ path }) => path === `${name}/Taskfile.yaml`);
    const { tasks } = parse(file?.content ?? '') as { tasks: Record<string, { cmds: string[] }> };
    const written = Object.fromEntries(
      Object.entries(tasks).map(([task, { cmds }]) => [
        task,
        cmds.map((line) =>
          line.replace(/ \|\| test \$\? -eq \d+$|\{\{if \.NODES\}\} \{\{\.NODES \| q\}\}\{\{end\}\}$/, ''),
        ),
      ]),
    );
    const lines = (task: typeof target.tasks extends (c: Cluster) => readonly (infer T)[] ? T : never): string[] =>
      task.commands.map((command) => commandLine(command).replaceAll('{{', '{{`{{`}}'));
    expect(written).toEqual(Object.fromEntries(target.tasks(cluster).map((task) => [task.name, lines(task)])));
  });
});

describe.each(Object.values(backends).map((backend) => [backend.name, backend] as const))(
  'backend %s',
  (name, backend) => {
    it.each(names)('has one task per verb for %s, and asks before it destroys', (fixture) => {
      const { cluster } = cases.get(fixture) ?? never();
      if (cluster.proxmox === null) return;
      const tasks = backend.tasks(cluster);
      expect(tasks.flatMap(({ verb }) => verb ?? []).sort()).toEqual([...VERBS].sort());
      for (const task of tasks)
        if (task.verb !== null) expect(task.destructive, task.name).toBe(task.verb === 'destroy');
    });

    it('is a value of --target, and has a page and a row in the documentation', () => {
      expect(BACKEND_NAMES).toContain(name);
      expect(existsSync(join(ROOT, `docs/targets/${name}.md`))).toBe(true);
      expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`| \`${name}/\` |`);
    });
  },
);

function never(): never {
  throw new Error('no such fixture');
}
