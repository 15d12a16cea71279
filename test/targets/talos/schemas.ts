/** What each release of Talos takes for a configuration document. */

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/validation.ts';
// @ts-expect-error A maintenance script: JavaScript without declarations.
import * as distiller from '../../../src/build/distil-talos-schema.mjs';
import type { Document } from '../../../src/targets/talos/document.ts';

type Json = Readonly<Record<string, unknown>>;

/** Distilled from the JSON Schemas by src/build/distil-talos-schema.mjs. */
export interface Facts {
  readonly releases: readonly string[];
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, readonly { readonly releases: readonly string[]; readonly schema: Json }[]>>;
}

export const FACTS = JSON.parse(readFileSync(join(ROOT, 'test/facts/talos-documents.json'), 'utf8')) as Facts;

const MAIN = 'v1alpha1.Config';

/** The releases' own schemas, where they lie beside the repository. */
const FILES: Readonly<Record<string, string>> = {
  '1.12': 'config-v1.12.0.schema.json',
  '1.13': 'config-v1.13.9.schema.json',
  '1.14': 'config-v1.14.0-rc.1.schema.json',
};
export const schemaFile = (release: string): string => join(ROOT, '../shared/data/talos', FILES[release] ?? '');
export const hasSchemas = FACTS.releases.every((release) => existsSync(schemaFile(release)));

/** Says what a release finds wrong with a document. */
export type Check = (document: Document) => string[];

/** @param origin `facts`, or `schemas` when they are there */
export function checkOf(release: string, origin: 'facts' | 'schemas'): Check {
  const schema = {
    $defs:
      origin === 'facts'
        ? fromFacts(release)
        : {
            ...(JSON.parse(readFileSync(schemaFile(release), 'utf8')) as { $defs: Json }).$defs,
            ...(distiller.REAL_TYPES as Json),
          },
  };
  // The formats are Go's own types, and the fields that hold them are checked by Talos itself.
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  ajv.addSchema(schema, 'talos');
  const compiled = new Map<string, ValidateFunction>();
  return (document) => {
    const kind = document['kind'] === undefined ? MAIN : FACTS.kinds[document['kind'] as string];
    if (kind === undefined || !(kind in schema.$defs))
      return [`kind ${document['kind'] as string} is unknown in ${release}`];
    const validate = compiled.get(kind) ?? ajv.compile({ $ref: `talos#/$defs/${kind}` });
    compiled.set(kind, validate);
    const plain = withoutDeletions(document);
    if (plain === null || validate(plain)) return [];
    return (validate.errors ?? [])
      .filter((error) => !isMisnamed(error))
      .map(({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`);
  };
}

function fromFacts(release: string): Json {
  const types = Object.entries(FACTS.types).flatMap(([name, variants]) =>
    variants
      .filter(({ releases }) => releases.includes(release))
      .map(({ schema }) => [name, localRefs(schema)] as const),
  );
  return Object.fromEntries(types);
}

function localRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(localRefs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === '$ref' ? `#/$defs/${String(inner)}` : localRefs(inner)]),
  );
}

/** Talos' schemas call it UnattendedInstall. */
function isMisnamed({ instancePath, keyword, params }: ErrorObject): boolean {
  return (
    instancePath === '/kind' &&
    keyword === 'enum' &&
    String((params as { allowedValues: string[] }).allowedValues[0]) === 'UnattendedInstall'
  );
}

/** `$patch: delete` is Talos' own and in no schema. @returns `null` when nothing else is left */
function withoutDeletions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ((value as Json)['$patch'] === 'delete') return null;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, withoutDeletions(inner)] as const)
    .filter(([key, inner]) => inner !== null || (value as Json)[key] === null);
  return Object.fromEntries(kept);
}
