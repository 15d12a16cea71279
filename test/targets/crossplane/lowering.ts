/**
 * What function-patch-and-transform does with one composed resource: copies values from paths of the
 * composite to paths of a base. Only what the rendered composition uses; anything else throws.
 */

type Segment = string | number;

/** The composed resource that a composition makes of a composite, without the names Crossplane adds. */
export function lower(composite: unknown, composition: unknown): unknown {
  const resources = read(composition, 'spec.pipeline[0].input.resources') as readonly Record<string, unknown>[];
  const [resource] = resources;
  if (resource === undefined || resources.length !== 1) throw new Error('the composition makes one resource');
  const composed = structuredClone(resource['base']);
  for (const patch of resource['patches'] as readonly Record<string, string>[]) {
    const { type, fromFieldPath = '', toFieldPath = '', ...unsupported } = patch;
    if (Object.keys(unsupported).length > 0) throw new Error(`patch has ${Object.keys(unsupported).join(', ')}`);
    if (type === 'ToCompositeFieldPath') continue;
    if (type !== 'FromCompositeFieldPath') throw new Error(`patch type ${type}`);
    const value = read(composite, fromFieldPath);
    if (value !== undefined) write(composed, parsePath(toFieldPath), structuredClone(value), toFieldPath);
  }
  return composed;
}

/** `spec.cpu[0].cores`, `metadata.labels[cluster]`: a bracket holds an index or a key. */
function parsePath(path: string): Segment[] {
  return [...path.matchAll(/([^.[\]]+)|\[([^\]]+)\]/g)].map(([, field, bracket]) => {
    if (field !== undefined) return field;
    return /^\d+$/.test(bracket ?? '') ? Number(bracket) : (bracket ?? '');
  });
}

function read(object: unknown, path: string): unknown {
  let value = object;
  for (const segment of parsePath(path)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<Segment, unknown>)[segment];
  }
  return value;
}

/** Missing containers are made; a list grows to the index. A field of a list, or an index of a map, is an error. */
function write(object: unknown, path: readonly Segment[], value: unknown, text: string): void {
  let container = object as Record<Segment, unknown>;
  path.forEach((segment, position) => {
    if (Array.isArray(container) !== (typeof segment === 'number'))
      throw new Error(`${text}: ${segment} of a wrong kind`);
    if (position === path.length - 1) {
      container[segment] = value;
      return;
    }
    container[segment] ??= typeof path[position + 1] === 'number' ? [] : {};
    container = container[segment] as Record<Segment, unknown>;
  });
}
