/**
 * What compiled templates call. Every function that can fail gets the position of the expression it
 * stands for, and fails with a RenderError that names it.
 */

import nunjucksRuntime from 'nunjucks/src/runtime.js';
import { RenderError } from '../../model/errors.ts';
import { didYouMean } from '../../model/suggest.ts';
import { FilterError, kindOf, type RenderState } from '../filters/filter.ts';
import { typedFilters } from '../filters/index.ts';
import { valueFilters } from '../filters/value.ts';
import { helperFilter } from '../handlebars.ts';
import { Context, find, maybeMember, member, symbol, type Fields, type Scope } from './lookup.ts';
import { items, Loop } from './loop.ts';
import { makeMacro } from './macro.ts';
import { tests } from './names.ts';
import * as operators from './operators.ts';

/** A compiled template. */
export type Root = (env: TemplateHost, context: Context, frame: Scope, runtime: typeof strictRuntime) => string;

/** What a template sees of the renderer. */
export interface TemplateHost {
  readonly state: RenderState;
  /** The template of that name, `null` when there is none. */
  load(name: string): Root | null;
  readonly names: readonly string[];
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

function call(
  callee: unknown,
  name: string | null,
  args: readonly unknown[],
  file: string,
  line: number,
  column: number,
): unknown {
  if (typeof callee !== 'function') {
    throw new RenderError(file, line, column, `${name ?? 'this value'} is ${kindOf(callee)} and cannot be called`);
  }
  const macro = callee as (...args: readonly unknown[]) => unknown;
  return nested(() => at(() => macro(...args), `${name ?? 'macro'}: `, file, line, column), file, line, column);
}

/** The text of a macro, whose own expressions ended in typed filters. */
function macroText(
  value: unknown,
  name: string | null,
  hint: string,
  file: string,
  line: number,
  column: number,
): string {
  if (value instanceof nunjucksRuntime.SafeString) return value.val;
  throw new RenderError(
    file,
    line,
    column,
    `${name ?? 'this call'} is printed without a typed filter; end it in ${hint}`,
  );
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
  const imported = new Context(context?.variables() ?? {});
  nested(() => root(host, imported, topFrame(), strictRuntime), file, line, column);
  return imported.exports();
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
  arithmetic: positioned((operator: string, left: unknown, right: unknown) =>
    operators.arithmetic(operator, left, right),
  ),
};
