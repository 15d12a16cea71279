/** What the management cluster needs once: Crossplane, the provider, the function. */

import type { Cluster } from '../../model/cluster.ts';
import { kustomization, type Manifest } from './manifest.ts';
import {
  ENVIRONMENT_DOWNLOAD_FILE,
  ENVIRONMENT_VM,
  FUNCTION_NAME,
  MANAGED_BY,
  PROVIDER_NAME,
  SYSTEM_NAMESPACE,
} from './names.ts';
import { CHART_REPOSITORY, CROSSPLANE_VERSION, PATCH_AND_TRANSFORM_PACKAGE, PROVIDER_PACKAGE } from './versions.ts';

/**
 * The chart as a kustomization, for controllers that inflate charts (`--enable-helm`); the `init`
 * task runs helm with the same values file.
 */
export function installKustomization(): Manifest {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    helmCharts: [
      {
        name: 'crossplane',
        repo: CHART_REPOSITORY,
        version: CROSSPLANE_VERSION,
        releaseName: 'crossplane',
        namespace: SYSTEM_NAMESPACE,
        valuesFile: 'values.yaml',
      },
    ],
  };
}

/** Values of the Crossplane chart; without `defaultActivations` every kind of the provider gets a CRD. */
export function helmValues(): Record<string, unknown> {
  return {
    provider: { defaultActivations: [] },
    resourcesCrossplane: { limits: { cpu: '500m', memory: '1Gi' } },
  };
}

/** How the provider's pod runs; the container must have this name, or it becomes a sidecar. */
export function runtimeConfig(): Manifest {
  return {
    apiVersion: 'pkg.crossplane.io/v1beta1',
    kind: 'DeploymentRuntimeConfig',
    metadata: { name: PROVIDER_NAME, labels: MANAGED_BY },
    spec: {
      deploymentTemplate: {
        spec: {
          selector: {},
          template: {
            spec: {
              containers: [
                {
                  name: 'package-runtime',
                  args: ['--poll=10m', '--sync=1h', '--max-reconcile-rate=3'],
                  resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } },
                },
              ],
            },
          },
        },
      },
    },
  };
}

export function provider(): Manifest {
  return {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Provider',
    metadata: { name: PROVIDER_NAME, labels: MANAGED_BY },
    spec: { package: PROVIDER_PACKAGE, runtimeConfigRef: { name: PROVIDER_NAME } },
  };
}

export function patchAndTransform(): Manifest {
  return {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Function',
    metadata: { name: FUNCTION_NAME, labels: MANAGED_BY },
    spec: { package: PATCH_AND_TRANSFORM_PACKAGE },
  };
}

/** Names are plural and exact: a policy that matches nothing is silent. */
export function activationPolicy(): Manifest {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1alpha1',
    kind: 'ManagedResourceActivationPolicy',
    metadata: { name: 'talmox', labels: MANAGED_BY },
    spec: { activate: [ENVIRONMENT_DOWNLOAD_FILE.resource, ENVIRONMENT_VM.resource] },
  };
}

/** Kustomization of the packages; the function belongs to style `composition` alone. */
export function packagesKustomization(cluster: Cluster): Manifest {
  const functions = cluster.crossplane.style === 'composition' ? ['functions.yaml'] : [];
  return kustomization(['activation-policy.yaml', 'provider.yaml', 'runtime-config.yaml', ...functions]);
}
