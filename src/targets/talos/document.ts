/** Talos configuration documents as values. */

export type Document = Readonly<Record<string, unknown>>;

/** The mark by which Talos removes what is there. */
export const DELETE = { $patch: 'delete' } as const;

/** A document of a kind of its own, named where its kind has names. */
export function document(kind: string, fields: Document): Document {
  return { apiVersion: 'v1alpha1', kind, ...fields };
}

/** "off" as a text: YAML 1.1 readers take it for a boolean. */
export function hostname(name: string): Document {
  return document('HostnameConfig', { auto: 'off', hostname: name });
}

/** Removes a document that Talos generates. */
export function deletion(kind: string, name?: string): Document {
  return document(kind, { ...(name === undefined ? {} : { name }), ...DELETE });
}

/** The field, or nothing when it holds nothing. */
export function unlessEmpty(key: string, value: Document | readonly unknown[]): Document {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}
