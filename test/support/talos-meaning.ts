/** What a machine configuration says, to compare two that were made from other secrets or by other programs. */

import { parseAllDocuments } from 'yaml';

interface Document {
  readonly kind?: string;
  readonly name?: string;
}

const SECRETS = /^(?:token|ca|id|secret|secretboxEncryptionSecret|aescbcEncryptionSecret|serviceAccount|aggregatorCA)$/;

/** By kind and name, without secrets and without what is empty. */
export function meaningOf(text: string): Readonly<Record<string, unknown>> {
  const documents = parseAllDocuments(text)
    .map((document) => document.toJS() as Document | null)
    .filter((document) => document !== null);
  const named = documents.map(
    (document) => [`${document.kind ?? 'main'} ${document.name ?? ''}`, withoutSecrets(document)] as const,
  );
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  // A disk selector always has priority over the disk that `gen config` puts there.
  const overruled = (key: string): boolean => key === 'disk' && 'diskSelector' in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !SECRETS.test(key) && inner !== null && !overruled(key))
      .map(([key, inner]) => [key, withoutSecrets(inner)]),
  );
}
