/**
 * YAML scalars that every reader understands alike: YAML 1.1 and 1.2, PyYAML, Go's yaml and npm's.
 * Whatever one of them could take for a number, a date, a boolean or syntax is double quoted.
 */

import { isText } from '../../model/yaml-reading.ts';
import { FilterError, wellFormed } from './filter.ts';

/** Only characters that have no meaning in YAML where they stand; no flow indicators, so the text is safe in `[]` too. */
const PLAIN =
  /^[A-Za-z0-9_/$(][A-Za-z0-9_/.@%+:=~$()?*;&!-]*(?: [A-Za-z0-9_/.@%+=~$()*;&-][A-Za-z0-9_/.@%+:=~$()?*;&!-]*)*$/;

/** Numbers, dates and times to the eye: quoted, also where every reader would take them for text. */
const NUMERIC = /^[0-9][0-9_.:a-fxoA-FXO+\- TtZz]*$/;

/** Dotted quads, with a prefix length or a port, and UUIDs: nobody takes them for numbers. */
const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2}|:\d{1,5})?$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** May the string stand without quotes, as a key or as a value? */
function isPlain(text: string): boolean {
  if (!PLAIN.test(text) || text.includes(': ') || text.endsWith(':')) return false;
  if (NUMERIC.test(text) && !ADDRESS.test(text)) return false;
  return isText(text);
}

/** Characters that PyYAML or Go's yaml refuse or alter when they stand as they are. */
const ESCAPED = /["\\\u0000-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g;

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The string in double quotes, on one line. */
export function quoted(text: string): string {
  return `"${wellFormed(text).replace(ESCAPED, escapeOf)}"`;
}

function escapeOf(char: string): string {
  const short = SHORT[char];
  if (short !== undefined) return short;
  const code = char.charCodeAt(0);
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).toUpperCase().padStart(width, '0');
}

/** A string on one line: plain where that is safe, else double quoted. */
export function inlineString(text: string): string {
  return isPlain(text) ? text : quoted(text);
}

/**
 * A mapping's key.
 * @throws FilterError when it is longer than PyYAML reads without `?` (1024 characters)
 */
export function keyText(key: string): string {
  const text = inlineString(key);
  if (text.length > 1000) throw new FilterError('a key longer than 1000 characters cannot be written as YAML');
  return text;
}

/**
 * A number as every reader sees it: exponents with a dot and a sign, for PyYAML reads `1e-7` as a string.
 * @throws FilterError for what is no number in JSON
 */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new FilterError(`${value} cannot be written as YAML`);
  const text = String(value);
  const exponent = /^(-?\d+)(\.\d+)?e([+-]\d+)$/.exec(text);
  return exponent === null ? text : `${exponent[1]}${exponent[2] ?? '.0'}e${exponent[3]}`;
}

/**
 * The lines of a string that reads best as a literal block, or `null` where only quotes keep it as it is:
 * trailing spaces, tabs, control characters, an indented first line, blank lines at the end.
 * @returns the indicator (`|` or `|-`) and the lines without indentation
 */
export function literalBlock(
  text: string,
): { readonly indicator: '|' | '|-'; readonly lines: readonly string[] } | null {
  if (!text.includes('\n') || text.endsWith('\n\n') || /^\s/.test(text) || / (?:\n|$)/.test(text)) return null;
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u.test(text)) return null;
  return text.endsWith('\n')
    ? { indicator: '|', lines: text.slice(0, -1).split('\n') }
    : { indicator: '|-', lines: text.split('\n') };
}
