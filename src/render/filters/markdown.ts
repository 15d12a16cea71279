/** `md`, `code` and `mermaid`: text in Markdown as GitHub, GitLab and CommonMark read it. */

import { FilterError, scalarText, type TypedFilter, withoutArgument, withoutControls } from './filter.ts';

function oneLine(value: unknown, language: string): string {
  return withoutControls(scalarText(value, language).replace(/\s+/g, ' ').trim(), language);
}

/** Text in a paragraph or a table cell: every mark that could format, link or end a cell is escaped. */
export const md: TypedFilter = (value, argument) => {
  withoutArgument('md', argument);
  return oneLine(value, 'Markdown text')
    .replace(/[\\`*_[\]<>|~&$#!@]/g, '\\$&')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');
};

/** A code span, with as many backticks as its text needs; `|` is escaped for table cells. */
export const code: TypedFilter = (value, argument) => {
  withoutArgument('code', argument);
  const text = oneLine(value, 'a code span');
  if (text === '') throw new FilterError('a code span cannot be empty');
  if (text.includes('|')) throw new FilterError("a code span in a table cannot hold '|'");
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
};

const ENTITIES: Readonly<Record<string, string>> = {
  '"': '#quot;',
  '#': '#35;',
  '&': '#amp;',
  '<': '#lt;',
  '>': '#gt;',
  '`': '#96;',
  '\\': '#92;',
  '\n': '<br/>',
};

/** The label of a mermaid node or edge, with its quotes; a line break stays one. */
export const mermaid: TypedFilter = (value, argument) => {
  withoutArgument('mermaid', argument);
  const text = withoutControls(scalarText(value, 'a mermaid label'), 'a mermaid label');
  return `"${text.replace(/["#&<>`\\\n]/g, (char) => ENTITIES[char] ?? char)}"`;
};
