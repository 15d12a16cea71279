/**
 * Value filters: small rearrangements inside an expression. They give values, not text of an output,
 * so an expression still ends in a typed filter. Names and meanings are Jinja's.
 */

import { FilterError, kindOf } from './filter.ts';

export type ValueFilter = (value: unknown, ...args: readonly unknown[]) => unknown;

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new FilterError(`expects text, not ${kindOf(value)}`);
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new FilterError(`expects a list, not ${kindOf(value)}`);
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new FilterError(`expects a number, not ${kindOf(value)}`);
}

function ends(value: unknown, index: 0 | -1): unknown {
  const item = typeof value === 'string' ? value.at(index) : list(value).at(index);
  if (item === undefined)
    throw new FilterError(`an empty ${typeof value === 'string' ? 'string' : 'list'} has no item`);
  return item;
}

function length(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new FilterError(`${kindOf(value)} has no length`);
}

/** Numbers by value, text by code unit: the same order on every machine. */
function sort(value: unknown, reverse: unknown = false): unknown {
  const items = [...list(value)];
  const kind = typeof items[0];
  if (items.some((item) => typeof item !== kind) || (items.length > 0 && kind !== 'string' && kind !== 'number')) {
    throw new FilterError('sorts a list of numbers or a list of strings');
  }
  items.sort((a, b) => ((a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0));
  return reverse === true ? items.reverse() : items;
}

function truncate(value: unknown, limit: unknown): string {
  const characters = Array.from(text(value));
  return characters.length <= number(limit)
    ? characters.join('')
    : `${characters.slice(0, number(limit) - 3).join('')}...`;
}

function round(value: unknown, digits: unknown = 0): number {
  const scale = 10 ** number(digits);
  return Math.round(number(value) * scale) / scale;
}

export const valueFilters: Readonly<Record<string, ValueFilter>> = {
  abs: (value) => Math.abs(number(value)),
  capitalize: (value) => text(value).charAt(0).toUpperCase() + text(value).slice(1).toLowerCase(),
  default: (value, fallback) => (value === undefined || value === null ? fallback : value),
  first: (value) => ends(value, 0),
  join: (value, separator = '') => list(value).map(text).join(text(separator)),
  last: (value) => ends(value, -1),
  length,
  lower: (value) => text(value).toLowerCase(),
  replace: (value, from, to) => text(value).replaceAll(text(from), () => text(to)),
  reverse: (value) => (typeof value === 'string' ? Array.from(value).reverse().join('') : [...list(value)].reverse()),
  round,
  sort,
  title: (value) =>
    text(value).replace(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()),
  trim: (value) => text(value).trim(),
  truncate,
  upper: (value) => text(value).toUpperCase(),
};
