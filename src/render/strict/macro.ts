/** Macros whose arguments are checked. */

import nunjucksRuntime, { type Macro, type SafeString } from 'nunjucks/src/runtime.js';
import { didYouMean } from '../../model/suggest.ts';
import { FilterError } from '../filters/filter.ts';
import type { Fields } from './lookup.ts';

/** nunjucks' macros, with arguments checked as a function's are. */
export function makeMacro(
  positional: readonly string[],
  named: readonly string[],
  body: (...args: never[]) => SafeString,
): Macro {
  const macro = nunjucksRuntime.makeMacro(positional, named, body);
  const known = new Set([...positional, ...named, 'caller', '__keywords']);
  return (...args) => {
    const last = args.at(-1);
    const keywords =
      typeof last === 'object' && last !== null && Object.hasOwn(last, '__keywords') ? (last as Fields) : {};
    const count = args.length - (keywords === last ? 1 : 0);
    const unknown = Object.keys(keywords).find((name) => !known.has(name));
    if (unknown !== undefined)
      throw new FilterError(`no argument '${unknown}'${didYouMean(unknown, [...positional, ...named])}`);
    if (count > positional.length + named.length)
      throw new FilterError(`${count} arguments for ${positional.length + named.length}`);
    const missing = positional.find((name, index) => index >= count && !Object.hasOwn(keywords, name));
    if (missing !== undefined) throw new FilterError(`argument '${missing}' is missing`);
    return macro(...args);
  };
}
