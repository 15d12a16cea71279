import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadTemplates } from '../../src/io/load.ts';
import { watch } from '../../src/io/watch.ts';

const TEMPLATES = ['a/.yamllint', 'a/main.tf.j2', 'a/roles/x.py', 'a/site.yaml', '.gitignore.j2'];
const LEFTOVERS = [
  ...['a/main.tf.j2~', 'a/.main.tf.j2.swp', 'a/.#main.tf.j2', 'a/#main.tf.j2#', 'a/4913', 'a/x.orig', 'a/.DS_Store'],
  ...['a/roles/__pycache__/x.cpython-311.pyc', 'a/roles/x.pyc'],
];

function folder(paths: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'talmox-load-'));
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  for (const path of paths) write(root, path);
  return root;
}

function write(root: string, path: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), 'x\n');
}

it('reads every file of the templates, and nothing that an editor or Python leaves beside them', () => {
  expect([...loadTemplates(folder([...TEMPLATES, ...LEFTOVERS])).keys()].sort()).toEqual([...TEMPLATES].sort());
});

it('a watch sees every file that is read, and none of the others', async () => {
  const templates = folder([...TEMPLATES, ...LEFTOVERS]);
  const end = new AbortController();
  const seen = new Set<string>();
  let wake = (): void => undefined;
  const done = watch({
    directory: folder([]),
    templates,
    signal: end.signal,
    run: (causes) => {
      for (const cause of causes) seen.add(cause.slice(templates.length + 1));
      wake();
      return Promise.resolve({ failed: false, report: () => undefined });
    },
    onError: (error) => {
      throw error;
    },
  });
  await new Promise<void>((started) => (wake = started));
  for (const path of [...LEFTOVERS, ...TEMPLATES]) write(templates, path);
  while (!TEMPLATES.every((path) => seen.has(path))) await new Promise<void>((changed) => (wake = changed));
  end.abort();
  await done;
  expect([...seen].sort()).toEqual([...TEMPLATES].sort());
});
