/**
 * Reads the composed nodes of a YAML document as plain values, in one walk that is linear in the
 * size of the document, and says what in it has no plain value.
 */

import { isAlias, isMap, isScalar, isSeq, Scalar, type Alias, type Node, type Pair, type YAMLMap } from 'yaml';
import { isRecord } from '../model/record.ts';
import type { InputCode } from './codes.ts';
import { shownKey } from './expectation.ts';

export interface Fault {
  readonly code: InputCode;
  /** Where in the text. */
  readonly offset: number;
  readonly message: string;
}

export interface Tree {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/**
 * How many values all aliases together may stand for: a thousand nodes that share fifty values are
 * far below it, an expansion attack is far above.
 */
const MAX_EXPANDED = 200_000;

/** Levels below a top-level key: far more than any input has, and far fewer than a call stack holds. */
const MAX_DEPTH = 100;

/** What a tag may say: the types that YAML, JSON and the schemas share. */
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/** No output language carries these safely; the last two alternatives are half characters. */
const CONTROL =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** `0777` is 777 here and 511 in YAML 1.1; `1e3` is 1000 here and a text there. */
const AMBIGUOUS = /^[-+]?(?:0[0-9]+$|0o|(?:\d+\.?\d*|\.\d+)e)/i;

interface Anchored {
  readonly node: Node;
  /** Values it holds, itself included; 0 while it is being read. */
  size: number;
  value: unknown;
}

/**
 * @param foreign whether a top-level key belongs to somebody else: what its values look like is then
 * nobody's business here, unless an alias carries them elsewhere
 * @param lineOf 1-based line of an offset
 */
export function readTree(root: Node, foreign: (key: string) => boolean, lineOf: (offset: number) => number): Tree {
  const reader = new TreeReader(root, foreign, lineOf);
  const value = reader.read(root);
  return { value: reader.isUnreadable ? null : value, faults: reader.faults(), targets: reader.targets };
}

class TreeReader {
  readonly targets = new Map<Alias, Node>();
  readonly #root: Node;
  readonly #foreign: (key: string) => boolean;
  readonly #lineOf: (offset: number) => number;
  readonly #anchors = new Map<string, Anchored>();
  readonly #faults: Fault[] = [];
  /** Faults below foreign keys, and the text that aliases elsewhere carry out of there. */
  readonly #foreignFaults: Fault[] = [];
  readonly #carriedOut: (readonly [from: number, to: number])[] = [];
  #isForeign = false;
  #topLevel = 0;
  #depth = 0;
  #isTooDeep = false;
  #count = 0;
  #expanded = 0;

  constructor(root: Node, foreign: (key: string) => boolean, lineOf: (offset: number) => number) {
    this.#root = root;
    this.#foreign = foreign;
    this.#lineOf = lineOf;
  }

  get isUnreadable(): boolean {
    return this.#isTooDeep || this.#expanded > MAX_EXPANDED;
  }

  faults(): Fault[] {
    const carried = this.#foreignFaults.filter(({ offset }) =>
      this.#carriedOut.some(([from, to]) => offset >= from && offset < to),
    );
    return [...this.#faults, ...carried];
  }

  read(node: Node | null): unknown {
    if (node === null || this.isUnreadable) return null;
    if (isAlias(node)) return this.#alias(node);
    this.#checkTag(node);
    const { anchor } = node as { readonly anchor?: string };
    if (anchor === undefined) return this.#plain(node);
    const anchored: Anchored = { node, size: 0, value: null };
    this.#anchors.set(anchor, anchored);
    const before = this.#count;
    anchored.value = this.#plain(node);
    anchored.size = this.#count - before;
    return anchored.value;
  }

  #plain(node: Node): unknown {
    this.#count += 1;
    if (isScalar(node)) return this.#scalar(node);
    if (this.#depth > MAX_DEPTH) {
      this.#isTooDeep = true;
      this.#faults.push({ code: 'YAML_NESTING', offset: this.#topLevel, message: NESTING_MESSAGE });
      return null;
    }
    this.#depth += 1;
    const value = isMap(node)
      ? this.#map(node)
      : isSeq(node)
        ? node.items.map((item) => this.read(item as Node | null))
        : null;
    this.#depth -= 1;
    return value;
  }

