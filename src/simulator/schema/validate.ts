/** A request's parameters against an endpoint. */

import { checkObject, type Errors } from './check.ts';
import type { Endpoint, ParameterErrors, RawParameters, RawValue } from './types.ts';

/**
 * Lists given for a `*-list` text are joined, a single value given for an array becomes a list of one.
 * @returns the values to validate
 */
export function normalizeLists(endpoint: Endpoint, values: RawParameters): RawParameters {
  let out: Record<string, RawValue> | null = null;
  for (const [key, value] of Object.entries(values)) {
    const property = endpoint.parameters.get(key);
    const isList = typeof property?.format === 'string' && property.format.endsWith('-list');
    if (typeof value !== 'string' && property?.type === 'string' && isList)
      (out ??= { ...values })[key] = value.join(',');
    else if (typeof value === 'string' && property?.type === 'array') (out ??= { ...values })[key] = [value];
  }
  return out ?? values;
}

/** @returns one message per faulty parameter; empty when the request is valid */
export function validate(endpoint: Endpoint, values: RawParameters): ParameterErrors {
  const errors: Errors = {};
  checkObject('', endpoint.parameters, values, errors);
  return errors;
}
