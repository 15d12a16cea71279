/** Keys of `cluster.yaml` that no resolved value comes from: `talmox explain` still says what they are. */

import clusterSchema from '../../schemas/cluster.schema.json' with { type: 'json' };
import type { ClusterFile } from '../model/files.gen.ts';
import { isCredentialKey } from './credentials.ts';
import type { Origin, Trace } from './origin.ts';

interface KeySchema {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, KeySchema>>;
}

/** What stands for a credential wherever values are shown. */
const HIDDEN = '(hidden)';

/** @param resolved keys that were explained already */
export function traceUnresolved(file: ClusterFile, resolved: ReadonlySet<string>, trace: Trace): void {
  const root = clusterSchema as KeySchema;
  for (const [key, schema] of Object.entries(root.properties ?? {})) {
    const written = (file as Readonly<Record<string, unknown>>)[key];
    if (schema.properties === undefined) {
      if (!resolved.has(key)) trace(setting(key, `/${key}`, written, schema));
      continue;
    }
    for (const [name, child] of Object.entries(schema.properties)) {
      const value = (written as Readonly<Record<string, unknown>> | undefined)?.[name];
      if (!resolved.has(`${key}.${name}`)) trace(setting(`${key}.${name}`, `/${key}/${name}`, value, child));
    }
  }
}

function setting(key: string, pointer: string, written: unknown, schema: KeySchema): Parameters<Trace>[0] {
  const origin: Origin = { kind: 'file', file: 'cluster.yaml', pointer };
  if (written !== undefined) return { node: null, key, value: isCredentialKey(key) ? HIDDEN : written, origin };
  const value = schema.default ?? null;
  return { node: null, key, value, origin: { kind: 'built-in', reason: value === null ? 'not written' : '' } };
}
