/** Checks the shape of both files against their schemas and says in words what is wrong. */

import {
  clusterFile as isClusterFile,
  nodesFile as isNodesFile,
  type ValidationError,
  type Validator,
} from 'talmox:validators';
import clusterSchema from '../../schemas/cluster.schema.json' with { type: 'json' };
import nodesSchema from '../../schemas/nodes.schema.json' with { type: 'json' };
import type { InputFile, Issue } from '../model/issue.ts';
import { dotted, pointerKeys, pointerSegment } from '../model/pointer.ts';
import { shown, shownKey } from '../model/shown.ts';
import { nearest, nearestKey } from '../model/suggest.ts';
import type { InputCode } from './codes.ts';
import { isCredentialKey } from './credentials.ts';
import { expectation, type SchemaNode } from './expectation.ts';
import type { ParsedInput } from './parse.ts';

const SCHEMAS: Readonly<Record<InputFile, { validator: Validator; schema: SchemaNode }>> = {
  'cluster.yaml': { validator: isClusterFile, schema: clusterSchema },
  'nodes.yaml': { validator: isNodesFile, schema: nodesSchema },
};

export interface CheckedShape {
  readonly issues: readonly Issue<InputCode>[];
  /** No file has more faults than were looked at. */
  readonly isComplete: boolean;
  /** A list or a mapping holds too much. */
  readonly isExcessive: boolean;
}

/**
 * Faults of shape in the files that could be read, one issue per fault.
 * @param most faults of a file that are looked at
 * @returns all of them, or, where a file has more, the first ones
 */
export function checkSchemas(inputs: readonly ParsedInput[], most: number): CheckedShape {
  let [isComplete, isExcessive] = [true, false];
  const issues = inputs.flatMap((input) => {
    if (input.value === null) return [];
    const { validator, schema } = SCHEMAS[input.file];
    if (validator(input.value)) return [];
    const errors = validator.errors ?? [];
    isComplete &&= errors.length <= most;
    isExcessive ||= errors.some(({ keyword }) => keyword === 'maxItems' || keyword === 'maxProperties');
    const faults = onePerPlace(errors.slice(0, most).map((error) => faultOf(error, schema, input)));
    return withoutMisspelt(faults, input).map((fault) => issueOf(fault, input));
  });
  return { issues, isComplete, isExcessive };
}

/**
 * Leaves out what says one mistake again: a value that cannot be read has no shape either, and a
 * value that several nodes share through an alias is wrong once.
 * @param known issues of parsing
 */
export function withoutRepeats(
  known: readonly Issue<InputCode>[],
  issues: readonly Issue<InputCode>[],
): Issue<InputCode>[] {
  const place = ({ file, line, column }: Issue<InputCode>): string => `${file}:${line}:${column}`;
  const unreadable = new Set(known.map(place));
  const mistakes = new Map<string, Issue<InputCode>>();
  for (const issue of issues) {
    const mistake = `${place(issue)} ${issue.code} ${issue.pointer.replace(/^.*\//, '')}`;
    if (!unreadable.has(place(issue)) && !mistakes.has(mistake)) mistakes.set(mistake, issue);
  }
  return [...mistakes.values()];
}

/** One validation error with what its message needs. */
interface Fault {
  readonly error: ValidationError;
  readonly code: InputCode;
  /** Pointer of what is wrong: the key for an unknown or missing key. */
  readonly pointer: string;
  /** The schema that was not met. */
  readonly node: SchemaNode;
  readonly key: string;
  /** The key that stands where a missing one is meant. */
  readonly misspelt?: string;
}

const CODES: Readonly<Record<string, InputCode>> = {
  additionalProperties: 'SCHEMA_UNKNOWN_KEY',
  required: 'SCHEMA_REQUIRED',
  type: 'SCHEMA_TYPE',
  enum: 'SCHEMA_ENUM',
  pattern: 'SCHEMA_PATTERN',
  format: 'SCHEMA_PATTERN',
  not: 'SCHEMA_PATTERN',
  propertyNames: 'SCHEMA_PATTERN',
  maxLength: 'SCHEMA_LENGTH',
  maxProperties: 'SCHEMA_LENGTH',
  minimum: 'SCHEMA_RANGE',
  maximum: 'SCHEMA_RANGE',
  minItems: 'SCHEMA_LENGTH',
  maxItems: 'SCHEMA_LENGTH',
  uniqueItems: 'SCHEMA_DUPLICATE',
};

