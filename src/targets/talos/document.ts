/** Talos configuration documents as values. */

export type Document = Readonly<Record<string, unknown>>;

/** A document of a kind of its own, named where its kind has names. */
export function document(kind: string, fields: Document): Document {
  return { apiVersion: 'v1alpha1', kind, ...fields };
}

/** Removes a document that Talos generates. */
export function deletion(kind: string): Document {
  return { apiVersion: 'v1alpha1', kind, $patch: 'delete' };
}
