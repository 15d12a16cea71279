/** Says in words what a schema wants. */

/** A schema object as far as messages read it. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly format?: string;
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
