/** From method and path to an endpoint. */

import type { Endpoint } from './types.ts';

export interface Route {
  readonly endpoint: Endpoint;
  /** Values of the placeholders. */
  readonly path: Readonly<Record<string, string>>;
}

export type Router = (method: string, path: string) => Route | null;

interface Branch {
  readonly fixed: Map<string, Branch>;
  placeholder: { readonly name: string; readonly branch: Branch } | null;
  readonly methods: Map<string, Endpoint>;
}

/** A router over `endpoints`. Empty path segments are skipped, as Proxmox does: `/qemu/101/` is `/qemu/101`. */
export function makeRouter(endpoints: readonly Endpoint[]): Router {
  const root = newBranch();
  for (const endpoint of endpoints) branchOf(root, endpoint.segments).methods.set(endpoint.method, endpoint);
  return (method, path) => {
    const segments = path.split('/').filter((segment) => segment !== '');
    const values: Record<string, string> = {};
    const endpoint = find(root, method, segments, 0, values);
    return endpoint === null ? null : { endpoint, path: values };
  };
}

function newBranch(): Branch {
  return { fixed: new Map(), placeholder: null, methods: new Map() };
}

function branchOf(root: Branch, segments: readonly string[]): Branch {
  let branch = root;
  for (const segment of segments) {
    if (segment.startsWith('{')) {
      branch.placeholder ??= { name: segment.slice(1, -1), branch: newBranch() };
      branch = branch.placeholder.branch;
    } else {
      const next = branch.fixed.get(segment) ?? newBranch();
      branch.fixed.set(segment, next);
      branch = next;
    }
  }
  return branch;
}

function find(
  branch: Branch,
  method: string,
  segments: readonly string[],
  at: number,
  values: Record<string, string>,
): Endpoint | null {
  const segment = segments[at];
  if (segment === undefined) return branch.methods.get(method) ?? null;
  const fixed = branch.fixed.get(segment);
  const found = fixed === undefined ? null : find(fixed, method, segments, at + 1, values);
  if (found !== null || branch.placeholder === null) return found;
  const { name, branch: next } = branch.placeholder;
  // A volume id holds slashes, and nothing follows it.
  const isRest = name === 'volume';
  values[name] = isRest ? segments.slice(at).join('/') : segment;
  return find(next, method, segments, isRest ? segments.length : at + 1, values);
}
