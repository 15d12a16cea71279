/**
 * YAML text in, a plain value with a position for every pointer out.
 *
 * The reading is YAML 1.2 with merge keys. What YAML 1.1 readers (Ansible, PyYAML) would take for
 * another number is refused; what they would take for another type is left to the schema, which
 * knows the type that is meant.
 */

import {
  isMap,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';
import type { InputFile, Issue, Position } from '../model/issue.ts';
import { createLocate } from './locate.ts';

export interface ParsedInput {
  readonly file: InputFile;
  /** The root mapping without unset keys, or `null` when the text cannot be read. */
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly issues: readonly Issue[];
  readonly locate: (pointer: string, part?: 'key' | 'value') => Position;
}

/** A 10 000 node file is about 5 MB. */
const MAX_BYTES = 10 * 1024 * 1024;

/** How often aliases may be expanded: far beyond any real file, far below an expansion attack. */
const MAX_ALIASES = 1000;

const START: Position = { line: 1, column: 1 };

/**
 * @param file which of the two inputs it is: issues name it
 * @param bytes the file as it lies on disk
 * @returns never throws; what cannot be read is an issue
 */
export function parseInput(file: InputFile, bytes: Uint8Array): ParsedInput {
  const fail = (code: string, position: Position, message: string): ParsedInput => ({
    file,
    value: null,
    issues: [{ code, severity: 'error', file, pointer: '', ...position, message }],
    locate: () => position,
  });
  if (bytes.length > MAX_BYTES) {
    return fail('YAML_TOO_LARGE', START, `the file has ${bytes.length} bytes, talmox reads up to ${MAX_BYTES}`);
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  const unreadable = unreadableCharacter(text);
  if (unreadable !== null) return fail(unreadable.code, positionIn(text, unreadable.offset), unreadable.message);
  return parseText(file, text, fail);
}

function parseText(
  file: InputFile,
  text: string,
  fail: (code: string, position: Position, message: string) => ParsedInput,
): ParsedInput {
  const lineCounter = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      merge: true,
      uniqueKeys: true,
      stringKeys: true,
      version: '1.2',
    });
  } catch {
    return fail('YAML_NESTING', START, 'the file nests too deeply to be read');
  }
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings].map((error) => syntaxIssue(file, error, at));
  if (faults.length > 0) return { file, value: null, issues: onePerPlace(faults), locate: () => START };
  if (document.contents === null) return fail('YAML_EMPTY', START, 'the file is empty; `talmox init` writes a start');
  if (!isMap(document.contents)) {
    const found = isSeq(document.contents) ? 'a list' : 'a single value';
    const example = file === 'nodes.yaml' ? 'nodes:' : 'node_cidr: 10.10.10.0/24';
    return fail('YAML_ROOT', at(document.contents.range[0]), `the file holds ${found}, not keys such as ${example}`);
  }
  return readDocument(file, document, at, fail);
}

function readDocument(
  file: InputFile,
  document: Document.Parsed,
  at: (offset: number) => Position,
  fail: (code: string, position: Position, message: string) => ParsedInput,
): ParsedInput {
  const issues = ambiguousNumbers(file, document, at);
  try {
    const value = withoutUnset(document.toJS({ maxAliasCount: MAX_ALIASES }) as Record<string, unknown>);
    return { file, value, issues: [...issues, ...controlCharacters(file, document, at)], locate: createLocate(document, at) };
  } catch (error) {
    if (error instanceof ReferenceError) {
      return fail('YAML_ALIASES', START, `aliases are expanded more than ${MAX_ALIASES} times; write the values out`);
    }
    return fail('YAML_NESTING', START, 'the file nests too deeply to be read');
  }
}

/** The first character that no reader of the outputs would take. */
function unreadableCharacter(text: string): { code: string; offset: number; message: string } | null {
  const replaced = text.indexOf('\uFFFD');
  if (replaced >= 0) {
    return { code: 'YAML_NOT_UTF8', offset: replaced, message: 'this is not UTF-8; save the file as UTF-8' };
  }
  const match = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029\uFEFF]/.exec(text);
  return match === null ? null : { code: 'YAML_CONTROL_CHARACTER', offset: match.index, message: controlMessage(match[0]) };
}

function controlMessage(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `the invisible character U+${code} stands here; delete it`;
}

/** The same characters, written as escapes inside double quotes. */
function controlCharacters(file: InputFile, document: Document.Parsed, at: (offset: number) => Position): Issue[] {
  const issues: Issue[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || node.type !== Scalar.QUOTE_DOUBLE) return;
      const match = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.exec(
        node.value,
      );
      if (match === null) return;
      const position = at(node.range?.[0] ?? 0);
      issues.push(issue('YAML_CONTROL_CHARACTER', file, position, controlMessage(match[0])));
    },
  });
  return issues;
}

const CODES: Readonly<Record<string, readonly [code: string, message: string]>> = {
  DUPLICATE_KEY: ['YAML_DUPLICATE_KEY', 'this key is written twice; keep one'],
  MULTIPLE_DOCS: ['YAML_MULTIPLE_DOCUMENTS', 'a second document starts here; the file holds one'],
  TAB_AS_INDENT: ['YAML_TAB', 'a tab indents this line; YAML takes spaces only'],
  RESOURCE_EXHAUSTION: ['YAML_NESTING', 'values nest too deeply here to be read'],
  TAG_RESOLVE_FAILED: ['YAML_TAG', 'this tag means nothing here; write the plain value'],
};

function syntaxIssue(file: InputFile, error: YAMLError, at: (offset: number) => Position): Issue {
  const [code, message] = CODES[error.code] ?? ['YAML_SYNTAX', error.message.replaceAll(/\s+/g, ' ')];
  return issue(code, file, at(error.pos[0]), message);
}

function issue(code: string, file: InputFile, position: Position, message: string): Issue {
  return { code, severity: 'error', file, pointer: '', ...position, message };
}

/** One mistake often upsets the parser several times in one line. */
function onePerPlace(issues: readonly Issue[]): Issue[] {
  const lines = new Set<number>();
  return issues.filter(({ line }) => !lines.has(line) && lines.add(line));
}

/** `0777` is 777 here and 511 in YAML 1.1; `1e3` is 1000 here and a text there. */
function ambiguousNumbers(file: InputFile, document: Document.Parsed, at: (offset: number) => Position): Issue[] {
  const issues: Issue[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || node.type !== Scalar.PLAIN || typeof node.value !== 'number') return;
      const source = node.source ?? '';
      if (!/^[-+]?0[0-9]+$/.test(source) && !/^[-+]?0o/.test(source) && !/^[-+]?\d+e[-+]?\d+$/i.test(source)) return;
      const position = at(node.range?.[0] ?? 0);
      const message = `${source} means ${node.value} to some readers of YAML and something else to others; write ${node.value}, or "${source}" for text`;
      issues.push(issue('YAML_AMBIGUOUS', file, position, message));
    },
  });
  return issues;
}

/**
 * An empty string or nothing behind an optional key means that it is not set. Exceptions: a label
 * may be empty, and a host without settings is a host.
 */
function withoutUnset(value: Record<string, unknown>, parent = ''): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    if (parent === 'labels') return [[key, child]];
    if (parent === 'hosts' && child === null) return [[key, {}]];
    if (child === null || child === '') return [];
    return [[key, isRecord(child) ? withoutUnset(child, key) : withoutUnsetItems(child)]];
  });
  return Object.fromEntries(entries);
}

function withoutUnsetItems(value: unknown): unknown {
  return Array.isArray(value) ? value.map((item: unknown) => (isRecord(item) ? withoutUnset(item) : item)) : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

