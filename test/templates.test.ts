/** The files of `templates/` themselves: marks, and what their own languages say. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTemplates } from '../src/io/load.ts';
import { ROOT } from './support/validation.ts';

const FOLDER = join(ROOT, 'templates');
const templates = [...loadTemplates(FOLDER)].map(([path, { text }]) => [path, text] as const);

/** `#{ }#`, `#% %#`, `#| |#`. */
const MARK = /#[{%|]|[}%|]#/;

describe('a file ends in .j2 exactly where it holds a mark', () => {
  it.each(templates)('%s', (path, text) => {
    expect(path.endsWith('.j2')).toBe(MARK.test(text));
  });
});

/** Is the program there, and does it start? */
function has(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

const python = templates.flatMap(([path]) => (path.endsWith('.py') ? [join(FOLDER, path)] : []));

describe('Python', () => {
  const COMPILE =
    'import pathlib, sys\nfor path in sys.argv[1:]: compile(pathlib.Path(path).read_text("utf-8"), path, "exec")';

  it('is there to be checked', () => {
    expect(python.length).toBeGreaterThan(1);
  });

  it.skipIf(!has('python3'))('compiles without a warning', () => {
    const { status, stderr } = spawnSync('python3', ['-W', 'error', '-c', COMPILE, ...python], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it.skipIf(!has('ruff'))('passes ruff', () => {
    const words = ['check', '--no-cache', '--isolated', '--line-length', '160', '--select', 'E,F,W,B,UP,SIM,PL'];
    const { status, stdout } = spawnSync('ruff', [...words, '--ignore', 'B905,PLR', ...python], { encoding: 'utf8' });
    expect(status, stdout).toBe(0);
  });
});
