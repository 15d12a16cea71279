/** Names, groups and labels of everything this target puts into the management cluster. */

import type { Cluster, Role } from '../../model/cluster.ts';
import { sha256Hex } from '../../model/identity.ts';

/** Namespace of Crossplane itself; the provider's credentials lie there too. */
export const SYSTEM_NAMESPACE = 'crossplane-system';

/** Owner of the fields that server-side apply writes. */
export const FIELD_MANAGER = 'talmox';

/**
 * Also the value of the pod label `pkg.crossplane.io/provider`: up to Crossplane 2.2 that is the
 * package's own name, from 2.3 on the object's; here both are the same.
 */
export const PROVIDER_NAME = 'provider-proxmox-bpg';

export const FUNCTION_NAME = 'function-patch-and-transform';

/** One kind of the provider: every kind has an API group of its own. */
export interface ProviderKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** `<plural>.<group>`: what kubectl, activation policies and CRDs call it. */
  readonly resource: string;
}

function providerKind(kind: string): ProviderKind {
  const group = `virtual${kind.toLowerCase()}.proxmoxbpg.m.crossplane.io`;
  return { apiVersion: `${group}/v1alpha1`, kind, resource: `${kind.toLowerCase()}s.${group}` };
}

export const ENVIRONMENT_VM = providerKind('EnvironmentVM');
export const ENVIRONMENT_DOWNLOAD_FILE = providerKind('EnvironmentDownloadFile');

export const PROVIDER_CONFIG_RESOURCE = 'clusterproviderconfigs.proxmoxbpg.m.crossplane.io';

/** The composite resource: one Talos machine. */
export const COMPOSITE = {
  kind: 'TalosNode',
  plural: 'talosnodes',
  singular: 'talosnode',
  version: 'v1alpha1',
} as const;

/** `talosnodes.talmox.internal` */
export function compositeResource(cluster: Cluster): string {
  return `${COMPOSITE.plural}.${cluster.crossplane.group}`;
}

/**
 * Cluster-scoped objects of one Talos cluster are named after its namespace, which is unique in a
 * management cluster; the cluster's own name need not be.
 */
export function providerConfigName(cluster: Cluster): string {
  return cluster.crossplane.namespace;
}

export function secretName(cluster: Cluster): string {
  return `proxmox-${cluster.crossplane.namespace}`;
}

/** Key of that Secret under which the provider finds its settings, one JSON object. */
export const CREDENTIALS_KEY = 'credentials';

/** Labels of an object; `kubectl get -l cluster=home,role=worker` selects by them. */
export type ObjectRole = Role | 'image' | 'template';

export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'talmox' } as const;

export function labels(cluster: Cluster, role: ObjectRole): Readonly<Record<string, string>> {
  return { ...MANAGED_BY, cluster: cluster.name, role };
}

/**
 * Keeps GitOps controllers from deleting a VM because its file is gone: removal is a decision of
 * its own (`destroy`, or `kubectl delete`), never a side effect of a merge.
 */
export const KEEP_ANNOTATIONS = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
} as const;

/**
 * The provider takes `metadata.name` as label of a Terraform resource, so it must begin with a
 * letter and hold no dot (upjet's BuildMainTF).
 */
export const TERRAFORM_LABEL = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Name for an object that the provider cannot change in place: readable words, and a hash of all
 * that must not change, so that a changed object is another object.
 */
export function contentName(words: string, content: readonly unknown[]): string {
  const hash = sha256Hex(JSON.stringify(content)).slice(0, 8);
  const slug = words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 54)
    .replace(/-+$/, '');
  return `${slug === '' ? 'x' : slug}-${hash}`;
}
