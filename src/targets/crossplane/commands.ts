/** The programs of this target as argument arrays, always in the folder of the phases. */

import type { Cluster } from '../../model/cluster.ts';
import type { Command } from '../../model/task.ts';
import {
  compositeResource,
  ENVIRONMENT_DOWNLOAD_FILE,
  ENVIRONMENT_VM,
  FIELD_MANAGER,
  SYSTEM_NAMESPACE,
} from './names.ts';
import { isComposed } from './shape.ts';
import { VERSIONS } from './versions.ts';

/** `kubectl diff` exits 1 when something would change, and with a higher code on an error. */
const DIFF_EXIT_CODES = { 1: 'changes' } as const;

/** Selects without the templates, which have the labels of the cluster too. */
export function nodeSelector(cluster: Cluster): string {
  return `cluster=${cluster.name},role!=template`;
}

export function command(argv: Command['argv'], exitCodes: Command['exitCodes'] = {}): Command {
  return { argv, cwd: 'crossplane', env: {}, exitCodes };
}

/** kubectl with the context of the management cluster, where one is set. */
export function kubectl(cluster: Cluster, ...args: readonly string[]): Command {
  return command(['kubectl', ...contextOf(cluster), ...args]);
}

/** kubectl inside the cluster's own namespace. */
export function kubectlHere(cluster: Cluster, ...args: readonly string[]): Command {
  return kubectl(cluster, '--namespace', cluster.crossplane.namespace, ...args);
}

function contextOf({ crossplane }: Cluster): readonly string[] {
  return crossplane.context === null ? [] : ['--context', crossplane.context];
}

export function applyPhase(cluster: Cluster, phase: string): Command {
  return apply(cluster, '--kustomize', phase);
}

export function applyFile(cluster: Cluster, file: string): Command {
  return apply(cluster, '--filename', file);
}

/** Server-side: the API server keeps apart what this output sets and what the controllers set. */
function apply(cluster: Cluster, ...source: readonly string[]): Command {
  return kubectl(cluster, 'apply', '--server-side', `--field-manager=${FIELD_MANAGER}`, ...source);
}

export function diffPhase(cluster: Cluster, phase: string): Command {
  const { argv } = kubectl(cluster, 'diff', '--server-side', `--field-manager=${FIELD_MANAGER}`, '--kustomize', phase);
  return command(argv, DIFF_EXIT_CODES);
}

/** Waits for a condition of one object or of all that a selector finds. */
export function waitFor(cluster: Cluster, condition: string, timeout: string, ...objects: readonly string[]): Command {
  return kubectl(cluster, 'wait', `--for=condition=${condition}`, `--timeout=${timeout}`, ...objects);
}

export function waitHere(cluster: Cluster, timeout: string, ...objects: readonly string[]): Command {
  return kubectlHere(cluster, 'wait', '--for=condition=Ready', `--timeout=${timeout}`, ...objects);
}

/** Deletes in the cluster's namespace, and returns once owned objects and their VMs are gone too. */
export function deleteHere(cluster: Cluster, resource: string, selector: string): Command {
  return kubectlHere(
    cluster,
    'delete',
    resource,
    `--selector=${selector}`,
    '--cascade=foreground',
    '--wait',
    '--timeout=30m',
  );
}

/** Installs or upgrades Crossplane itself. */
export function helmUpgrade(cluster: Cluster): Command {
  const context = cluster.crossplane.context === null ? [] : ['--kube-context', cluster.crossplane.context];
  return command([
    'helm',
    ...context,
    'upgrade',
    '--install',
    'crossplane',
    'crossplane',
    '--repo',
    VERSIONS.chartRepository,
    '--version',
    VERSIONS.crossplane,
    '--namespace',
    SYSTEM_NAMESPACE,
    '--create-namespace',
    '--values',
    '00-install/values.yaml',
    '--wait',
    '--timeout',
    '10m',
  ]);
}

/** Objects of the nodes that Proxmox knows, whichever style made them. */
export const VM_RESOURCE = ENVIRONMENT_VM.resource;

/** Namespace, access and API: cheap and idempotent, so `provision` repeats them. */
export function applyConfiguration(cluster: Cluster): readonly [Command, ...Command[]] {
  const config = applyPhase(cluster, '20-config');
  if (!isComposed(cluster)) return [config];
  const api = `compositeresourcedefinition.apiextensions.crossplane.io/${compositeResource(cluster)}`;
  return [config, applyPhase(cluster, '30-api'), waitFor(cluster, 'Established', '2m', api)];
}

/** Applies downloads and waits until the files lie there. */
export function applyImages(cluster: Cluster, apply: Command): readonly [Command, Command] {
  return [apply, waitHere(cluster, '30m', ENVIRONMENT_DOWNLOAD_FILE.resource, `--selector=cluster=${cluster.name}`)];
}
