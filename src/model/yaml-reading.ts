/**
 * What readers of YAML take a plain scalar for: the one place that decides whether a text needs quotes. The filters
 * ask before they write, verification asks of what they wrote, and the reader of the inputs of what a user wrote.
 */

import { isScalar, Schema, type ScalarTag } from 'yaml';

/** A plain scalar by the rules of both versions of YAML. */
export interface Reading {
  readonly yaml12: unknown;
  readonly yaml11: unknown;
}

/** Words that some reader takes for a boolean, null or a number, in whatever case: Go's yaml, PyYAML, npm's yaml. */
const WORD = /^(?:y|n|yes|no|on|off|true|false|null|inf|nan|infinity)$/i;

/** The parser alone takes `e1` for a number without digits; YAML 1.1 and PyYAML read text. */
const BARE_EXPONENT = /^[eE][-+]?[0-9]+$/;

/** YAML 1.1 gives these two a meaning of their own; PyYAML cannot even construct the first. */
const SIGNS = new Set(['=', '<<']);

/** No reader takes a text that begins with a letter (other than e) and is longer than this for anything but text. */
const LONGEST_WORD = 'infinity'.length;

const versions: Partial<Record<'core' | 'yaml-1.1', readonly ScalarTag[]>> = {};

/** The tags that a plain scalar may have by its looks; made when something is read. */
function tagsOf(schema: 'core' | 'yaml-1.1'): readonly ScalarTag[] {
  return (versions[schema] ??= new Schema({ schema }).tags.filter(
    (tag): tag is ScalarTag => !('collection' in tag) && (tag.default as unknown) === true && 'test' in tag,
  ));
}

function read(source: string, schema: 'core' | 'yaml-1.1'): unknown {
  const tag = tagsOf(schema).find(({ test }) => test?.test(source));
  const value: unknown = tag === undefined ? source : tag.resolve(source, ignoreError, {});
  return isScalar(value) ? value.value : value;
}

function ignoreError(): void {
  // What a tag matches and cannot resolve is no text in any case.
}

/** @param source of a plain scalar, as it stands in the file */
export function readingOf(source: string): Reading {
  return { yaml12: read(source, 'core'), yaml11: SIGNS.has(source) ? undefined : read(source, 'yaml-1.1') };
}

/** Does every reader take the plain scalar for the text that it is? */
export function isText(source: string): boolean {
  if (source.length > LONGEST_WORD && /^[A-DF-Za-df-z_/$(]/.test(source)) return true;
  if (WORD.test(source)) return false;
  const { yaml12, yaml11 } = readingOf(source);
  return yaml12 === source && yaml11 === source;
}

/**
 * How a plain scalar that somebody wrote reads by the older rules, or `null` where both agree. Unlike for what is
 * written here, only the rules count, not what single parsers make of them.
 */
export function olderReading(source: string): { readonly value: unknown } | null {
  const { yaml12, yaml11 } = readingOf(source);
  return Object.is(yaml12, yaml11) || BARE_EXPONENT.test(source) ? null : { value: yaml11 };
}

/** `true`, `a date`, `text`: a value as messages name it. */
export function readingName(value: unknown): string {
  if (value instanceof Date) return 'a date';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? 'text' : 'something else';
}
