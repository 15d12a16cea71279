/** `comment` and `line`: text on one line, in a comment or in a file without a language. */

import { FilterError, scalarText, type TypedFilter, withoutArgument, withoutControls } from './filter.ts';

/** Text after a comment mark: line breaks, tabs and control characters become single spaces. */
export const comment: TypedFilter = (value, argument) => {
  withoutArgument('comment', argument);
  return scalarText(value, 'a comment')
    .replace(/[\s\u0000-\u001f\u007f-\u009f\ufeff]+/g, ' ')
    .trim();
};

/**
 * The text itself, in a file that has no syntax.
 * @throws FilterError for line breaks, control characters and spaces at the ends
 */
export const line: TypedFilter = (value, argument) => {
  withoutArgument('line', argument);
  const text = withoutControls(scalarText(value, 'a line of text'), 'a line of text');
  if (/[\n\u2028\u2029]/.test(text) || text !== text.trim()) {
    throw new FilterError(`${JSON.stringify(text)} is not one line of text without spaces at its ends`);
  }
  return text;
};
