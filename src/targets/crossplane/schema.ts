/** Structural schemas of Kubernetes, built so that no field lacks a description. */

export type Schema = Readonly<Record<string, unknown>>;

/** A rule in the Common Expression Language that the API server evaluates on every write. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

/** Bounds let the API server estimate what a rule may cost; it refuses rules over unbounded text. */
export function text(description: string, more: Schema = {}): Schema {
  return { type: 'string', description, maxLength: 253, ...more };
}

export function word(description: string, values: readonly string[]): Schema {
  return { type: 'string', description, enum: values };
}

export function integer(description: string, minimum: number, maximum: number): Schema {
  return { type: 'integer', description, minimum, maximum };
}

export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

export function array(description: string, items: Schema, more: Schema = {}): Schema {
  return { type: 'array', description, items, ...more };
}

/** @param rules further demands on the object as a whole */
export function object(
  description: string,
  required: readonly string[],
  properties: Readonly<Record<string, Schema>>,
  rules: readonly Rule[] = [],
): Schema {
  return {
    type: 'object',
    description,
    ...(required.length === 0 ? {} : { required }),
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
    properties,
  };
}

/**
 * The field never changes while the object lives. The provider wraps every VM in Terraform's
 * `prevent_destroy`, so a change that needs a replacement would fail for ever and block all others.
 */
export function immutable(field: string): Rule {
  return {
    rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message: `${field} is immutable: the provider never replaces a VM; delete this object and apply it again`,
  };
}
