/** Every name that may stand after `|` and after `is`. */

import { isRecord } from '../../model/record.ts';
import { typedFilters } from '../filters/index.ts';
import { valueFilters } from '../filters/value.ts';
import { helperNames } from '../handlebars.ts';

export const filterNames: readonly string[] = [
  ...Object.keys(typedFilters),
  ...Object.keys(valueFilters),
  ...helperNames,
];

type Test = (value: unknown, argument: unknown) => boolean;

const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);

/** Tests besides `defined` and `undefined`, which the compiler answers itself. */
export const tests: Readonly<Record<string, Test>> = {
  none: (value) => value === null,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  sequence: (value) => Array.isArray(value),
  mapping: isRecord,
  odd: (value) => isWhole(value) && Math.abs(value % 2) === 1,
  even: (value) => isWhole(value) && value % 2 === 0,
  divisibleby: (value, divisor) => isWhole(value) && isWhole(divisor) && divisor !== 0 && value % divisor === 0,
};

export const testNames: readonly string[] = Object.keys(tests);
