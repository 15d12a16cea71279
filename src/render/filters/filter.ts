/** What a typed filter is, and how it refuses a value. */

/** What a render collects besides text. */
export interface RenderState {
  /** Whole YAML documents printed so far, or `null` when none were. */
  documents: unknown[] | null;
}

/**
 * A filter that knows a language: value in, text of that language out.
 * @param argument what stands in parentheses after the filter's name, `undefined` for nothing
 * @throws FilterError when the language cannot hold the value
 */
export type TypedFilter = (value: unknown, argument: unknown, state: RenderState) => string;

/** A value that a filter refuses; the renderer adds the template's position. */
export class FilterError extends Error {}

/** `null`, `a list`, `a mapping`, `a string`: how messages name what a value is. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `a ${typeof value}`;
}

/**
 * A scalar as text: strings as they are, numbers and booleans as JSON writes them.
 * @param language how the message names what the text is for
 * @throws FilterError for null, lists and mappings, and for numbers that are none
 */
export function scalarText(value: unknown, language: string): string {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  throw new FilterError(`${kindOf(value)} cannot be written as ${language}`);
}

/** The text itself, or an error: half a surrogate pair has no UTF-8 form. */
export function wellFormed(text: string): string {
  if (/\p{Surrogate}/u.test(text))
    throw new FilterError('a string holds half a surrogate pair, which no file can hold');
  return text;
}

/** @throws FilterError where something stands in parentheses behind a filter that takes nothing */
export function withoutArgument(name: string, argument: unknown): void {
  if (argument !== undefined) throw new FilterError(`'${name}' takes no argument`);
}

/** The number of spaces that a block filter indents its lines by. */
export function columns(argument: unknown): number {
  if (argument === undefined) return 0;
  if (typeof argument === 'number' && Number.isInteger(argument) && argument >= 0 && argument <= 80) return argument;
  throw new FilterError(`indents by a number of spaces, not by ${JSON.stringify(argument)}`);
}

/** C0 and C1 controls and DEL, without line feed and tab. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** Refuses what an editor, a reviewer or Git would not keep: control characters and carriage returns. */
export function withoutControls(text: string, language: string): string {
  const control = CONTROLS.exec(text);
  if (control === null) return text;
  const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw new FilterError(`${language} cannot hold the control character U+${code}`);
}
