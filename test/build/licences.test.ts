/** What comes with the program comes with its licence. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error A build step: JavaScript without declarations.
import { librariesIn, licences } from '../../src/build/licences.mjs';
import { ROOT } from '../support/validation.ts';

const foldersIn = librariesIn as (metafiles: readonly unknown[]) => string[];
const textOf = licences as (root: string, folders: readonly string[]) => Promise<string>;

const DIST = join(ROOT, 'dist');
const LICENCES = readFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), 'utf8');

/** Title -> text. */
const sections = new Map(
  LICENCES.split(/^== /m)
    .slice(1)
    .map((section): [string, string] => {
      const [title = '', ...lines] = section.split('\n');
      return [title, lines.join('\n').trim()];
    }),
);

/** Above each file of a library the bundler says in a comment where it is from. */
function foldersInBundles(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(DIST).filter((name) => name.endsWith('.cjs'))) {
    const text = readFileSync(join(DIST, file), 'utf8');
    for (const [, folder = ''] of text.matchAll(/^ *\/\/ (?:\.\.\/)*(\S*node_modules\/(?:@[^/\s]+\/)?[^/\s]+)\/\S+$/gm))
      found.set(folder, file);
  }
  return found;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

describe('THIRD-PARTY-LICENSES.txt', () => {
  it('has every library that is in a bundle, in the version that is in it', () => {
    const folders = foldersInBundles();
    expect(folders.size).toBeGreaterThan(50);
    const titles = [...sections.keys()];
    const missing = [...folders].filter(([folder]) => {
      const { name, version } = manifestIn(folder);
      return !titles.some((title) => title.startsWith(`${name} ${version} (`));
    });
    expect(missing).toEqual([]);
  });

  it('has what the validators are made with, which are minified before they get there', () => {
    expect([...sections.keys()]).toContainEqual(expect.stringMatching(/^ajv 8\./));
  });

  it('has the text of each licence, and none of what only builds and tests the program', () => {
    for (const [title, text] of sections) {
      expect(title).toMatch(/^(?:@[\w.-]+\/)?[\w.-]+ \d+\.\d+\.\d+\S* \(\S.*\)$/);
      expect(text, title).toMatch(/Permission|Redistribution/);
      expect(text, title).toMatch(/copyright/i);
    }
    for (const tool of ['esbuild', 'vitest', 'typescript', 'eslint', 'prettier', 'knip'])
      expect([...sections.keys()].filter((title) => title.startsWith(`${tool} `))).toEqual([]);
  });
});

describe('a library is in a bundle', () => {
  const metafile = (inputs: Readonly<Record<string, number>>): unknown => ({
    outputs: {
      'dist/x.cjs': {
        inputs: Object.fromEntries(
          Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }] as const),
        ),
      },
    },
  });

  it('when something of it is, wherever it lies', () => {
    const all = metafile({
      'src/cli/main.ts': 9,
      'node_modules/a/index.js': 1,
      'node_modules/@b/c/lib/x.js': 1,
      'node_modules/a/node_modules/d/index.js': 1,
      'node_modules/unused/index.js': 0,
    });
    expect(foldersIn([all, metafile({ 'node_modules/a/other.js': 1 })])).toEqual([
      'node_modules/a',
      'node_modules/@b/c',
      'node_modules/a/node_modules/d',
    ]);
  });

  it('and comes along with its licence, from a file or its README, or not at all', async () => {
    const root = mkdtempSync(join(tmpdir(), 'talmox-test-'));
    writeFileSync(join(root, 'package.json'), '{ "name": "a", "version": "1.0.0", "licenses": [{ "type": "MIT" }] }');
    await expect(textOf(root, ['.'])).rejects.toThrow('no text of a licence');
    writeFileSync(join(root, 'README.md'), '# a\n\n## License\n\nCopyright Jo\n\n## More\n\nx\n');
    expect(await textOf(root, ['.'])).toMatch(/== a 1\.0\.0 \(MIT\)\n\nCopyright Jo\n$/);
    writeFileSync(join(root, 'LICENSE-MIT'), 'Copyright Ann\n');
    expect(await textOf(root, ['.'])).toMatch(/== a 1\.0\.0 \(MIT\)\n\nCopyright Ann\n$/);
    rmSync(root, { recursive: true });
  });
});
