/** `sh`: a value as one word of a POSIX shell. */

import { scalarText, type TypedFilter, withoutArgument, withoutControls } from './filter.ts';

/** Reserved words of POSIX sh; unquoted at the start of a command they would not be words. */
const RESERVED = new Set('case do done elif else esac fi for if in then until while function select time'.split(' '));

/**
 * The word, quoted unless it is harmless. A space before a line break inside quotes is followed by a
 * closing and an opening quote, so that no line of the output ends in a space.
 */
export const sh: TypedFilter = (value, argument) => {
  withoutArgument('sh', argument);
  const text = withoutControls(scalarText(value, 'one word of shell'), 'shell text');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text) && !RESERVED.has(text)) return text;
  return `'${text.replaceAll("'", "'\\''").replace(/([ \t])(?=\n)/g, "$1''")}'`;
};
