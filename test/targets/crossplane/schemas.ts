/** Validation of Kubernetes objects against structural schemas, with unknown fields refused. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

type Schema = Readonly<Record<string, unknown>>;

const CRD_FOLDER = fileURLToPath(new URL('../../../../shared/data/crossplane/', import.meta.url));

/** The CRDs of Crossplane, of the provider and of the function, where this checkout has them beside it. */
export const haveCrds = existsSync(CRD_FOLDER);

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });

/** Problems of an object, as `path message`. */
export type Check = (object: unknown) => string[];

/** `group/version kind` -> check, from every CRD of the folder. */
export function crdChecks(): ReadonlyMap<string, Check> {
  return new Map(
    readdirSync(CRD_FOLDER)
      .map((file) => parse(readFileSync(CRD_FOLDER + file, 'utf8')) as CustomResourceDefinition)
      .flatMap(({ spec }) =>
        spec.versions.map((version): [string, Check] => [
          `${spec.group}/${version.name} ${spec.names.kind}`,
          structuralCheck(version.schema.openAPIV3Schema),
        ]),
      ),
  );
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** Compiled on first use: the provider's schemas are large. */
export function structuralCheck(schema: Schema): Check {
  let validate: ValidateFunction | null = null;
  return (object) => {
    validate ??= ajv.compile(closed(schema, true));
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };
}

/** The schema of a composite resource as Crossplane publishes it: with the machinery's own fields. */
export function compositeCheck(definition: unknown): Check {
  const schema = (definition as { spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] } }).spec.versions[0]
    .schema.openAPIV3Schema;
  const properties = schema['properties'] as Record<string, Schema>;
  const spec = properties['spec'] as { properties: Record<string, Schema> } & Schema;
  const compositionRef = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };
  const crossplane = { type: 'object', properties: { compositionRef } };
  return structuralCheck({
    ...schema,
    properties: { ...properties, spec: { ...spec, properties: { ...spec.properties, crossplane } } },
  });
}

/** Kubernetes refuses unknown fields under strict validation; JSON Schema must be told. */
function closed(schema: Schema, root = false): Schema {
  const copy: Record<string, unknown> = { ...schema };
  delete copy['default'];
  if (copy['x-kubernetes-int-or-string'] === true) {
    delete copy['type'];
    delete copy['anyOf'];
  }
  if (isSchema(copy['items'])) copy['items'] = closed(copy['items']);
  if (isSchema(copy['additionalProperties'])) copy['additionalProperties'] = closed(copy['additionalProperties']);
  if (isSchema(copy['properties'])) {
    const own = Object.entries(copy['properties']).map(([name, value]) => [name, closed(value as Schema)]);
    const meta = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
    copy['properties'] = { ...Object.fromEntries(own), ...(root ? meta : {}) };
    if (copy['x-kubernetes-preserve-unknown-fields'] !== true) copy['additionalProperties'] ??= false;
  }
  return copy;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
