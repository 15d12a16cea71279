/** Python programs, each set in a virtual environment of its own. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, install, keyOf, type Tool } from './cache.ts';

const CONSUMERS = fileURLToPath(new URL('../consumers/', import.meta.url));

/**
 * A virtual environment with what `consumers/<name>/requirements.txt` pins.
 * @param versions acceptable Python versions, best first: `3.13`
 * @returns its `bin` folder
 */
export function pythonTools(name: string, versions: readonly string[]): Tool {
  const python = findPython(versions);
  if (python === null) return { missing: `${name}: no Python ${versions.join(' or ')} here` };
  const requirements = join(CONSUMERS, name, 'requirements.txt');
  const key = keyOf(python, readFileSync(requirements, 'utf8'));
  // A virtual environment knows its own path: it is made in place, and marked when it is whole.
  const folder = cached(`python-${name}-${key}`, (directory) => {
    const venv = `${directory.replace(/\.draft-\d+$/, '')}-venv`;
    return (
      install(python, ['-m', 'venv', '--clear', venv], { cwd: directory }) ??
      install(join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
        cwd: directory,
      })
    );
  });
  return 'path' in folder ? { path: `${folder.path}-venv/bin` } : { missing: `${name}: ${folder.missing}` };
}

function findPython(versions: readonly string[]): string | null {
  for (const version of versions) {
    const candidates = [`python${version}`, ...pyenvPythons(version)];
    const found = candidates.find((program) => spawnSync(program, ['-c', 'import venv, ensurepip']).status === 0);
    if (found !== undefined) return found;
  }
  return null;
}

/** pyenv keeps its interpreters out of the path. */
function pyenvPythons(version: string): string[] {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .filter((name) => name.startsWith(`${version}.`))
    .map((name) => join(versions, name, 'bin/python3'));
}
