/** Reads everything a run needs: the two inputs of a directory, and the templates of this package. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { templates as compiledTemplates } from 'talmox:templates';
import type { Sources } from '../generate.ts';
import { UsageError } from '../model/errors.ts';
import type { InputFile } from '../model/issue.ts';
import type { TemplateSource } from '../render/render.ts';

/** Both inputs and every template. @throws UsageError when an input is not there or cannot be read */
export function loadSources(directory: string): Sources {
  return {
    clusterText: readInput(directory, 'cluster.yaml'),
    nodesText: readInput(directory, 'nodes.yaml'),
    templates: loadTemplates(),
  };
}

export function readInput(directory: string, file: InputFile): Uint8Array {
  const path = join(directory, file);
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === 'ENOENT') {
      throw new UsageError(`${file} is not in ${directory}; \`talmox init\` writes a start, -C DIR looks elsewhere`);
    }
    if (reason === 'EISDIR') throw new UsageError(`${file} in ${directory} is a directory, not a file`);
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Where `templates/` and `schemas/` lie: beside `dist/` in a package, beside `src/` in a checkout. */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json')) && dirname(directory) !== directory)
    directory = dirname(directory);
  return directory;
}

export function templatesRoot(): string {
  return join(packageRoot(), 'templates');
}

/** What editors, Python and operating systems leave beside a file. */
const LEFTOVER = /~$|\.(?:sw[a-p]|orig|rej|bak|tmp|pyc)$|^\.?#|^4913$|^\.DS_Store$|^__pycache__$/;

/** Is a file or folder of this name, somewhere below `templates/`, part of the templates? */
export function isTemplateName(name: string): boolean {
  return !LEFTOVER.test(name);
}

/** Every template by its path. One whose text is not the text compiled at build time is compiled when it is used. */
export function loadTemplates(root: string = templatesRoot()): ReadonlyMap<string, TemplateSource> {
  return new Map(
    walk(root).map((path) => [
      path,
      { text: readFileSync(join(root, path), 'utf8'), compiled: compiledTemplates[path] },
    ]),
  );
}

/** Paths of all files below, POSIX, sorted. */
function walk(root: string, prefix = ''): string[] {
  return readdirSync(join(root, prefix), { withFileTypes: true })
    .filter((entry) => isTemplateName(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? walk(root, path) : [path];
    });
}
