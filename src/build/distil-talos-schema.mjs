/**
 * Facts of Talos' configuration documents from the JSON Schemas of its releases: which kinds there are, and which
 * properties, types, values and required keys each has. No prose is carried over.
 *
 *     node src/build/distil-talos-schema.mjs 1.12=config-v1.12.0.schema.json 1.13=... > test/facts/talos-documents.json
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What says something about values; everything else is prose. */
const KEPT = new Set([
  'type',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minItems',
  'required',
  '$ref',
  'items',
  'oneOf',
  'additionalProperties',
  'properties',
  'patternProperties',
]);

/** Kinds that the schemas misname. Source: the Kind constants of siderolabs/talos pkg/machinery/config/types. */
const REAL_KINDS = { KubeSpanEndpoints: 'KubeSpanEndpointsConfig', UnattendedInstall: 'UnattendedInstallConfig' };

/** Types that the schemas take for objects. Source: the same, which reads a URL from a text. */
export const REAL_TYPES = { 'v1alpha1.Endpoint': { type: 'string' } };

export const MAIN = 'v1alpha1.Config';

/** A schema without prose; references name types only. */
export function distilSchema(schema) {
  if (Array.isArray(schema)) return schema.map(distilSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (!KEPT.has(key)) return [];
      if (key === 'properties' || key === 'patternProperties') return [[key, mapValues(value, distilSchema)]];
      if (key === '$ref') return [[key, value.replace('#/$defs/', '')]];
      return [[key, typeof value === 'object' && key !== 'enum' && key !== 'required' ? distilSchema(value) : value]];
    }),
  );
}

/** Type name -> distilled schema, with the kinds' real names. */
function typesOf(schema) {
  return mapValues({ ...schema.$defs, ...REAL_TYPES }, (raw) => {
    const type = distilSchema(raw);
    const kind = type.properties?.kind;
    if (kind?.enum !== undefined) kind.enum = kind.enum.map((name) => REAL_KINDS[name] ?? name);
    return type;
  });
}

/** Facts of all releases. `schemas`: release -> JSON Schema, oldest first. */
export function distil(schemas) {
  const types = mapValues(schemas, typesOf);
  const names = [...new Set(Object.values(types).flatMap(Object.keys))].sort();
  return {
    releases: Object.keys(schemas),
    kinds: Object.fromEntries(
      names.flatMap((name) => {
        const kind = Object.values(types)
          .map((one) => one[name]?.properties?.kind?.enum?.[0])
          .find((one) => one !== undefined);
        return kind === undefined ? [] : [[kind, name]];
      }),
    ),
    types: Object.fromEntries(names.map((name) => [name, variants(mapValues(types, (one) => one[name]))])),
  };
}

/** One entry per different schema, with the releases that have it. */
function variants(byRelease) {
  const found = new Map();
  for (const [release, schema] of Object.entries(byRelease)) {
    if (schema === undefined) continue;
    const text = JSON.stringify(schema);
    found.set(text, [...(found.get(text) ?? []), release]);
  }
  return [...found].map(([text, releases]) => ({ releases, schema: JSON.parse(text) }));
}

/** JSON with one variant of a type on a line: what changes between two releases is a readable diff. */
export function print({ releases, kinds, types }) {
  const line = (value) => JSON.stringify(value);
  const lists = Object.entries(types).map(
    ([name, all]) => `    ${line(name)}: [\n${all.map((one) => `      ${line(one)}`).join(',\n')}\n    ]`,
  );
  const names = Object.entries(kinds).map(([kind, type]) => `    ${line(kind)}: ${line(type)}`);
  return `{\n  "releases": ${line(releases)},\n  "kinds": {\n${names.join(',\n')}\n  },\n  "types": {\n${lists.join(',\n')}\n  }\n}\n`;
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const schemas = process.argv.slice(2).map((argument) => {
    const [release, path] = argument.split(/=(.*)/s);
    return [release, JSON.parse(readFileSync(path, 'utf8'))];
  });
  process.stdout.write(print(distil(Object.fromEntries(schemas))));
}
