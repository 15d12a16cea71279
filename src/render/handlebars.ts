/**
 * Helpers of handlebars-helpers as value filters. Only helpers that give the same value for the same
 * arguments, that no filter of talmox already gives, and that read as what they do; docs/filters.md
 * says why each is in. The library is loaded when a template first uses one.
 */

import { loadHelpers, type Helper, type HelperModules } from 'talmox:helpers';

/** Filter name -> the module of handlebars-helpers that holds the helper of that name. */
const MODULE_OF: Readonly<Record<string, keyof HelperModules>> = {
  camelcase: 'string',
  pascalcase: 'string',
  snakecase: 'string',
  dashcase: 'string',
  dotcase: 'string',
  pathcase: 'string',
  titleize: 'string',
  plusify: 'string',
  inflect: 'inflection',
  ordinalize: 'inflection',
  bytes: 'number',
  addCommas: 'number',
  toFixed: 'number',
  unique: 'array',
  pluck: 'array',
  itemAt: 'array',
  isEmpty: 'collection',
  basename: 'path',
  dirname: 'path',
  extname: 'path',
  stem: 'path',
  stripProtocol: 'url',
  urlParse: 'url',
};

export const helperNames: readonly string[] = Object.keys(MODULE_OF);

const adapted = new Map<string, (...args: readonly unknown[]) => unknown>();

/**
 * A helper as a filter.
 * @returns `null` for a name that is not in the list
 */
export function helperFilter(name: string): ((...args: readonly unknown[]) => unknown) | null {
  const known = adapted.get(name);
  if (known !== undefined) return known;
  const module = Object.hasOwn(MODULE_OF, name) ? MODULE_OF[name] : undefined;
  const helper = module === undefined ? undefined : loadHelpers()[module][name];
  if (helper === undefined) return null;
  const filter = adapt(helper);
  adapted.set(name, filter);
  return filter;
}

/** Handlebars calls a helper with an options object last; block helpers answer through its two functions. */
function adapt(helper: Helper): (...args: readonly unknown[]) => unknown {
  return (...args) =>
    helper.call({}, ...args, { hash: {}, data: {}, fn: () => true, inverse: () => false });
}
