/** What a name or a member of a value is, and what to say when it is nothing. */

import type { Frame } from 'nunjucks/src/runtime.js';
import { RenderError } from '../../model/errors.ts';
import { didYouMean } from '../../model/suggest.ts';
import { FilterError, kindOf } from '../filters/filter.ts';

export type Fields = Readonly<Record<string, unknown>>;
export type Scope = Frame<unknown>;

/** Variables of one template, and what it exports to an import. */
export class Context {
  readonly #values: Record<string, unknown>;
  readonly #exported: string[] = [];

  constructor(values: Fields) {
    this.#values = { ...values };
  }

  lookup(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  setVariable(name: string, value: unknown): void {
    this.#values[name] = value;
  }

  addExport(name: string): void {
    this.#exported.push(name);
  }

  variables(): Fields {
    return this.#values;
  }

  exports(): Fields {
    return Object.fromEntries(this.#exported.map((name) => [name, this.#values[name]]));
  }
}

const globals: Fields = { range };

function range(...bounds: readonly number[]): readonly number[] {
  const [start = 0, stop = 0, step = 1] = bounds.length === 1 ? [0, bounds[0]] : bounds;
  const length = Math.ceil((stop - start) / step);
  if (!Number.isInteger(length) || length > 1_000_000)
    throw new FilterError('range() takes one to three whole numbers');
  return Array.from({ length: Math.max(0, length) }, (_, index) => start + index * step);
}

export function find(context: Context, frame: Scope, name: string): unknown {
  const local = frame.lookup(name);
  if (local !== undefined) return local;
  const value = context.lookup(name);
  return value === undefined && Object.hasOwn(globals, name) ? globals[name] : value;
}

export function symbol(
  context: Context,
  frame: Scope,
  name: string,
  file: string,
  line: number,
  column: number,
): unknown {
  const value = find(context, frame, name);
  if (value !== undefined) return value;
  const known = Object.keys(context.variables());
  for (let scope: Scope | undefined = frame; scope !== undefined; scope = scope.parent)
    known.push(...Object.keys(scope.variables));
  throw new RenderError(file, line, column, `'${name}' is undefined${didYouMean(name, known)}`);
}

export function maybeMember(target: unknown, key: unknown): unknown {
  if (Array.isArray(target)) return typeof key === 'number' ? (target as unknown[]).at(key) : undefined;
  if (typeof target !== 'object' || target === null || typeof key !== 'string') return undefined;
  return Object.hasOwn(target, key) ? (target as Fields)[key] : undefined;
}

export function member(
  target: unknown,
  key: unknown,
  path: string | null,
  file: string,
  line: number,
  column: number,
): unknown {
  const value = maybeMember(target, key);
  if (value !== undefined) return value;
  const owner = path === null ? 'this value' : `'${path}'`;
  throw new RenderError(file, line, column, memberFault(target, key, path, owner));
}

function memberFault(target: unknown, key: unknown, path: string | null, owner: string): string {
  if (Array.isArray(target)) {
    return typeof key === 'number'
      ? `${owner} has ${target.length} items, and none at ${key}`
      : `${owner} is a list and has no '${String(key)}'`;
  }
  if (typeof target !== 'object' || target === null) return `${owner} is ${kindOf(target)} and has no '${String(key)}'`;
  const name = path === null ? String(key) : `${path}.${String(key)}`;
  return `'${name}' is undefined${didYouMean(String(key), Object.keys(target))}`;
}
