/** Kubernetes objects as values, and the few shapes that all of them share. */

/** One YAML document of a phase folder. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The fields that have a value: an unset field of a Kubernetes object has no key. */
export function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/**
 * A list of one block, or `null` for none. The provider keeps every Terraform block a list, also
 * the blocks of which there is at most one.
 */
export function one(block: Readonly<Record<string, unknown>> | null): readonly unknown[] | null {
  return block === null ? null : [block];
}

/** A kustomization over files of its own folder. */
export function kustomization(resources: readonly string[]): Manifest {
  return { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: [...resources].sort() };
}
