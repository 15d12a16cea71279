/** `taskfile`: a value in a Taskfile whose text go-task's templates leave as it is. */

import { columns, type TypedFilter } from './filter.ts';
import { toYaml } from './yaml.ts';

/** `taskfile(n)`: as `yaml(n)`, and every `{{` is printed by a template of its own. */
export const taskfile: TypedFilter = (value, argument) => toYaml(literalGo(value), columns(argument));

/**
 * The value with each string as a Go template that prints it. Only `{{` opens an action; a raw string
 * prints it, and needs no escape in any YAML style.
 */
function literalGo(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('{{', '{{`{{`}}');
  if (Array.isArray(value)) return value.map(literalGo);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literalGo(item)]));
  }
  return value;
}
