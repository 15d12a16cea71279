/** Operators of template expressions, with Python's meaning; what they cannot do is an error. */

import nunjucksRuntime from 'nunjucks/src/runtime.js';
import { FilterError, kindOf } from '../filters/filter.ts';

/** Empty strings, lists and mappings, zero, null and false are false. */
export function truthy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value);
  if (value instanceof nunjucksRuntime.SafeString) return value.val !== '';
  if (Array.isArray(value)) return value.length > 0;
  return Object.keys(value).length > 0;
}

/** By value, through lists and mappings. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal((left as Fields)[key], (right as Fields)[key]))
  );
}

type Fields = Readonly<Record<string, unknown>>;

export function compare(operator: string, left: unknown, right: unknown): boolean {
  if (operator === '==') return equal(left, right);
  if (operator === '!=') return !equal(left, right);
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) {
    throw new FilterError(`cannot order ${kindOf(left)} and ${kindOf(right)}`);
  }
  const [a, b] = [left, right as number | string];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

/** `needle in haystack`: an item of a list, a key of a mapping, a part of a string. */
export function contains(needle: unknown, haystack: unknown): boolean {
  if (Array.isArray(haystack)) return haystack.some((item) => equal(item, needle));
  if (typeof haystack === 'string' && typeof needle === 'string') return haystack.includes(needle);
  if (typeof haystack === 'object' && haystack !== null)
    return typeof needle === 'string' && Object.hasOwn(haystack, needle);
  throw new FilterError(`cannot look for ${kindOf(needle)} in ${kindOf(haystack)}`);
}

export function arithmetic(operator: string, left: unknown, right: unknown): unknown {
  if (operator === '~') return scalar(left) + scalar(right);
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (operator === '+' && Array.isArray(left) && Array.isArray(right))
    return [...(left as unknown[]), ...(right as unknown[])];
  if (typeof left !== 'number' || typeof right !== 'number') {
    throw new FilterError(`'${operator}' does not take ${kindOf(left)} and ${kindOf(right)}`);
  }
  const result = calculate(operator, left, right);
  if (!Number.isFinite(result)) throw new FilterError(`${left} ${operator} ${right} is no number`);
  return result;
}

function scalar(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof nunjucksRuntime.SafeString) return value.val;
  throw new FilterError(`'~' joins text and numbers, not ${kindOf(value)}`);
}

/** Division and remainder round towards minus infinity, as in Python. */
function calculate(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '//':
      return Math.floor(left / right);
    case '%':
      return left - right * Math.floor(left / right);
    default:
      return left ** right;
  }
}
