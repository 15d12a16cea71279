/** Compiles every template at build time: what ends in `.j2`, and what such a file may include. */

import { readdir, readFile } from 'node:fs/promises';
import { importTypeScript } from './import-typescript.mjs';

const TEMPLATES = new URL('../../templates/', import.meta.url);

/** @returns {Promise<string>} an ES module that exports `templates`: path -> its text and its compiled form */
export async function templatesSource() {
  const { compileTemplate } = await importTypeScript('src/render/strict/compile.ts');
  const entries = await readdir(TEMPLATES, { recursive: true, withFileTypes: true });
  const root = new URL('.', TEMPLATES).pathname;
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('//', '/').slice(root.length))
    .filter((path) => path.endsWith('.j2') || path.split('/').includes('_partials'))
    .sort();
  const rows = [];
  for (const path of paths) {
    const text = await readFile(
      new URL(encodeURI(path).replaceAll('[', '%5B').replaceAll(']', '%5D'), TEMPLATES),
      'utf8',
    );
    rows.push(
      `${JSON.stringify(path)}: { text: ${JSON.stringify(text)}, load() {\n${compileTemplate(path, text)}\n} },`,
    );
  }
  return `export const templates = {\n${rows.join('\n')}\n};\n`;
}
