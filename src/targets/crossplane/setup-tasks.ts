/** Tasks that make a management cluster ready for a Talos cluster, and clear it again. */

import type { Cluster } from '../../model/cluster.ts';
import { task, type Command, type Task } from '../../model/task.ts';
import {
  applyConfiguration,
  applyFile,
  applyImages,
  applyPhase,
  command,
  deleteHere,
  helmUpgrade,
  kubectl,
  VM_RESOURCE,
  waitFor,
  waitHere,
} from './commands.ts';
import {
  ENVIRONMENT_DOWNLOAD_FILE,
  ENVIRONMENT_VM,
  FUNCTION_NAME,
  PROVIDER_CONFIG_RESOURCE,
  PROVIDER_NAME,
  providerConfigName,
  secretName,
  SYSTEM_NAMESPACE,
} from './names.ts';
import { hasImages, hasTemplates, isComposed } from './shape.ts';

/** The variable that the OpenTofu provider reads too; `credentials:push` is the only task that needs it. */
const TOKEN_VARIABLE = 'PROXMOX_VE_API_TOKEN';

/** A local management cluster; only where the context is one that kind would make. */
export function managementTasks({ crossplane: { context } }: Cluster): readonly Task[] {
  const name = context === null ? 'mgmt' : (/^kind-(?<name>.+)$/.exec(context)?.groups?.['name'] ?? null);
  if (name === null) return [];
  return [
    task('mgmt:up', `Make the local management cluster ${name} with kind`, [
      command(['kind', 'create', 'cluster', '--name', name, '--wait', '120s']),
    ]),
    task(
      'mgmt:down',
      `Delete the local management cluster ${name}; VMs that were not destroyed first stay, unmanaged`,
      [command(['kind', 'delete', 'cluster', '--name', name])],
      { destructive: true },
    ),
  ];
}

/** Each phase brings the kinds that the next one uses, so each is awaited. */
export function init(cluster: Cluster): Task {
  return task(
    'init',
    'Install or upgrade Crossplane, the Proxmox provider and the API of this cluster',
    [
      helmUpgrade(cluster),
      applyPhase(cluster, '10-packages'),
      waitFor(cluster, 'Healthy', '5m', ...packages(cluster)),
      waitFor(cluster, 'Established', '3m', ...providerDefinitions()),
      ...applyConfiguration(cluster),
    ],
    { aliases: ['install', 'provider:install'] },
  );
}

function packages(cluster: Cluster): readonly string[] {
  const functions = isComposed(cluster) ? [`function.pkg.crossplane.io/${FUNCTION_NAME}`] : [];
  return [`provider.pkg.crossplane.io/${PROVIDER_NAME}`, ...functions];
}

function providerDefinitions(): readonly string[] {
  return [ENVIRONMENT_VM, ENVIRONMENT_DOWNLOAD_FILE].map(
    ({ resource }) => `managedresourcedefinition.apiextensions.crossplane.io/${resource}`,
  );
}

/** A script, since a program gets a secret neither as an argument nor in a file; it feeds stdin. */
export function credentialsPush(): Task {
  return task(
    'credentials:push',
    'Put the Proxmox API token from the environment into the management cluster',
    [command(['sh', 'push-credentials.sh'])],
    {
      aliases: ['provider:configure'],
      requiredEnv: [TOKEN_VARIABLE],
    },
  );
}

/** Building a phase needs no network; the schemas are part of the packages, which are downloaded. */
export function validate(cluster: Cluster): Task {
  const composed = isComposed(cluster);
  return task('validate', 'Check that every phase builds, and every object against the schemas of the packages', [
    build('10-packages'),
    build('20-config'),
    ...(composed ? [build('30-api')] : []),
    ...manifests(cluster).map(build),
    command([
      'crossplane',
      'resource',
      'validate',
      composed ? '10-packages,30-api' : '10-packages',
      manifests(cluster).join(','),
      '--skip-success-results',
    ]),
  ]);
}

/** Builds a phase and throws the result away: only whether it builds counts. */
function build(phase: string): Command {
  return command(['kubectl', 'kustomize', phase, '--output=/dev/null']);
}

/** Phases whose objects are instances of kinds that the packages and the API bring. */
function manifests(cluster: Cluster): readonly string[] {
  return [...(hasImages(cluster) ? ['35-images'] : []), ...(hasTemplates(cluster) ? ['36-templates'] : []), '40-nodes'];
}

/** The images first: a disk is imported from a file that lies there. */
export function templateCreate(cluster: Cluster): Task {
  const images = applyFile(cluster, '36-templates/images.yaml');
  const vms = applyFile(cluster, '36-templates/templates.yaml');
  return task('template:create', 'Download the images and make the templates that nodes are cloned from', [
    ...applyImages(cluster, images),
    vms,
    waitHere(cluster, '30m', VM_RESOURCE, `--selector=cluster=${cluster.name},role=template`),
  ]);
}

/** The Secret last: an object that is still there could not be deleted without it. */
export function uninstall(cluster: Cluster): Task {
  const { namespace } = cluster.crossplane;
  const config = `${PROVIDER_CONFIG_RESOURCE}/${providerConfigName(cluster)}`;
  return task(
    'uninstall',
    'After destroy: delete templates, namespace and credentials; keeps what clusters share',
    [
      deleteHere(cluster, VM_RESOURCE, `cluster=${cluster.name},role=template`),
      kubectl(cluster, 'delete', config, '--ignore-not-found', '--wait', '--timeout=5m'),
      kubectl(cluster, 'delete', `namespace/${namespace}`, '--ignore-not-found', '--wait', '--timeout=5m'),
      kubectl(
        cluster,
        'delete',
        `secret/${secretName(cluster)}`,
        '--namespace',
        SYSTEM_NAMESPACE,
        '--ignore-not-found',
      ),
    ],
    { destructive: true },
  );
}
