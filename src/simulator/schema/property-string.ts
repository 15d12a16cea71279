/** Property strings: `virtio=BC:24:11:00:00:01,bridge=vmbr0`. Taken apart and printed as Proxmox does. */

import { hashFormat } from './hash-formats.ts';
import { formatSize, parseSize } from './size.ts';
import type { ObjectFormat, PropertySchema } from './types.ts';

/** Sub-key -> value as text; booleans are `1` and `0`. */
export type PropertyValues = Readonly<Record<string, string>>;

/** A value does not have its format. The message is Proxmox' own. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** The sub-keys of a parameter that is a property string, or `null` for any other parameter. */
export function objectFormat(property: PropertySchema | undefined): ObjectFormat | null {
  const format = property?.format;
  if (format === undefined) return null;
  return typeof format === 'string' ? hashFormat(format) : format;
}

/** Its words by sub-key, unchecked. @throws FormatError where the words are no pairs, or name a key twice */
export function splitPropertyString(format: ObjectFormat, text: string): Record<string, string> {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  let bare: string | null = null;
  for (const part of text.split(',')) {
    if (/^\s*$/.test(part)) continue;
    const pair = /^([^=]+)=(.+)$/s.exec(part);
    if (pair !== null) put(format, values, pair[1] ?? '', pair[2] ?? '');
    else if (part.includes('=')) throw new FormatError('missing key in comma-separated list property\n');
    else {
      if (bare !== null) throw new FormatError(`duplicate key in comma-separated list property: ${bare}\n`);
      bare = defaultKey(format);
      if (bare === null) throw new FormatError('value without key, but schema does not define a default key\n');
      put(format, values, bare, part);
    }
  }
  return values;
}

function put(format: ObjectFormat, values: Record<string, string>, key: string, value: string): void {
  if (values[key] !== undefined) throw new FormatError(`duplicate key in comma-separated list property: ${key}\n`);
  const property = sub(format, key);
  const target = property?.alias ?? key;
  if (property?.alias !== undefined) {
    const { keyAlias } = property;
    if (keyAlias !== undefined) {
      if (values[keyAlias] !== undefined) throw new FormatError(`key alias '${keyAlias}' is already defined\n`);
      values[keyAlias] = key;
    }
    if (values[target] !== undefined) throw new FormatError(`key '${target}' is already defined (via alias)\n`);
  }
  values[target] = sub(format, target)?.type === 'boolean' ? boolean(value) : value;
}

/** Inside a property string, words stand for booleans too; Ansible writes `False`. */
function boolean(value: string): string {
  if (/^(1|on|yes|true)$/i.test(value)) return '1';
  return /^(0|off|no|false)$/i.test(value) ? '0' : value;
}

function sub(format: ObjectFormat, key: string): PropertySchema | undefined {
  return Object.hasOwn(format, key) ? format[key] : undefined;
}

function defaultKey(format: ObjectFormat): string | null {
  return Object.keys(format).find((key) => format[key]?.default_key === true) ?? null;
}

/**
 * Prints a property string in Proxmox' order: the default key bare, then required keys, then the rest by name;
 * a model and its address as `virtio=<mac>`; sizes in their largest exact unit.
 */
export function printPropertyString(format: ObjectFormat, values: PropertyValues): string {
  const done = new Set<string>();
  const out: string[] = [];
  const bare = defaultKey(format);
  const add = (key: string): void => {
    if (done.has(key) || values[key] === undefined) return;
    done.add(key);
    const value = text(format, key, values[key]);
    const combined = Object.values(format).find((property) => property.keyAlias === key)?.alias;
    const partner = combined === undefined ? undefined : values[combined];
    if (combined !== undefined && partner !== undefined) {
      done.add(combined);
      out.push(`${value}=${partner}`);
    } else out.push(key === bare ? value : `${key}=${value}`);
  };
  if (bare !== null) add(bare);
  const keys = Object.keys(values).sort();
  for (const key of keys) if (sub(format, key) !== undefined && sub(format, key)?.optional !== true) add(key);
  for (const key of keys) add(key);
  return out.join(',');
}

function text(format: ObjectFormat, key: string, value: string): string {
  if (sub(format, key)?.format !== 'disk-size') return value;
  const bytes = parseSize(value);
  return bytes === null ? value : formatSize(bytes);
}
