/**
 * `hcl`: values as HCL expressions that `tofu fmt` leaves as they are. Rules: hcl's
 * hclwrite/format.go (indentation, alignment of `=` over consecutive one-line attributes, width in
 * grapheme clusters) and the HCL specification (template escapes, NFC).
 */

import { columns, FilterError, kindOf, wellFormed, type TypedFilter } from './filter.ts';

/** A list of scalars stays on one line up to this width. */
const LINE_WIDTH = 100;

/** `hcl(n)`: a value as an expression; lines after the first are indented by `n`. */
export const hcl: TypedFilter = (value, argument) => toHcl(value, columns(argument));

/**
 * Any JSON-like value as an HCL expression.
 * @throws FilterError for what HCL cannot hold
 */
function toHcl(value: unknown, indent = 0): string {
  return expression(value, ' '.repeat(indent)).join('\n');
}

/** Lines of an expression: the first without indentation, the others with all of theirs. */
function expression(value: unknown, indent: string): string[] {
  if (typeof value === 'string') return [hclString(value)];
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
    return [String(value)];
  }
  if (Array.isArray(value)) return list(value, indent);
  if (typeof value === 'object') return object(value, indent);
  throw new FilterError(`${kindOf(value)} cannot be written as HCL`);
}

function list(items: readonly unknown[], indent: string): string[] {
  if (items.every((item) => item === null || typeof item !== 'object')) {
    const line = `[${items.map((item) => expression(item, indent)[0]).join(', ')}]`;
    if (items.length < 2 || line.length <= LINE_WIDTH) return [line];
  }
  const deeper = `${indent}  `;
  const lines = ['['];
  for (const item of items) {
    const [first = '', ...rest] = expression(item, deeper);
    const last = rest.pop();
    if (last === undefined) lines.push(`${deeper}${first},`);
    else lines.push(deeper + first, ...rest, `${last},`);
  }
  return [...lines, `${indent}]`];
}

function object(value: object, indent: string): string[] {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new FilterError(`an instance of ${value.constructor.name} cannot be written as HCL`);
  }
  const deeper = `${indent}  `;
  const rows = Object.entries(value).map(([key, item]) => ({ key: hclKey(key), lines: expression(item, deeper) }));
  if (rows.length === 0) return ['{}'];
  const lines = ['{'];
  for (let start = 0; start < rows.length;) {
    const run = runFrom(rows, start);
    const wide = Math.max(...run.map(({ key }) => width(key)));
    for (const {
      key,
      lines: [first = '', ...rest],
    } of run) {
      lines.push(`${deeper}${key}${' '.repeat(wide - width(key))} = ${first}`, ...rest);
    }
    start += run.length;
  }
  return [...lines, `${indent}}`];
}

/** Consecutive attributes whose `=` stand below each other: one-line values, or one multi-line value alone. */
function runFrom<Row extends { readonly lines: readonly string[] }>(
  rows: readonly Row[],
  start: number,
): readonly Row[] {
  const isLong = (row: Row): boolean => row.lines.length > 1;
  const end = rows.findIndex((row, index) => index >= start && isLong(row));
  if (end === start) return rows.slice(start, start + 1);
  return rows.slice(start, end === -1 ? rows.length : end);
}

/** Words that mean something else in a key's place, or look as if they did. */
const RESERVED = new Set(['for', 'if', 'in', 'null', 'true', 'false']);

function hclKey(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !RESERVED.has(key) ? key : hclString(key);
}

/**
 * A quoted template without a template in it. HCL compares strings in Unicode NFC, so that is what is written.
 * @throws FilterError for half surrogate pairs
 */
function hclString(text: string): string {
  const escaped = wellFormed(text)
    .normalize('NFC')
    .replace(/["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escapeOf)
    .replace(/([$%])\{/g, '$1$1{');
  return `"${escaped}"`;
}

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(char: string): string {
  return SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** In grapheme clusters, as fmt counts, each quote on its own; ASCII needs no segmenter. */
function width(key: string): number {
  if (/^[\u0000-\u007f]*$/.test(key)) return key.length;
  const inner = key.slice(1, -1);
  return 2 + [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(inner)].length;
}
