/**
 * What compiled templates call. Every function that can fail gets the position of the expression it
 * stands for, and fails with a RenderError that names it.
 */

import nunjucksRuntime, { type Frame, type Macro, type SafeString } from 'nunjucks/src/runtime.js';
import { RenderError } from '../../model/errors.ts';
import { didYouMean } from '../../model/suggest.ts';
import { FilterError, kindOf, type RenderState } from '../filters/filter.ts';
import { typedFilters } from '../filters/index.ts';
import { valueFilters } from '../filters/value.ts';
import { helperFilter } from '../handlebars.ts';
import { tests } from './names.ts';
import * as operators from './operators.ts';

type Fields = Readonly<Record<string, unknown>>;
type Scope = Frame<unknown>;

/** A compiled template. */
export type Root = (env: TemplateHost, context: Context, frame: Scope, runtime: typeof strictRuntime) => string;

/** What a template sees of the renderer. */
export interface TemplateHost {
  readonly state: RenderState;
  /** The template of that name, `null` when there is none. */
  load(name: string): Root | null;
  readonly names: readonly string[];
}

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

/** Runs a compiled template on its own. */
export function runTemplate(host: TemplateHost, root: Root, values: Fields): string {
  return root(host, new Context(values), topFrame(), strictRuntime);
}

function topFrame(parent?: Scope): Scope {
  const frame = parent === undefined ? new nunjucksRuntime.Frame<unknown>() : parent.push(true);
  frame.topLevel = true;
  return frame;
}

/** Includes and macros deeper than this include or call themselves. */
const MAX_DEPTH = 64;
let depth = 0;

function nested<T>(run: () => T, file: string, line: number, column: number): T {
  if (depth >= MAX_DEPTH) throw new RenderError(file, line, column, 'templates include or call each other without end');
  depth += 1;
  try {
    return run();
  } finally {
    depth -= 1;
  }
}

/** Adds a position to what a filter, an operator or a macro refuses. */
function at<T>(run: () => T, prefix: string, file: string, line: number, column: number): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RenderError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new RenderError(file, line, column, prefix + message, { cause: error });
  }
}

const globals: Fields = { range };

function range(...bounds: readonly number[]): readonly number[] {
  const [start = 0, stop = 0, step = 1] = bounds.length === 1 ? [0, bounds[0]] : bounds;
  const length = Math.ceil((stop - start) / step);
  if (!Number.isInteger(length) || length > 1_000_000) throw new FilterError('range() takes one to three whole numbers');
  return Array.from({ length: Math.max(0, length) }, (_, index) => start + index * step);
}

function find(context: Context, frame: Scope, name: string): unknown {
  const local = frame.lookup(name);
  if (local !== undefined) return local;
  const value = context.lookup(name);
  return value === undefined && Object.hasOwn(globals, name) ? globals[name] : value;
}

function symbol(context: Context, frame: Scope, name: string, file: string, line: number, column: number): unknown {
  const value = find(context, frame, name);
  if (value !== undefined) return value;
  const known = Object.keys(context.variables());
  for (let scope: Scope | undefined = frame; scope !== undefined; scope = scope.parent) known.push(...Object.keys(scope.variables));
  throw new RenderError(file, line, column, `'${name}' is undefined${didYouMean(name, known)}`);
}

function maybeMember(target: unknown, key: unknown): unknown {
  if (Array.isArray(target)) return typeof key === 'number' ? (target as unknown[]).at(key) : undefined;
  if (typeof target !== 'object' || target === null || typeof key !== 'string') return undefined;
  return Object.hasOwn(target, key) ? (target as Fields)[key] : undefined;
}

