/**
 * YAML text in, a plain value with a position for every pointer out.
 *
 * The reading is YAML 1.2 with merge keys. What YAML 1.1 readers (Ansible, PyYAML) would take for
 * another number is refused; what they would take for another type is left to the schema, which
 * knows the type that is meant.
 */

import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import type { InputFile, Issue, Position } from '../model/issue.ts';
import { isRecord } from '../model/record.ts';
import type { InputCode } from './codes.ts';
import { CLUSTER_KEYS } from './known-keys.ts';
import { createLocate, type LocateIn } from './locate.ts';
import { syntaxFaults } from './syntax.ts';
import { controlMessage, NESTING_MESSAGE, readTree, type Fault } from './tree.ts';

export interface ParsedInput {
  readonly file: InputFile;
  /** The root mapping without unset keys, or `null` when the text cannot be read. */
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly issues: readonly Issue<InputCode>[];
  /** What readers of YAML 1.1 take for something else: errors wherever nothing else is wrong. */
  readonly doubts: readonly Issue<InputCode>[];
  /** Something is wrong that no line behind the last one mends, unlike a bracket that is not closed. */
  readonly isBroken: boolean;
  readonly locate: LocateIn;
}

/** A 10 000 node file is about 5 MB. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Lines and list entries. Ten thousand nodes with every key have 330 000 lines, and reading as many values as this takes
 * seconds; the settings of a cluster, and those of a hundred applications beside them, are a few thousand.
 */
const MAX_ENTRIES: Readonly<Record<InputFile, number>> = { 'cluster.yaml': 100_000, 'nodes.yaml': 500_000 };

const START: Position = { line: 1, column: 1 };

/**
 * @param file which of the two inputs it is: issues name it
 * @param bytes the file as it lies on disk
 * @returns never throws; what cannot be read is an issue
 */
export function parseInput(file: InputFile, bytes: Uint8Array): ParsedInput {
  const fail = (code: InputCode, position: Position, message: string): ParsedInput => ({
    file,
    value: null,
    issues: [issue(code, file, position, message)],
    doubts: [],
    isBroken: code !== 'YAML_EMPTY',
    locate: () => position,
  });
  if (bytes.length > MAX_BYTES) {
    return fail('YAML_TOO_LARGE', START, `the file has ${bytes.length} bytes, talmox reads up to ${MAX_BYTES}`);
  }
  const text = decode(bytes);
  if (typeof text !== 'string') return fail('YAML_NOT_UTF8', text, 'this is not UTF-8; save the file as UTF-8');
  // Everywhere, also in comments and below keys of others: these change what a line is, or no parser takes them.
  const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029\uFEFF]|\r(?!\n)/.exec(text);
  if (control !== null)
    return fail('YAML_CONTROL_CHARACTER', positionIn(text, control.index), controlMessage(control[0]));
  const entries = entriesIn(text);
  if (entries > MAX_ENTRIES[file]) {
    return fail(
      'YAML_TOO_LARGE',
      START,
      `the file has about ${entries} lines and list entries, talmox reads up to ${MAX_ENTRIES[file]}`,
    );
  }
  return parseText(file, text, fail);
}

/** The text without a byte-order mark, or where it stops being UTF-8. */
function decode(bytes: Uint8Array): string | Position {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes);
    return positionIn(text, text.indexOf('\uFFFD'));
  }
}

/** An upper bound of how much there is to read, before anything is read. */
function entriesIn(text: string): number {
  let entries = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    // Line feed, comma, opening bracket and brace.
    if (code === 0x0a || code === 0x2c || code === 0x5b || code === 0x7b) entries += 1;
  }
  return entries;
}

function parseText(
  file: InputFile,
  text: string,
  fail: (code: InputCode, position: Position, message: string) => ParsedInput,
): ParsedInput {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      prettyErrors: false,
      merge: true,
      // Quadratic in the parser; the tree's reader finds duplicates in passing.
      uniqueKeys: false,
      stringKeys: true,
      version: '1.2',
    });
  } catch {
    return fail('YAML_NESTING', START, NESTING_MESSAGE);
  }
  const at = positionsOf(text);
  const faults = syntaxIssues(file, document, text, at);
  if (faults.issues.length > 0) return { file, value: null, ...faults, doubts: [], locate: () => START };
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return fail('YAML_EMPTY', START, 'the file is empty; `talmox init` writes a start');
  }
  if (!isMap(contents)) {
    const found = isSeq(contents) ? 'a list' : 'a single value';
    const example = file === 'nodes.yaml' ? 'nodes:' : 'node_cidr: 10.10.10.0/24';
    return fail('YAML_ROOT', at(contents.range[0]), `the file holds ${found}, not keys such as ${example}`);
  }
  const isForeign = (key: string): boolean => file === 'cluster.yaml' && !CLUSTER_KEYS.includes(key);
  const tree = readTree(contents, isForeign, (offset) => at(offset).line);
  const toIssue = ({ code, offset, message }: Fault): Issue<InputCode> => issue(code, file, at(offset), message);
  return {
    file,
    value: tree.value === null ? null : withoutUnset(tree.value as Record<string, unknown>),
    issues: tree.faults.map(toIssue),
    doubts: tree.doubts.map(toIssue),
    isBroken: tree.value === null,
    locate: createLocate(contents, tree.targets, at),
  };
}

/** Start of the last line that is not indented: where exactly a parser gives up depends on its stack. */
function topLevelBefore(text: string, offset: number): number {
  const starts = [...text.slice(0, offset).matchAll(/^[^\s#-]/gm)];
  return starts.at(-1)?.index ?? 0;
}

function syntaxIssues(
  file: InputFile,
  document: Document.Parsed,
  text: string,
  at: (offset: number) => Position,
): Pick<ParsedInput, 'issues' | 'isBroken'> {
  // An unknown tag is judged where its value is read.
  const warnings = document.warnings.filter((warning) => warning.code !== 'TAG_RESOLVE_FAILED');
  const errors = [...document.errors, ...warnings];
  const deep = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (deep !== undefined) {
    const position = at(topLevelBefore(text, deep.pos[0]));
    return { issues: [issue('YAML_NESTING', file, position, NESTING_MESSAGE)], isBroken: true };
  }
  const faults = syntaxFaults(document, errors, text);
  const issues = onePerPlace(faults.map(({ code, offset, message }) => issue(code, file, at(offset), message)));
  return { issues, isBroken: faults.some(({ isOpen }) => isOpen !== true) };
}

function issue(code: InputCode, file: InputFile, position: Position, message: string): Issue<InputCode> {
  return { code, severity: 'error', file, pointer: '', ...position, message };
}

/** One mistake often upsets the parser several times in one line. */
function onePerPlace(issues: readonly Issue<InputCode>[]): Issue<InputCode>[] {
  const lines = new Set<number>();
  return issues.filter(({ line }) => !lines.has(line) && lines.add(line));
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

function positionIn(text: string, offset: number): Position {
  return positionsOf(text)(offset);
}

/** Turns offsets into positions. The parser's own counter misses lines in broken text. */
function positionsOf(text: string): (offset: number) => Position {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  return (offset) => {
    const within = Math.min(offset, text.length);
    let [first, last] = [0, starts.length - 1];
    while (first < last) {
      const middle = Math.ceil((first + last) / 2);
      if ((starts[middle] ?? 0) <= within) first = middle;
      else last = middle - 1;
    }
    return { line: first + 1, column: within - (starts[first] ?? 0) + 1 };
  };
}
