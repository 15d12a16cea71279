/**
 * What a YAML parser stumbles over, in words of what to write. A parser says what it did not expect,
 * and goes on saying so below: of what one wrong column causes, only the first is told.
 */

import { isScalar, type Document, type YAMLError } from 'yaml';
import type { InputCode } from './codes.ts';
import { KEY_LENGTH_MESSAGE } from './tree.ts';

export interface SyntaxFault {
  readonly code: InputCode;
  /** Where in the text. */
  readonly offset: number;
  readonly message: string;
  /** Something has no end: further lines could have it. */
  readonly isOpen?: true;
}

const CODES: Readonly<Record<string, readonly [code: InputCode, message: string]>> = {
  MULTIPLE_DOCS: ['YAML_MULTIPLE_DOCUMENTS', 'a second document starts here; the file holds one'],
  TAB_AS_INDENT: ['YAML_TAB', 'a tab indents this line; YAML takes spaces only'],
  KEY_OVER_1024_CHARS: ['YAML_KEY_TOO_LONG', `a key of more than a thousand characters; ${KEY_LENGTH_MESSAGE}`],
  // The parser's own words repeat what follows the backslash.
  BAD_DQ_ESCAPE: [
    'YAML_SYNTAX',
    'a backslash in a text in " begins an escape that does not exist; write two of them, or put the text in single quotes',
  ],
  TAG_RESOLVE_FAILED: ['YAML_TAG', 'this value is not what its tag says; write the plain value'],
};

const NO_KEY = 'this line is no key with a value; write a colon and a space between them';
const INDENTATION =
  'this line is indented otherwise than those it belongs to; keys of one mapping, and dashes of one list, begin in one column';

/** How the parser says that a line begins in a column of its own. */
const COLUMNS = /^(?:Sequence item without|All mapping items must|A block sequence may not)/;

/** Where a parser that lost the columns goes on to complain. */
const STRUCTURE = new Set([
  'BLOCK_AS_IMPLICIT_KEY',
  'MULTILINE_IMPLICIT_KEY',
  'MISSING_CHAR',
  'BAD_INDENT',
  'UNEXPECTED_TOKEN',
  'NON_STRING_KEY',
]);

/**
 * @param errors of the parser, and those of its warnings that are errors here
 * @returns in the order of the text; empty when there are no errors
 */
export function syntaxFaults(document: Document.Parsed, errors: readonly YAMLError[], text: string): SyntaxFault[] {
  if (errors.length === 0) return [];
  const mark = /^(?:<{7}|={7}|>{7})(?=[ \r\n]|$)/m.exec(text);
  if (mark !== null) return [syntax(mark.index, `${mark[0]} is a mark of a merge; keep one side and delete the marks`)];
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const [first] = sorted;
  if (first?.code === 'UNEXPECTED_TOKEN' && isScalar(document.contents) && document.contents.value !== null) {
    return [syntax(document.contents.range[0], NO_KEY)];
  }
  const lostAt = sorted.find(({ code }) => code === 'BLOCK_AS_IMPLICIT_KEY')?.pos[0] ?? Infinity;
  const faults: SyntaxFault[] = [];
  let isLost = false;
  for (const error of sorted) {
    if (STRUCTURE.has(error.code) && isLost) continue;
    if (isKeyless(error) && error.pos[0] < lostAt) {
      faults.push(syntax(error.pos[0], NO_KEY));
      continue;
    }
    isLost ||= error.code === 'TAB_AS_INDENT' || STRUCTURE.has(error.code);
    faults.push(faultOf(error, sorted, text));
  }
  return faults;
}

function faultOf(error: YAMLError, all: readonly YAMLError[], text: string): SyntaxFault {
  const [start, end] = error.pos;
  const known = CODES[error.code];
  if (known !== undefined) return { code: known[0], offset: start, message: known[1] };
  if (error.code === 'NON_STRING_KEY') {
    const advice = lineAt(text, start).includes('{{') ? '; put {{ }} in quotes' : '';
    return syntax(start, `a key is a plain word, not a list, a mapping or an alias${advice}`);
  }
  if (COLUMNS.test(error.message)) return syntax(lineEnd(text, start, end), INDENTATION);
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY') return nested(error, all, text);
  if (error.code === 'BAD_SCALAR_START')
    return syntax(start, `a value cannot begin with ${text.charAt(start)}; put it in quotes`);
  if (error.message.startsWith('Missing closing')) {
    const mark = /["']/.exec(error.message)?.[0] ?? '"';
    return { ...syntax(start, `a text in ${mark} has no end; close it with the same mark`), isOpen: true };
  }
  if (error.message.startsWith('Flow'))
    return { ...syntax(start, `a bracket before this is not closed; write ${error.message.slice(-1)}`), isOpen: true };
  if (error.code === 'UNEXPECTED_TOKEN')
    return syntax(start, 'this belongs to nothing before it; look at indentation and quotes');
  return syntax(start, error.message.replaceAll(/\s+/g, ' '));
}

/** `a: b: c`, `-a: b`, or a line below that is indented deeper. */
function nested(error: YAMLError, all: readonly YAMLError[], text: string): SyntaxFault {
  const [start] = error.pos;
  const line = lineAt(text, start);
  const dash = /^\s*-(?=[^\s-])/.exec(line);
  if (dash !== null)
    return syntax(lineStart(text, start) + dash[0].length - 1, 'a dash and its entry have a space between them');
  const below = all.find(({ code, pos }) => code === 'MULTILINE_IMPLICIT_KEY' && pos[0] === start);
  if (below !== undefined) return syntax(lineEnd(text, start, below.pos[1]), INDENTATION);
  return syntax(start, 'a value that holds a colon and a space has to be in quotes');
}

/** A line of a mapping without a colon: the parser finds its way again in the next one. */
function isKeyless({ code, message }: YAMLError): boolean {
  return code === 'MULTILINE_IMPLICIT_KEY' || (code === 'MISSING_CHAR' && message.startsWith('Implicit map keys'));
}

function syntax(offset: number, message: string): SyntaxFault {
  return { code: 'YAML_SYNTAX', offset, message };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function lineAt(text: string, offset: number): string {
  return /^.*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
}

/** First character, not a space, of the line that `end` is in; of `start`'s where they are the same. */
function lineEnd(text: string, start: number, end: number): number {
  const begin = lineStart(text, Math.max(start, end - 1));
  return begin + (/^ */.exec(text.slice(begin))?.[0].length ?? 0);
}