function member(target: unknown, key: unknown, path: string | null, file: string, line: number, column: number): unknown {
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

function filter(
  host: TemplateHost,
  name: string,
  args: readonly unknown[],
  file: string,
  line: number,
  column: number,
): unknown {
  return at(() => applyFilter(host, name, args), '', file, line, column);
}

function applyFilter(host: TemplateHost, name: string, args: readonly unknown[]): unknown {
  const [first, ...rest] = args;
  const value = first instanceof nunjucksRuntime.SafeString ? first.val : first;
  if (Object.hasOwn(typedFilters, name)) {
    if (rest.length > 1) throw new FilterError(`'${name}' takes at most one argument`);
    return typedFilters[name as keyof typeof typedFilters](value, rest[0], host.state);
  }
  if (value === null && name !== 'default' && name !== 'isEmpty') throw new FilterError(`'${name}' was given null`);
  const valueFilter = Object.hasOwn(valueFilters, name) ? valueFilters[name] : helperFilter(name);
  const result = valueFilter?.(value, ...rest);
  if (result === undefined) throw new FilterError(`'${name}' gives no value for ${kindOf(value)}`);
  return result;
}

function test(
  name: string,
  value: unknown,
  args: readonly unknown[],
  file: string,
  line: number,
  column: number,
): boolean {
  return at(() => tests[name]?.(value, args[0]) ?? false, '', file, line, column);
}

function call(callee: unknown, name: string | null, args: readonly unknown[], file: string, line: number, column: number): unknown {
  if (typeof callee !== 'function') {
    throw new RenderError(file, line, column, `${name ?? 'this value'} is ${kindOf(callee)} and cannot be called`);
  }
  const macro = callee as (...args: readonly unknown[]) => unknown;
  return nested(() => at(() => macro(...args), `${name ?? 'macro'}: `, file, line, column), file, line, column);
}

/** The text of a macro, whose own expressions ended in typed filters. */
function macroText(value: unknown, name: string | null, hint: string, file: string, line: number, column: number): string {
  if (value instanceof nunjucksRuntime.SafeString) return value.val;
  throw new RenderError(file, line, column, `${name ?? 'this call'} is printed without a typed filter; end it in ${hint}`);
}

/** nunjucks' macros, with arguments checked as a function's are. */
function makeMacro(
  positional: readonly string[],
  named: readonly string[],
  body: (...args: never[]) => SafeString,
): Macro {
  const macro = nunjucksRuntime.makeMacro(positional, named, body);
  const known = new Set([...positional, ...named, 'caller', '__keywords']);
  return (...args) => {
    const last = args.at(-1);
    const keywords = typeof last === 'object' && last !== null && Object.hasOwn(last, '__keywords') ? (last as Fields) : {};
    const count = args.length - (keywords === last ? 1 : 0);
    const unknown = Object.keys(keywords).find((name) => !known.has(name));
    if (unknown !== undefined) throw new FilterError(`no argument '${unknown}'${didYouMean(unknown, [...positional, ...named])}`);
    if (count > positional.length + named.length) throw new FilterError(`${count} arguments for ${positional.length + named.length}`);
    const missing = positional.find((name, index) => index >= count && !Object.hasOwn(keywords, name));
    if (missing !== undefined) throw new FilterError(`argument '${missing}' is missing`);
    return macro(...args);
  };
}

/** What a loop runs over: the items of a list, or the entries of a mapping. */
function items(
  value: unknown,
  names: number,
  path: string | null,
  file: string,
  line: number,
  column: number,
): readonly unknown[] {
  const subject = path === null ? 'this value' : `'${path}'`;
  const fail = (message: string): never => {
    throw new RenderError(file, line, column, `${subject} ${message}`);
  };
  if (Array.isArray(value)) {
    const odd = names === 1 ? -1 : value.findIndex((item) => !Array.isArray(item) || item.length !== names);
    return odd === -1 ? value : fail(`is a list whose item ${odd} is not a list of ${names}`);
  }
  if (typeof value !== 'object' || value === null) return fail(`is ${kindOf(value)}; a loop needs a list or a mapping`);
  if (names !== 2) return fail('is a mapping; a loop over it binds two names: for key, value in ...');
  return Object.entries(value);
}

/** What a template reads as `loop`. */
class Loop {
  readonly length: number;
  index = 0;
  index0 = -1;
  revindex = 0;
  revindex0 = 0;
  first = true;
  last = false;

  constructor(length: number) {
    this.length = length;
  }

  step(index: number): void {
    this.index = index + 1;
    this.index0 = index;
    this.revindex = this.length - index;
    this.revindex0 = this.revindex - 1;
    this.first = index === 0;
    this.last = index === this.length - 1;
  }
}

function loadTemplate(host: TemplateHost, name: unknown, file: string, line: number, column: number): Root {
  const root = typeof name === 'string' ? host.load(name) : null;
  if (root !== null) return root;
  const hint = typeof name === 'string' ? didYouMean(name, host.names) : '';
  throw new RenderError(file, line, column, `no template '${String(name)}'${hint}`);
}

function include(
  host: TemplateHost,
  context: Context,
  frame: Scope,
  name: unknown,
  ignoreMissing: boolean,
  file: string,
  line: number,
  column: number,
): string {
  if (ignoreMissing && (typeof name !== 'string' || host.load(name) === null)) return '';
  const root = loadTemplate(host, name, file, line, column);
  const run = (): string => root(host, new Context(context.variables()), topFrame(frame), strictRuntime);
  return nested(run, file, line, column);
}

/** The macros and variables of another template; without context it sees nothing of this one's. */
function importFrom(
  host: TemplateHost,
  context: Context | null,
  name: unknown,
  file: string,
  line: number,
  column: number,
): Fields {
  const root = loadTemplate(host, name, file, line, column);
  const own = new Context(context?.variables() ?? {});
  nested(() => root(host, own, topFrame(), strictRuntime), file, line, column);
  return own.exports();
}

function positioned<A extends readonly unknown[], R>(run: (...args: A) => R) {
  return (...args: [...A, string, number, number]): R => {
    const [file, line, column] = args.slice(-3) as [string, number, number];
    return at(() => run(...(args.slice(0, -3) as unknown as A)), '', file, line, column);
  };
}

export const strictRuntime = {
  Frame: nunjucksRuntime.Frame,
  SafeString: nunjucksRuntime.SafeString,
  makeKeywordArgs: (values: Record<string, unknown>) => nunjucksRuntime.makeKeywordArgs(values),
  makeMacro,
  find,
  symbol,
  maybeMember,
  member,
  filter,
  test,
  call,
  macroText,
  items,
  loop: (length: number) => new Loop(length),
  include,
  importFrom,
  truthy: operators.truthy,
  or: (left: unknown, right: () => unknown) => (operators.truthy(left) ? left : right()),
  and: (left: unknown, right: () => unknown) => (operators.truthy(left) ? right() : left),
  compare: positioned((operator: string, left: unknown, right: unknown) => operators.compare(operator, left, right)),
  contains: positioned((_: string, needle: unknown, haystack: unknown) => operators.contains(needle, haystack)),
  arithmetic: positioned((operator: string, left: unknown, right: unknown) => operators.arithmetic(operator, left, right)),
};
