/** Values that only YAML knows: what a target marks, and the YAML filter writes as a tag. */

/**
 * A string that Ansible must not evaluate as a Jinja template: written as `!unsafe "..."`.
 * The tag belongs to Ansible; other readers of YAML refuse it.
 */
export class UnsafeText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What opens an expression, a statement or a comment in a Jinja template. */
const JINJA_MARK = /\{[{%#]/;

/**
 * Marks every string in a value that Ansible would evaluate; strings without a Jinja mark, keys and
 * all other values stay as they are. For values that come from the user and go into playbooks,
 * variables or inventories.
 */
export function unsafe(value: unknown): unknown {
  if (typeof value === 'string') return JINJA_MARK.test(value) ? new UnsafeText(value) : value;
  if (Array.isArray(value)) return value.map(unsafe);
  if (typeof value === 'object' && value !== null && !(value instanceof UnsafeText)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unsafe(item)]));
  }
  return value;
}
