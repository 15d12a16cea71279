/** Finds the line and column of an RFC 6901 pointer in a parsed document. */

import { isAlias, isMap, isPair, isSeq, type Document, type Node, type Pair } from 'yaml';
import type { Position } from '../model/issue.ts';

interface Place {
  /** The pair a key belongs to, where the place is the value of a key. */
  readonly pair: Pair | null;
  readonly node: Node | null;
}

/**
 * @param at turns an offset into a position
 * @returns a function that falls back to the nearest ancestor that exists
 */
export function createLocate(
  document: Document.Parsed,
  at: (offset: number) => Position,
): (pointer: string, part?: 'key' | 'value') => Position {
  return (pointer, part = 'value') => {
    const segments = pointer === '' ? [] : pointer.slice(1).split('/').map(unescapeSegment);
    let place: Place = { pair: null, node: document.contents };
    for (const segment of segments) {
      const next = step(document, place.node, segment);
      if (next === null) return at(offsetOf(place, 'value'));
      place = next;
    }
    return at(offsetOf(place, part));
  };
}

function step(document: Document.Parsed, node: Node | null, segment: string): Place | null {
  const target = dereference(document, node);
  if (isSeq(target)) {
    const item = target.items[Number(segment)] as Node | undefined;
    return item === undefined ? null : { pair: null, node: item };
  }
  return isMap(target) ? stepIntoMap(document, target.items, segment) : null;
}

function stepIntoMap(document: Document.Parsed, items: readonly Pair[], segment: string): Place | null {
  for (const pair of items) {
    if (keyText(pair) === segment) return { pair, node: pair.value as Node | null };
  }
  for (const pair of items) {
    if (keyText(pair) !== '<<') continue;
    const merged = dereference(document, pair.value as Node | null);
    const sources = isSeq(merged) ? (merged.items as Node[]) : [merged];
    for (const source of sources) {
      const map = dereference(document, source);
      const found = isMap(map) ? stepIntoMap(document, map.items, segment) : null;
      if (found !== null) return found;
    }
  }
  return null;
}

function dereference(document: Document.Parsed, node: Node | null): Node | null {
  return isAlias(node) ? ((node.resolve(document) as Node | undefined) ?? null) : node;
}

function keyText(pair: Pair): string {
  const key = pair.key as { value?: unknown } | null;
  return String(key?.value);
}

function offsetOf({ pair, node }: Place, part: 'key' | 'value'): number {
  const keyRange = isPair(pair) ? (pair.key as Node | null)?.range : undefined;
  // A key without a value has an empty node behind the colon: the key is the better place.
  const empty = node?.range !== undefined && node.range !== null && node.range[0] === node.range[1];
  const range = part === 'key' || node === null || empty ? (keyRange ?? node?.range) : (node.range ?? keyRange);
  return range?.[0] ?? 0;
}

function unescapeSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A key as a segment of a pointer. */
export function pointerSegment(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
