/** Every place of the inputs that takes a value, by their schemas. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './validation.ts';

/** What the schemas of the inputs are made of. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

export type Path = readonly (string | number)[];

export interface SchemaLeaf {
  /** In a file that holds this place: one entry of each list, the key `x` of each free mapping. */
  readonly path: Path;
  readonly format: string | undefined;
}

/** The places of an input that hold no list and no mapping, unless the schema lets anything be in it. */
export function schemaLeaves(file: 'cluster' | 'nodes'): SchemaLeaf[] {
  return [...leaves(JSON.parse(readFileSync(join(ROOT, `schemas/${file}.schema.json`), 'utf8')) as Schema, [])];
}

function* leaves(schema: Schema, path: Path): Generator<SchemaLeaf> {
  const { type, format, properties = {}, additionalProperties, items } = schema;
  for (const [key, value] of Object.entries(properties)) yield* leaves(value, [...path, key]);
  if (items !== undefined) yield* leaves(items, [...path, 0]);
  if (typeof additionalProperties === 'object') yield* leaves(additionalProperties, [...path, 'x']);
  else if (type === 'object' && additionalProperties !== false && path.length > 0)
    yield { path: [...path, 'x'], format: undefined };
  if (type !== 'object' && items === undefined) yield { path, format };
}

/** @returns a copy of a document with a value at a place; what stands in the way of it is replaced */
export function withValue(document: unknown, path: Path, value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof first === 'number') {
    const list: unknown[] = Array.isArray(document) ? [...(document as unknown[])] : [];
    list[first] = withValue(list[first], rest, value);
    return list;
  }
  const mapping = typeof document === 'object' && !Array.isArray(document) ? (document as Record<string, unknown>) : {};
  return { ...mapping, [first]: withValue(mapping[first], rest, value) };
}