/** Which of several errors at one place says most. */
const RANK = Object.keys(CODES);

function faultOf(error: ValidationError, schema: SchemaNode, input: ParsedInput): Fault {
  const named =
    error.params['additionalProperty'] ??
    error.params['missingProperty'] ??
    error.params['propertyName'] ??
    error.propertyName;
  const key = typeof named === 'string' ? named : null;
  return {
    error,
    code: CODES[error.keyword] ?? 'SCHEMA_TYPE',
    pointer: key === null ? error.instancePath : `${error.instancePath}/${pointerSegment(key)}`,
    node: schemaAt(schema, error.schemaPath),
    key: key ?? lastKey(error.instancePath, input),
  };
}

/** The schema object that holds the failed keyword. */
function schemaAt(schema: SchemaNode, schemaPath: string): SchemaNode {
  const keys = pointerKeys(schemaPath.replace(/^[^#]*#/, '')).slice(0, -1);
  return keys.reduce<SchemaNode>((node, key) => (node[decodeURIComponent(key)] ?? {}) as SchemaNode, schema);
}

/** `node_dns_servers[0]`: the key a value belongs to, without what leads to it. */
function lastKey(instancePath: string, input: ParsedInput): string {
  const segments = instancePath.split('/').slice(1);
  const belowNode = input.file === 'nodes.yaml' && segments.length > 1 ? segments.slice(2) : segments;
  return dotted(belowNode);
}

function onePerPlace(faults: readonly Fault[]): Fault[] {
  const best = new Map<string, Fault>();
  for (const fault of faults) {
    const known = best.get(fault.pointer);
    if (known === undefined || RANK.indexOf(fault.error.keyword) < RANK.indexOf(known.error.keyword))
      best.set(fault.pointer, fault);
  }
  return [...best.values()];
}

/** `adress` is one fault, not an unknown key and a missing one. */
function withoutMisspelt(faults: readonly Fault[], input: ParsedInput): Fault[] {
  const missing = new Map<string, Fault[]>();
  for (const fault of faults.filter(({ error }) => error.keyword === 'required')) {
    missing.set(fault.error.instancePath, [...(missing.get(fault.error.instancePath) ?? []), fault]);
  }
  const explained = new Set<Fault>();
  for (const { error, key } of faults.filter((fault) => fault.error.keyword === 'additionalProperties')) {
    const candidates = missing.get(error.instancePath) ?? [];
    const meant = nearest(
      key,
      candidates.map((fault) => fault.key),
    );
    for (const fault of candidates) if (fault.key === meant) explained.add(fault);
  }
  return faults.filter((fault) => !explained.has(fault)).map((fault) => atMisspelt(fault, input));
}

/** Where unknown keys are kept, a missing key may stand there misspelt: that is the place to mend. */
function atMisspelt(fault: Fault, input: ParsedInput): Fault {
  if (fault.error.keyword !== 'required' || fault.node['additionalProperties'] !== true) return fault;
  const known = Object.keys(fault.node.properties ?? {});
  const others = Object.keys(input.value ?? {}).filter((key) => !known.includes(key));
  const misspelt = nearest(fault.key, others);
  return misspelt === null ? fault : { ...fault, misspelt, pointer: `/${pointerSegment(misspelt)}` };
}

function issueOf(fault: Fault, input: ParsedInput): Issue<InputCode> {
  const isKey =
    fault.error.keyword === 'additionalProperties' ||
    fault.error.propertyName !== undefined ||
    fault.misspelt !== undefined;
  return {
    code: fault.code,
    severity: 'error',
    file: input.file,
    pointer: fault.pointer,
    ...input.locate(fault.pointer, isKey ? 'key' : 'value'),
    // Made when it is told: of a hundred thousand the first are.
    get message() {
      return `${subject(fault, input)}${messageOf(fault, input)}`;
    },
  };
}

/** `node "cp-1": ` for what stands in a node. */
function subject({ error }: Fault, input: ParsedInput): string {
  const index = /^\/nodes\/(\d+)/.exec(error.instancePath)?.[1];
  if (input.file !== 'nodes.yaml' || index === undefined) return '';
  const name = valueAt(input.value, `/nodes/${index}/name`);
  return typeof name === 'string' ? `node ${shown(name)}: ` : `node ${Number(index) + 1}: `;
}

function messageOf(fault: Fault, input: ParsedInput): string {
  const { error, node, key } = fault;
  const value = valueAt(input.value, fault.pointer);
  const name = key === '' ? 'this' : key;
  const found = isCredentialKey(key.replace(/\[\d+\]$/, ''))
    ? '; what stands there is not shown'
    : `, not ${shown(value)}`;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(key, Object.keys(node.properties ?? {}));
    case 'required':
      return missingKey(fault);
    case 'uniqueItems':
      return `${name} holds ${shown(listItem(value, error.params['j']))} twice; write it once`;
    case 'minItems':
    case 'maxItems':
      return `${name} must have ${error.keyword === 'minItems' ? 'at least' : 'at most'} ${entries(error.params['limit'])}`;
    case 'maxLength':
      return `${name} has ${String(value).length} characters, and may have ${String(error.params['limit'])}`;
    case 'maxProperties':
      return `${name} must have at most ${String(error.params['limit'])} keys`;
    case 'enum': {
      const meant = typeof value === 'string' ? nearest(value, (node.enum ?? []).map(String)) : null;
      return `${name} must be ${expectation(node)}${found}${meant === null ? '' : `; did you mean ${meant}?`}`;
    }
    case 'propertyNames':
      return `${shown(key)} is not ${expectation((node.propertyNames ?? {}) as SchemaNode)}`;
    default:
      if (error.propertyName !== undefined) return `${shown(error.propertyName)} is not ${expectation(node)}`;
      return `${name} must be ${expectation(node)}${found}${hint(node, value)}`;
  }
}

function missingKey({ node, key, misspelt }: Fault): string {
  const wanted = expectation((node.properties?.[key] ?? {}) as SchemaNode);
  return misspelt === undefined
    ? `${key} is missing: ${wanted}`
    : `${key} is missing; did you mean it by ${shownKey(misspelt)}?`;
}

function entries(count: unknown): string {
  return `${String(count)} ${count === 1 ? 'entry' : 'entries'}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearestKey(key, known);
  return `unknown key ${shownKey(key)}; ${meant === null ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`}`;
}

/** Of the schemas: an address without a zone. */
const ADDRESS_FORMATS: readonly string[] = ['ip', 'host'];

/** What to write for values that YAML reads as another type than the writer thought. */
function hint(node: SchemaNode, value: unknown): string {
  if (node.type === 'boolean' && typeof value === 'string') {
    if (/^(?:y|yes|on)$/i.test(value)) return '; write true';
    if (/^(?:n|no|off)$/i.test(value)) return '; write false';
    if (/^(?:true|false)$/i.test(value)) return '; leave the quotes out';
  }
  if (ADDRESS_FORMATS.includes(node.format ?? '') && typeof value === 'string' && /^[\da-f:.]+%/i.test(value))
    return '; a zone behind % is a link of one machine, and these are the settings of all';
  if (node.type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return '; put it in quotes';
  if (node.type === 'integer' && typeof value === 'string' && /^\d+$/.test(value)) return '; leave the quotes out';
  if (node.type === 'array' && typeof value === 'string') return '; put it in [ ]';
  return '';
}

function listItem(value: unknown, position: unknown): unknown {
  return Array.isArray(value) ? (value[Number(position)] as unknown) : value;
}

function valueAt(root: unknown, pointer: string): unknown {
  return pointerKeys(pointer).reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    root,
  );
}
