/**
 * Reads the composed nodes of a YAML document as plain values, in one walk that is linear in the
 * size of the document, and says what in it has no plain value.
 */

import { isAlias, isMap, isScalar, isSeq, Scalar, type Alias, type Node, type Pair, type YAMLMap } from 'yaml';
import { isRecord } from '../model/record.ts';
import { invisibleIn, shown, shownKey } from '../model/shown.ts';
import { olderReading, readingName } from '../model/yaml-reading.ts';
import type { InputCode } from './codes.ts';
import { isCredentialKey } from './credentials.ts';
import { within, type Range } from './ranges.ts';

export interface Fault {
  readonly code: InputCode;
  /** Where in the text. */
  readonly offset: number;
  readonly message: string;
}

export interface Tree {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** What YAML 1.1 reads otherwise: a fault where no schema says more of the same place. */
  readonly doubts: readonly Fault[];
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/**
 * How many values all aliases together may stand for: a thousand nodes that share fifty values are
 * far below it, an expansion attack is far above.
 */
const MAX_EXPANDED = 200_000;

/** The same in characters: as many as a file may have itself. */
const MAX_EXPANDED_CHARACTERS = 10 * 1024 * 1024;

/** PyYAML reads 1024 characters, quotes and escapes among them, before a key ends; no consumer has a key of half of this. */
const MAX_KEY = 400;

/** Levels below a top-level key: far more than any input has, and far fewer than a call stack holds. */
const MAX_DEPTH = 100;

/** What a tag may say: the types that YAML, JSON and the schemas share. */
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/** `0777` is 777 here and 511 in YAML 1.1; `1e3` is 1000 here and a text there. */
const AMBIGUOUS = /^[-+]?(?:0[0-9]+$|0o|(?:\d+\.?\d*|\.\d+)e)/i;

/** A plain scalar of more characters, or without one of these, is the same text to both versions. */
const MAY_DIFFER = /^(?=.{1,100}$)(?:[-+.0-9=<]|[yYnNtTfFoO].{0,4}$)/;

/** Spaces that look like the one between words. */
const ODD_SPACE = /(?! )\p{Zs}/u;

/** A fault of which one message repeats what stands there, and another does not. */
interface Seen extends Fault {
  /** Said where a credential may stand; the message where left out. */
  readonly discreet?: string;
}

interface Anchored {
  readonly node: Node;
  /** Values it holds, itself included; 0 while it is being read. */
  size: number;
  /** Characters of its keys and values. */
  characters: number;
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
  return { value: reader.isUnreadable ? null : value, ...reader.found(), targets: reader.targets };
}

class TreeReader {
  readonly targets = new Map<Alias, Node>();
  readonly #root: Node;
  readonly #isForeignKey: (key: string) => boolean;
  readonly #lineOf: (offset: number) => number;
  readonly #anchors = new Map<string, Anchored>();
  readonly #faults: Seen[] = [];
  readonly #doubts: Seen[] = [];
  /** Faults and doubts below foreign keys, and the text that aliases elsewhere carry out of there. */
  readonly #foreign: { readonly faults: Seen[]; readonly doubts: Seen[] } = { faults: [], doubts: [] };
  readonly #carriedOut: Range[] = [];
  #isForeign = false;
  /** Text below keys of credentials, also through an alias. */
  readonly #credentials: Range[] = [];
  #isCredential = false;
  #topLevel = 0;
  #depth = 0;
  #isTooDeep = false;
  #count = 0;
  #characters = 0;
  #expanded = 0;
  #expandedCharacters = 0;

  constructor(root: Node, foreign: (key: string) => boolean, lineOf: (offset: number) => number) {
    this.#root = root;
    this.#isForeignKey = foreign;
    this.#lineOf = lineOf;
  }

  get isUnreadable(): boolean {
    return this.#isTooDeep || this.#expanded > MAX_EXPANDED || this.#expandedCharacters > MAX_EXPANDED_CHARACTERS;
  }

  found(): { faults: Fault[]; doubts: Fault[] } {
    const [isCarried, isCredential] = [within(this.#carriedOut), within(this.#credentials)];
    const told = (ours: readonly Seen[], foreign: readonly Seen[]): Fault[] =>
      [...ours, ...foreign.filter(({ offset }) => isCarried(offset))].map(({ discreet, ...fault }) =>
        discreet !== undefined && isCredential(fault.offset) ? { ...fault, message: discreet } : fault,
      );
    return {
      faults: told(this.#faults, this.#foreign.faults),
      doubts: told(this.#doubts, this.#foreign.doubts),
    };
  }

  read(node: Node | null): unknown {
    if (node === null || this.isUnreadable) return null;
    if (isAlias(node)) return this.#alias(node);
    this.#checkTag(node);
    const { anchor } = node as { readonly anchor?: string };
    if (anchor === undefined) return this.#plain(node);
    const anchored: Anchored = { node, size: 0, characters: 0, value: null };
    this.#anchors.set(anchor, anchored);
    const [count, characters] = [this.#count, this.#characters];
    anchored.value = this.#plain(node);
    anchored.size = this.#count - count;
    anchored.characters = this.#characters - characters;
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
        message: `no anchor &${shownKey(node.source)} stands before *${shownKey(node.source)}`,
        discreet: 'no anchor of this name stands before this alias; put a text that begins with * in quotes',
      });
      return null;
    }
    if (anchored.size === 0) {
      this.#faults.push({
        code: 'YAML_ALIASES',
        offset,
        message: `*${shownKey(node.source)} stands inside the value it names; write the value out`,
        discreet: 'this alias stands inside the value it names; write the value out',
      });
      return null;
    }
    this.targets.set(node, anchored.node);
    if (!this.#isForeign) this.#carriedOut.push(rangeOf(anchored.node));
    if (this.#isCredential) this.#credentials.push(rangeOf(anchored.node));
    this.#count += anchored.size;
    this.#characters += anchored.characters;
    this.#expanded += anchored.size;
    this.#expandedCharacters += anchored.characters;
    if (!this.isUnreadable) return anchored.value;
    const what = this.#expanded > MAX_EXPANDED ? `${MAX_EXPANDED} values` : `${MAX_EXPANDED_CHARACTERS} characters`;
    this.#faults.push({
      code: 'YAML_ALIASES',
      offset,
      message: `aliases stand for more than ${what} from here on; write the values out`,
    });
    return null;
  }

