/** One value against its schema, with the messages of PVE::JSONSchema. */

import { CPU_MODELS } from './cpu-models.ts';
import { FORMATS, splitList } from './formats.ts';
import { hashFormat } from './hash-formats.ts';
import { FormatError, splitPropertyString, type PropertyValues } from './property-string.ts';
import type { ObjectFormat, PropertySchema, RawValue } from './types.ts';

/** Path of a value -> what is wrong with it. */
export type Errors = Record<string, string>;

const NUMBER = /^[+-]?(\d+\.\d+|\d+\.|\.\d+|\d+)([eE][+-]?\d+)?$/;
const PATTERNS = new Map<string, RegExp>();

/**
 * Every declared property of an object, then every undeclared one.
 * @param properties declared; iterated once
 */
export function checkObject(
  path: string,
  properties: Iterable<readonly [string, PropertySchema]>,
  values: Readonly<Record<string, RawValue>>,
  errors: Errors,
): void {
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const declared = new Map<string, PropertySchema>();
  for (const [key, property] of properties) {
    declared.set(key, property);
    checkProperty(given(values, key), property, below(key), errors);
  }
  for (const key of Object.keys(values)) {
    const property = declared.get(key);
    if (property === undefined) {
      add(errors, below(key), 'property is not defined in schema and the schema does not allow additional properties');
    } else if (property.requires !== undefined && given(values, property.requires) === undefined) {
      add(errors, below(property.requires), `missing property required by '${below(key)}'`);
    }
  }
}

export function checkProperty(
  value: RawValue | undefined,
  property: PropertySchema,
  path: string,
  errors: Errors,
): void {
  if (property.alias !== undefined) return;
  if (value === undefined) {
    if (property.optional !== true) add(errors, path, 'property is missing and it is not optional');
    return;
  }
  if (property.type === 'array') {
    checkArray(value, property, path, errors);
    return;
  }
  const wrong =
    typeof value === 'string'
      ? (wrongType(value, property.type) ?? wrongValue(value, property, path))
      : wrongList(value, property.type);
  if (wrong !== null) add(errors, path, wrong);
}

function checkArray(value: RawValue, { items }: PropertySchema, path: string, errors: Errors): void {
  if (typeof value === 'string') {
    add(errors, path, "type check ('array') failed");
    return;
  }
  if (items !== undefined)
    value.forEach((item, index) => {
      checkProperty(item, items, `${path}[${index}]`, errors);
    });
}

function wrongList(value: readonly string[], type: string): string {
  return type === 'string'
    ? "type check ('string') failed - got ARRAY"
    : `type check ('${type}') failed - got '${value.join(',')}'`;
}

function wrongType(value: string, type: string): string | null {
  const valid =
    type === 'boolean'
      ? value === '0' || value === '1'
      : type === 'integer'
        ? /^[+-]?\d+$/.test(value)
        : type !== 'number' || NUMBER.test(value);
  return valid ? null : `type check ('${type}') failed - got '${value}'`;
}

function wrongValue(value: string, property: PropertySchema, path: string): string | null {
  if (property.format !== undefined) {
    const wrong = wrongFormat(property.format, value, path);
    if (wrong !== null) return `invalid format - ${wrong}`;
  }
  const { pattern, maxLength, minLength, maximum, minimum } = property;
  if (pattern !== undefined && !compiled(pattern, property.ignoreCase === true).test(value))
    return 'value does not match the regex pattern';
  if (maxLength !== undefined && value.length > maxLength) return `value may only be ${maxLength} characters long`;
  if (minLength !== undefined && value.length < minLength) return `value must be at least ${minLength} characters long`;
  if ((maximum !== undefined || minimum !== undefined) && NUMBER.test(value)) {
    if (maximum !== undefined && Number(value) > maximum) return `value must have a maximum value of ${maximum}`;
    if (minimum !== undefined && Number(value) < minimum) return `value must have a minimum value of ${minimum}`;
  }
  if (property.enum === undefined || property.enum.includes(value)) return null;
  return `value '${value}' does not have a value in the enumeration '${property.enum.join(', ')}'`;
}

/** @returns the message with the newline that ends it in Perl, or `null` */
function wrongFormat(format: string | ObjectFormat, value: string, path: string): string | null {
  if (typeof format !== 'string') return wrongPropertyString(format, value, path, null);
  const hash = hashFormat(format);
  if (hash !== null) return wrongPropertyString(hash, value, path, AFTERWARDS[format] ?? null);
  const exact = FORMATS[format];
  if (exact !== undefined) return ended(exact(value));
  const single = format.endsWith('-list') ? FORMATS[format.slice(0, -'-list'.length)] : undefined;
  if (single === undefined) throw new Error(`unknown format '${format}'`);
  for (const word of splitList(value)) {
    const wrong = single(word);
    if (wrong !== null) return ended(wrong);
  }
  return null;
}

function wrongPropertyString(
  format: ObjectFormat,
  value: string,
  path: string,
  afterwards: ((values: PropertyValues) => string | null) | null,
): string | null {
  try {
    const values = parsePropertyString(format, value, path);
    return ended(afterwards?.(values) ?? null);
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

/**
 * Reads a property string.
 * @param path parameter name, as error messages prefix their keys
 * @throws FormatError
 */
export function parsePropertyString(format: ObjectFormat, text: string, path = ''): PropertyValues {
  const values = splitPropertyString(format, text);
  const errors: Errors = {};
  checkObject(path, Object.entries(format), values, errors);
  const found = Object.entries(errors);
  if (found.length > 0)
    throw new FormatError(`format error\n${found.map(([key, message]) => `${key}: ${message}`).join('\n')}\n`);
  return values;
}

/** Checks of a whole property string. */
const AFTERWARDS: Readonly<Record<string, (values: PropertyValues) => string | null>> = {
  'pve-vm-cpu-conf': ({ cputype }) => {
    if (cputype === undefined) return 'CPU is missing cputype';
    if (cputype.startsWith('custom-')) return `Custom cputype '${cputype.slice('custom-'.length)}' not found`;
    return CPU_MODELS.has(cputype) ? null : `Built-in cputype '${cputype}' is not defined (missing 'custom-' prefix?)`;
  },
};

function ended(message: string | null): string | null {
  return message === null ? null : `${message}\n`;
}

function compiled(pattern: string, ignoreCase: boolean): RegExp {
  const key = ignoreCase ? `i${pattern}` : `-${pattern}`;
  const known = PATTERNS.get(key);
  if (known !== undefined) return known;
  const made = new RegExp(`^(?:${pattern})$`, ignoreCase ? 'i' : '');
  PATTERNS.set(key, made);
  return made;
}

function given(values: Readonly<Record<string, RawValue>>, key: string): RawValue | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function add(errors: Errors, path: string, message: string): void {
  const key = path === '' ? '_root' : path;
  errors[key] = errors[key] === undefined ? message : `${errors[key]}\\n${message}`;
}
