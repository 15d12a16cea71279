/**
 * Helpers of handlebars-helpers as value filters. Only helpers that give the same value for the same
 * arguments, that no filter of talmox replaces, and whose names say what they do; docs/filters.md
 * says why each is in. The library is loaded when a template first uses one.
 */

import { loadHelpers, type Helper, type HelperModules } from 'talmox:helpers';
import { FilterError, kindOf } from './filters/filter.ts';

interface HelperRow {
  /** The module of handlebars-helpers that holds the helper of that name. */
  readonly module: keyof HelperModules;
  /** How many arguments stand in parentheses, at least and at most. */
  readonly takes: readonly [least: number, most: number];
}

/**
 * Filter name -> its helper. The library answers a value of another type, or an argument too few,
 * with an empty string or its own options; here both are errors.
 */
const HELPERS: Readonly<Record<string, HelperRow>> = {
  camelcase: { module: 'string', takes: [0, 0] },
  pascalcase: { module: 'string', takes: [0, 0] },
  snakecase: { module: 'string', takes: [0, 0] },
  dashcase: { module: 'string', takes: [0, 0] },
  dotcase: { module: 'string', takes: [0, 0] },
  pathcase: { module: 'string', takes: [0, 0] },
  titleize: { module: 'string', takes: [0, 0] },
  plusify: { module: 'string', takes: [0, 0] },
  inflect: { module: 'inflection', takes: [2, 3] },
  ordinalize: { module: 'inflection', takes: [0, 0] },
  bytes: { module: 'number', takes: [0, 0] },
  addCommas: { module: 'number', takes: [0, 0] },
  toFixed: { module: 'number', takes: [0, 1] },
  unique: { module: 'array', takes: [0, 0] },
  pluck: { module: 'array', takes: [1, 1] },
  itemAt: { module: 'array', takes: [1, 1] },
  isEmpty: { module: 'collection', takes: [0, 0] },
  basename: { module: 'path', takes: [0, 0] },
  dirname: { module: 'path', takes: [0, 0] },
  extname: { module: 'path', takes: [0, 0] },
  stem: { module: 'path', takes: [0, 0] },
  stripProtocol: { module: 'url', takes: [0, 0] },
  urlParse: { module: 'url', takes: [0, 0] },
};

export const helperNames: readonly string[] = Object.keys(HELPERS);

const adapted = new Map<string, (...args: readonly unknown[]) => unknown>();

/**
 * A helper as a filter.
 * @returns `null` for a name that is not in the list
 */
export function helperFilter(name: string): ((...args: readonly unknown[]) => unknown) | null {
  const known = adapted.get(name);
  if (known !== undefined) return known;
  const row = Object.hasOwn(HELPERS, name) ? HELPERS[name] : undefined;
  const helper = row === undefined ? undefined : loadHelpers()[row.module][name];
  if (row === undefined || helper === undefined) return null;
  const filter = adapt(helper, row);
  adapted.set(name, filter);
  return filter;
}

const EXPECTS: Readonly<Record<keyof HelperModules, readonly [name: string, holds: (value: unknown) => boolean]>> = {
  array: ['a list', Array.isArray],
  collection: ['a list, a mapping or text', (value) => typeof value === 'string' || typeof value === 'object'],
  inflection: ['a number', Number.isFinite],
  number: ['a number', Number.isFinite],
  path: ['text', (value) => typeof value === 'string'],
  string: ['text', (value) => typeof value === 'string'],
  url: ['text', (value) => typeof value === 'string'],
};

/** Handlebars calls a helper with an options object last; block helpers answer through its two functions. */
function adapt(helper: Helper, { module, takes: [least, most] }: HelperRow): (...args: readonly unknown[]) => unknown {
  const [expected, holds] = EXPECTS[module];
  return (value, ...rest) => {
    if (!holds(value)) throw new FilterError(`expects ${expected}, not ${kindOf(value)}`);
    if (rest.length < least || rest.length > most) {
      throw new FilterError(`takes ${least === most ? least : `${least} to ${most}`} argument(s), not ${rest.length}`);
    }
    return helper.call({}, value, ...rest, { hash: {}, data: {}, fn: () => true, inverse: () => false });
  };
}