  #alias(node: Alias): unknown {
    const anchored = this.#anchors.get(node.source);
    const offset = start(node);
    if (anchored === undefined) {
      this.#faults.push({
        code: 'YAML_ALIAS_UNKNOWN',
        offset,
        message: `no anchor &${node.source} stands before *${node.source}`,
      });
      return null;
    }
    if (anchored.size === 0) {
      this.#faults.push({
        code: 'YAML_ALIASES',
        offset,
        message: `*${node.source} stands inside the value it names; write the value out`,
      });
      return null;
    }
    this.targets.set(node, anchored.node);
    if (!this.#isForeign && anchored.node.range)
      this.#carriedOut.push([anchored.node.range[0], anchored.node.range[2]]);
    this.#count += anchored.size;
    this.#expanded += anchored.size;
    if (!this.isUnreadable) return anchored.value;
    this.#faults.push({
      code: 'YAML_ALIASES',
      offset,
      message: `aliases stand for more than ${MAX_EXPANDED} values from here on; write the values out`,
    });
    return null;
  }

  /** Own keys win over merged ones, earlier merges over later ones, the first of two equal keys over the second. */
  #map(node: YAMLMap): Record<string, unknown> {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    const places = new Map<string, number>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const key = keyText(pair);
      const first = places.get(key);
      if (first !== undefined) {
        const message = `key ${shownKey(key)} is on line ${this.#lineOf(first)} already; keep one of them`;
        this.#faults.push({ code: 'YAML_DUPLICATE_KEY', offset: start(pair.key), message });
        continue;
      }
      places.set(key, start(pair.key));
      if (isMergeKey(pair)) this.#merge(pair.value, merged);
      else own.set(key, this.#valueOf(node, key, pair));
    }
    for (const [key, value] of merged) if (!own.has(key)) own.set(key, value);
    return Object.fromEntries(own);
  }

  #valueOf(map: YAMLMap, key: string, pair: Pair<Node, Node | null>): unknown {
    if (map !== this.#root) return this.read(pair.value);
    this.#isForeign = this.#foreign(key);
    this.#topLevel = start(pair.key);
    const value = this.read(pair.value);
    this.#isForeign = false;
    return value;
  }

  #merge(source: Node | null, into: Map<string, unknown>): void {
    const target = isAlias(source) ? (this.#anchors.get(source.source)?.node ?? source) : source;
    if (isSeq(target)) {
      if (isAlias(source)) this.read(source);
      for (const item of target.items as (Node | null)[]) this.#mergeOne(item, into);
    } else {
      this.#mergeOne(source, into);
    }
  }

  #mergeOne(source: Node | null, into: Map<string, unknown>): void {
    const value = this.read(source);
    if (isRecord(value)) {
      for (const [key, item] of Object.entries(value)) if (!into.has(key)) into.set(key, item);
    } else if (!isAlias(source) || this.targets.has(source)) {
      this.#faults.push({
        code: 'YAML_MERGE',
        offset: start(source),
        message: '<< merges keys, and this holds none; write *name of a mapping',
      });
    }
  }

  #scalar(node: Scalar): unknown {
    const { value, source = '' } = node;
    if (typeof value === 'number' && node.type === Scalar.PLAIN && AMBIGUOUS.test(source)) {
      const message = `${source} means ${value} to some readers of YAML and something else to others; write ${value}, or "${source}" for text`;
      this.#note({ code: 'YAML_AMBIGUOUS', offset: start(node), message });
    }
    const control = typeof value === 'string' ? CONTROL.exec(value) : null;
    if (control !== null)
      this.#note({ code: 'YAML_CONTROL_CHARACTER', offset: start(node), message: controlMessage(control[0]) });
    // Zero has no sign in any output.
    return value === 0 ? 0 : value;
  }

  #checkTag({ tag, range }: Node): void {
    if (tag === undefined || CORE_TAG.test(tag)) return;
    this.#note({
      code: 'YAML_TAG',
      offset: range?.[0] ?? 0,
      message: `tag ${tag} means nothing here; write the plain value`,
    });
  }

  #note(fault: Fault): void {
    (this.#isForeign ? this.#foreignFaults : this.#faults).push(fault);
  }
}

export const NESTING_MESSAGE = 'values nest too deeply below this key to be read';

/** What to say of a character that cannot be seen. */
export function controlMessage(character: string): string {
  if (character === '\r')
    return 'a carriage return stands here without a line feed; save the file with LF or CRLF line ends';
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `the invisible character U+${code} stands here; delete it`;
}

export function keyText(pair: Pair): string {
  const key = pair.key as { readonly value?: unknown } | null;
  return String(key?.value);
}

/** `<<` without quotes. */
export function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.type === Scalar.PLAIN && pair.key.value === '<<';
}

function start(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}
