/**
 * `yaml` and `documents`: values as canonical YAML. Block style, two spaces, lists indented under
 * their key, keys in the order of the value, no anchors, no folding.
 */

import { UnsafeText } from '../../model/yaml-value.ts';
import { columns, FilterError, kindOf, type TypedFilter } from './filter.ts';
import { inlineString, keyText, literalBlock, numberText, quoted } from './yaml-scalar.ts';

/**
 * Any JSON-like value as YAML. The first line has no indentation, every later line has `indent` spaces;
 * without indentation a multi-line string at the root is quoted, for a block would need to know its column.
 * @throws FilterError naming the path of a value that YAML cannot hold
 */
export function toYaml(value: unknown, indent = 0): string {
  const scalar = inlineScalar(value, indent > 0);
  if (scalar !== null) return scalar;
  const lines: string[] = [];
  if (typeof value === 'string') return literal(value, ' '.repeat(indent));
  writeBlock(value, ' '.repeat(indent), '', lines, '');
  return lines.join('\n');
}

/** `yaml(n)`: a value at its place; lines after the first are indented by `n`. */
export const yaml: TypedFilter = (value, argument) => toYaml(value, columns(argument));

/** `documents`: a list of whole documents, joined with `---`, which verification reads back. */
export const documents: TypedFilter = (value, argument, state) => {
  if (argument !== undefined) throw new FilterError("'documents' prints whole documents and takes no argument");
  if (!Array.isArray(value)) throw new FilterError(`'documents' prints a list of documents, not ${kindOf(value)}`);
  if (value.length === 0)
    throw new FilterError("'documents' got an empty list; leave the file out in the target's includes()");
  (state.documents ??= []).push(...(value as unknown[]));
  return value.map((document) => toYaml(document)).join('\n---\n');
};

/** The value on one line, or `null` when it needs a block. */
function inlineScalar(value: unknown, blocks: boolean): string | null {
  switch (typeof value) {
    case 'string':
      return blocks && literalBlock(value) !== null ? null : inlineString(value);
    case 'number':
      return numberText(value);
    case 'boolean':
      return String(value);
    case 'object':
      return inlineObject(value);
    default:
      throw new FilterError(`${kindOf(value)} cannot be written as YAML`);
  }
}

function inlineObject(value: object | null): string | null {
  if (value === null) return 'null';
  if (value instanceof UnsafeText) return `!unsafe ${quoted(value.text)}`;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : null;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new FilterError(`an instance of ${value.constructor.name} cannot be written as YAML`);
  }
  return Object.keys(value).length === 0 ? '{}' : null;
}

/**
 * Writes a list or mapping that is not empty.
 * @param indent of every line but the first
 * @param lead what stands before the first line: its indentation, or the dashes of the lists around it
 */
function writeBlock(value: unknown, indent: string, lead: string, lines: string[], path: string): void {
  let prefix = lead;
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value as object) as [string, unknown][]) {
    const at = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    writeItem(isList ? '-' : `${keyText(key)}:`, item, indent, prefix, lines, at);
    prefix = indent;
  }
}

/** One entry: a dash or a key, and its value on the same line or below. */
function writeItem(head: string, item: unknown, indent: string, prefix: string, lines: string[], path: string): void {
  const scalar = located(path, () => inlineScalar(item, true));
  if (scalar !== null) {
    lines.push(`${prefix}${head} ${scalar}`);
    return;
  }
  const deeper = `${indent}  `;
  if (typeof item === 'string') {
    lines.push(`${prefix}${head} ${literal(item, deeper)}`);
  } else if (head === '-') {
    writeBlock(item, deeper, `${prefix}- `, lines, path);
  } else {
    lines.push(`${prefix}${head}`);
    writeBlock(item, deeper, deeper, lines, path);
  }
}

/** A literal block: its indicator, then its lines at `indent`; blank lines stay empty. */
function literal(text: string, indent: string): string {
  const block = literalBlock(text);
  if (block === null) return quoted(text);
  return [block.indicator, ...block.lines.map((line) => (line === '' ? '' : indent + line))].join('\n');
}

function located<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FilterError) throw new FilterError(`${path}: ${error.message}`);
    throw error;
  }
}
