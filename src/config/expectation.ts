/** Says in words what a schema wants. */

/** A schema object as far as messages read it. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly propertyNames?: unknown;
  readonly 'x-message'?: string;
  readonly [keyword: string]: unknown;
}

/** `a whole number from 1 to 64`, `one of ovmf, seabios`, or the schema's own sentence. */
export function expectation(node: SchemaNode): string {
  if (node['x-message'] !== undefined) return node['x-message'];
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${node.minimum === undefined ? '' : ` from ${node.minimum} to ${String(node.maximum)}`}`;
    case 'array':
      return 'a list';
    case 'object':
      return 'a mapping of keys to values';
    case 'string':
      return 'text';
    default:
      return 'something else';
  }
}

/** A value as the user wrote it, short enough for a message. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  // Digits beyond this are not what the file says any more.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'a number that is too large';
  // Pasted in the place of the public one, it must not reach a log.
  if (typeof value === 'string' && /AGE-(?:SECRET-KEY|PLUGIN)-/i.test(value)) return 'a private key of age';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A key in a message: as it is, or quoted where it would not read as one word. */
export function shownKey(key: string): string {
  return /^[\w.:/-]{1,60}$/.test(key) ? key : shown(key);
}