  /**
   * Keys that are written in the mapping win over merged ones, earlier merges over later ones, the first of two equal
   * keys over the second.
   */
  #map(node: YAMLMap): Record<string, unknown> {
    const written = new Map<string, unknown>();
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
      else if (this.#isReadable(node, key, pair.key)) written.set(key, this.#valueBelow(node, key, pair));
    }
    for (const [key, value] of merged) if (!written.has(key)) written.set(key, value);
    return Object.fromEntries(written);
  }

  /** Says what is wrong with a key. @returns `false` for one that nothing can be made of */
  #isReadable(map: YAMLMap, key: string, node: Node): boolean {
    this.#characters += key.length;
    // Among the keys of cluster.yaml, somebody else's are told apart by their letters alone.
    const note = (fault: Seen): void => {
      if (map === this.#root) this.#faults.push(fault);
      else this.#note(fault);
    };
    if (key.length > MAX_KEY) {
      const message = `the key ${shown(key)} has ${key.length} characters; ${KEY_LENGTH_MESSAGE}`;
      note({ code: 'YAML_KEY_TOO_LONG', offset: start(node), message });
      return false;
    }
    const invisible = invisibleIn(key) ?? ODD_SPACE.exec(key)?.[0];
    if (invisible !== undefined)
      note({ code: 'YAML_CONTROL_CHARACTER', offset: start(node), message: controlMessage(invisible) });
    if (map !== this.#root && isScalar(node)) this.#doubt(node, 'key');
    return invisible === undefined;
  }

  /** Remembers where credentials stand. */
  #valueBelow(map: YAMLMap, key: string, pair: Pair<Node, Node | null>): unknown {
    if (this.#isCredential || !isCredentialKey(key)) return this.#valueOf(map, key, pair);
    this.#isCredential = true;
    if (pair.value !== null) this.#credentials.push(rangeOf(pair.value));
    const value = this.#valueOf(map, key, pair);
    this.#isCredential = false;
    return value;
  }

  #valueOf(map: YAMLMap, key: string, pair: Pair<Node, Node | null>): unknown {
    if (map !== this.#root) return this.read(pair.value);
    this.#isForeign = this.#isForeignKey(key);
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
      this.#note({ code: 'YAML_AMBIGUOUS', offset: start(node), message, discreet: DISCREET_DOUBT });
    } else this.#doubt(node, 'value');
    this.#characters += typeof value === 'string' ? value.length : source.length;
    const invisible = typeof value === 'string' ? invisibleIn(value) : null;
    if (invisible !== null)
      this.#note({ code: 'YAML_CONTROL_CHARACTER', offset: start(node), message: controlMessage(invisible) });
    // Zero has no sign in any output.
    return value === 0 ? 0 : value;
  }

  /** Text that is something else by the older rules, which most tools that read these files too still have. */
  #doubt(node: Scalar, place: 'key' | 'value'): void {
    const { source = '' } = node;
    if (node.type !== Scalar.PLAIN || node.tag !== undefined || !MAY_DIFFER.test(source)) return;
    const older = olderReading(source);
    if (older === null) return;
    const meant = place === 'value' && typeof older.value === 'boolean' ? `${older.value}, or ` : '';
    const message = `${source} is text here and ${readingName(older.value)} to readers of YAML 1.1; write ${meant}"${source}" for text`;
    (this.#isForeign ? this.#foreign.doubts : this.#doubts).push({
      code: 'YAML_AMBIGUOUS',
      offset: start(node),
      message,
      discreet: DISCREET_DOUBT,
    });
  }

  #checkTag({ tag, range }: Node): void {
    if (tag === undefined || CORE_TAG.test(tag)) return;
    const name = /^![\w-]{1,30}$/.test(tag) ? `tag ${tag}` : 'a tag of this kind';
    this.#note({
      code: 'YAML_TAG',
      offset: range?.[0] ?? 0,
      message: `${name} means nothing here; write the plain value`,
      discreet: 'a tag means nothing here; put a text that begins with ! in quotes',
    });
  }

  #note(fault: Seen): void {
    (this.#isForeign ? this.#foreign.faults : this.#faults).push(fault);
  }
}

const DISCREET_DOUBT =
  'what stands here, and is not shown, is something else to other readers of YAML; put it in quotes for text';

export const KEY_LENGTH_MESSAGE = `a key has at most ${MAX_KEY}`;

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

/** Never empty: also where a value is nothing but a tag. */
function rangeOf({ range }: Node): Range {
  return range ? [range[0], Math.max(range[2], range[0] + 1)] : [0, 0];
}
