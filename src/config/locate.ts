/** Finds the line and column of an RFC 6901 pointer in a parsed document. */

import { isAlias, isMap, isPair, isSeq, type Alias, type Node, type Pair } from 'yaml';
import type { PlacePart, Position } from '../model/issue.ts';
import { pointerKeys } from '../model/pointer.ts';
import { isMergeKey, keyText } from './tree.ts';

export type LocateIn = (pointer: string, part?: PlacePart) => Position;

interface Place {
  /** The pair a key belongs to, where the place is the value of a key. */
  readonly pair: Pair | null;
  readonly node: Node | null;
  /** The first alias on the way. */
  readonly alias: Node | null;
}

type Targets = ReadonlyMap<Alias, Node>;

/**
 * @param targets what each alias stands for
 * @param at turns an offset into a position
 * @returns a function that falls back to the nearest ancestor that exists
 */
export function createLocate(root: Node, targets: Targets, at: (offset: number) => Position): LocateIn {
  return (pointer, part = 'value') => {
    let place: Place = { pair: null, node: root, alias: null };
    for (const segment of pointerKeys(pointer)) {
      const next = step(targets, place, segment);
      if (next === null) return at(offsetOf(place, part === 'key' ? 'value' : part));
      place = next;
    }
    return at(offsetOf(place, part));
  };
}

function step(targets: Targets, { node, alias }: Place, segment: string): Place | null {
  const crossed = alias ?? (isAlias(node) ? node : null);
  const target = dereference(targets, node);
  if (isSeq(target)) {
    const item = target.items[Number(segment)] as Node | undefined;
    return item === undefined ? null : { pair: null, node: item, alias: crossed };
  }
  return isMap(target) ? stepIntoMap(targets, target.items, segment, crossed) : null;
}

function stepIntoMap(targets: Targets, items: readonly Pair[], segment: string, alias: Node | null): Place | null {
  const { direct, merges } = indexOf(items);
  const pair = direct.get(segment);
  if (pair !== undefined) return { pair, node: pair.value as Node | null, alias };
  for (const pair of merges) {
    const merged = dereference(targets, pair.value as Node | null);
    const sources = isSeq(merged) ? (merged.items as Node[]) : [pair.value as Node];
    for (const source of sources) {
      const map = dereference(targets, source);
      const found = isMap(map) ? stepIntoMap(targets, map.items, segment, alias ?? source) : null;
      if (found !== null) return found;
    }
  }
  return null;
}

interface Index {
  /** The first pair of every key. */
  readonly direct: ReadonlyMap<string, Pair>;
  readonly merges: readonly Pair[];
}

const indexes = new WeakMap<readonly Pair[], Index>();

/** Looked up once per mapping: a mapping of many keys may have many faults. */
function indexOf(items: readonly Pair[]): Index {
  const known = indexes.get(items);
  if (known !== undefined) return known;
  const index: Index = {
    direct: new Map(
      items
        .filter((pair) => !isMergeKey(pair))
        .map((pair) => [keyText(pair), pair] as const)
        .reverse(),
    ),
    merges: items.filter(isMergeKey),
  };
  indexes.set(items, index);
  return index;
}

function dereference(targets: Targets, node: Node | null): Node | null {
  return isAlias(node) ? (targets.get(node) ?? null) : node;
}

function offsetOf({ pair, node, alias }: Place, part: PlacePart): number {
  if (part === 'use' && alias !== null) return alias.range?.[0] ?? 0;
  const keyRange = isPair(pair) ? (pair.key as Node | null)?.range : undefined;
  // A key without a value has an empty node behind the colon: the key is the better place.
  const empty = node?.range !== undefined && node.range !== null && node.range[0] === node.range[1];
  const range = part === 'key' || node === null || empty ? (keyRange ?? node?.range) : (node.range ?? keyRange);
  return range?.[0] ?? 0;
}
