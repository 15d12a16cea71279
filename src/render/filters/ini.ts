/** `ini`: a value of an INI file as Python's configparser and Ansible read it. */

import { FilterError, scalarText, type TypedFilter, withoutArgument, withoutControls } from './filter.ts';

/**
 * The value as it is, for INI has no quoting that every reader shares.
 * @throws FilterError for what would be read as something else: line breaks, spaces at the ends,
 *   comment marks (`ansible.cfg` starts a comment at ` ;`), a pair of quotes (Ansible removes it),
 *   and `%` (configparser's interpolation)
 */
export const ini: TypedFilter = (value, argument) => {
  withoutArgument('ini', argument);
  const text = withoutControls(scalarText(value, 'an INI value'), 'INI');
  const fault = faultOf(text);
  if (fault !== null) throw new FilterError(`INI cannot hold ${JSON.stringify(text)}: ${fault}`);
  return text;
};

function faultOf(text: string): string | null {
  if (/[\n\u2028\u2029]/.test(text)) return 'a value is one line';
  if (text !== text.trim()) return 'spaces at the ends are lost';
  if (/^[#;[]|\s[#;]/.test(text)) return 'it would start a comment or a section';
  if (/^(["']).*\1$/.test(text)) return 'readers remove the quotes';
  if (text.includes('%')) return 'readers interpolate %';
  return null;
}
