/** The licences of everything that a bundle contains: those of most libraries ask to come along with their code. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `LICENSE`, `licence.md`, `LICENSE-MIT`, `COPYING`; and what an Apache licence asks to pass on. */
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[-.].*)?$/i;

/** Some have it in their README alone. */
const LICENCE_SECTION = /^#+ *licen[cs]e.*\n([^]*?)(?=^#|$(?![^]))/im;

/** What a library is called and where it lies: `node_modules/a/node_modules/@b/c`. */
const LIBRARY = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//;

/**
 * Folders of the libraries of which something has come into a bundle.
 * @param {readonly import('esbuild').Metafile[]} metafiles of everything that was bundled
 * @returns {string[]} counted from the working directory of esbuild
 */
export function librariesIn(metafiles) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = LIBRARY.exec(path)?.[1];
        if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders];
}

/** @param {readonly string[]} folders of libraries, counted from `root` @returns {Promise<string>} their licences in one text */
export async function licences(root, folders) {
  const texts = new Map();
  for (const folder of folders) {
    const { title, text } = await licence(join(root, folder));
    texts.set(title, text);
  }
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
  return `talmox contains code of the following libraries.\n\n${sorted.map(([title, text]) => `== ${title}\n\n${text}\n`).join('\n')}`;
}

/** @throws when a library does not say under which licence it is: then it cannot be passed on either */
async function licence(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const entries = await readdir(folder);
  const read = async (name) => (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n').trim();
  const texts = await Promise.all(entries.filter((name) => LICENCE_FILE.test(name)).map(read));
  if (texts.length === 0) {
    const readme = entries.find((name) => /^readme\b/i.test(name));
    const section = readme === undefined ? undefined : LICENCE_SECTION.exec(await read(readme))?.[1].trim();
    if (section === undefined) throw new Error(`${folder} has no text of a licence`);
    texts.push(section);
  }
  return { title: `${manifest.name} ${manifest.version} (${nameOf(manifest)})`, text: texts.join('\n\n') };
}

/** Of old packages it is a list, or a mapping. */
function nameOf({ license, licenses }) {
  const all = [license ?? licenses ?? []].flat().map((entry) => (typeof entry === 'string' ? entry : entry.type));
  return all.length === 0 ? 'its own licence' : all.join(' OR ');
}
