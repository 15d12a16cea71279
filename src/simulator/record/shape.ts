/** The shape of an answer: its keys and JSON types, without a single value. */

/** `string`, `integer|string`, a list of one shape, or keys with shapes. */
export type Shape = string | readonly [Shape] | readonly [] | { readonly [key: string]: Shape };

export function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) {
    const [first, ...rest] = value.map(shapeOf);
    return first === undefined ? [] : [rest.reduce(merged, first)];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, shapeOf(item)]),
    );
  }
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return value === null ? 'null' : typeof value;
}

/** What both shapes allow: keys of either, types of either. */
export function merged(a: Shape, b: Shape): Shape {
  if (typeof a === 'string' && typeof b === 'string')
    return [...new Set([...a.split('|'), ...b.split('|')])].sort().join('|');
  if (isList(a) && isList(b)) return a[0] === undefined ? b : b[0] === undefined ? a : [merged(a[0], b[0])];
  if (typeof a === 'object' && typeof b === 'object' && !isList(a) && !isList(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return Object.fromEntries(
      keys.map((key) => [
        key,
        a[key] === undefined ? (b[key] ?? 'null') : b[key] === undefined ? a[key] : merged(a[key], b[key]),
      ]),
    );
  }
  return [kind(a), kind(b)].sort().join('|');
}

/** Where both have a key and its JSON types have nothing in common. */
export interface Contradiction {
  /** `data[].cpu` */
  readonly path: string;
  readonly host: string;
  readonly simulator: string;
}

/** Keys that only one of them has are no contradiction: hosts differ in what they hold. */
export function contradictions(host: Shape, simulator: Shape, path = 'data'): Contradiction[] {
  if (isList(host) && isList(simulator)) {
    return host[0] === undefined || simulator[0] === undefined
      ? []
      : contradictions(host[0], simulator[0], `${path}[]`);
  }
  if (typeof host === 'object' && typeof simulator === 'object' && !isList(host) && !isList(simulator)) {
    return Object.entries(host).flatMap(([key, shape]) => {
      const other = simulator[key];
      return other === undefined ? [] : contradictions(shape, other, `${path}.${key}`);
    });
  }
  const [types, others] = [kind(host), kind(simulator)];
  const known = new Set(others.split('|'));
  return types.split('|').some((type) => known.has(type)) ? [] : [{ path, host: types, simulator: others }];
}

function isList(shape: Shape): shape is readonly [Shape] | readonly [] {
  return Array.isArray(shape);
}

function kind(shape: Shape): string {
  return typeof shape === 'string' ? shape : isList(shape) ? 'list' : 'object';
}
