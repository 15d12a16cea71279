/** Rules about Talos and Kubernetes: versions, extensions, kernel modules. */

import type { Finding, RuleContext, RuleRow } from '../../model/rule.ts';
import { nodePointer } from '../../model/rule.ts';
import { minorText } from '../../model/version.ts';
import { kubernetesRange, supportsKubernetes, TALOS_MINORS, talosMinorsFor } from '../../model/compatibility.ts';
import { nearest } from '../../model/suggest.ts';
import { GUEST_AGENT_EXTENSION } from '../defaults.ts';
import { EXTENSIONS, firstMinorWith } from '../extensions.ts';
import { inCluster, inNodes } from './finding.ts';

function talosUnknown({ cluster }: RuleContext): Finding[] {
  const { version } = cluster.talos;
  if (TALOS_MINORS.includes(minorText(version))) return [];
  return [
    inCluster(
      '/talos_version',
      `talos_version ${version.text} is not one of the releases talmox renders for: ${TALOS_MINORS.join(', ')}`,
    ),
  ];
}

function kubernetesUnsupported({ cluster, partial }: RuleContext): Finding[] {
  const range = kubernetesRange(cluster.talos.version);
  const { version } = cluster.kubernetes;
  if (partial || range === null || supportsKubernetes(cluster.talos.version, version)) return [];
  const others = talosMinorsFor(version);
  const advice = others.length === 0 ? '' : `, or Talos ${others.join(' or ')}`;
  return [
    inCluster(
      '/kubernetes_version',
      `Talos ${minorText(cluster.talos.version)} runs Kubernetes ${range[0]} to ${range[1]}, not ${version.text}; ` +
        `write one of those${advice}`,
    ),
  ];
}

function agentWithoutExtension({ cluster, clusterFile, refused }: RuleContext): Finding[] {
  const wanted = clusterFile.proxmox_vm_advanced?.qemu_agent;
  if (cluster.proxmox === null || wanted === undefined || refused.has('talos')) return [];
  const installed = cluster.talos.extensions.includes(GUEST_AGENT_EXTENSION);
  const known = cluster.nodes.some((node) => node.schematicId === cluster.talos.schematic.id);
  if (!known || wanted === installed) return [];
  return [
    inCluster(
      '/proxmox_vm_advanced/qemu_agent',
      wanted
        ? `qemu_agent is on, but ${GUEST_AGENT_EXTENSION} is not in talos.extensions: Proxmox waits for an agent that never answers`
        : `qemu_agent is off, but ${GUEST_AGENT_EXTENSION} is in talos.extensions; leave qemu_agent out`,
    ),
  ];
}

/** The lists are those of one patch release: an extension that is not in them may still exist. */
function extensionUnknown({ cluster, refused }: RuleContext): Finding[] {
  if (refused.has('talos')) return [];
  return cluster.talos.extensions.flatMap((name, position) => {
    if (firstMinorWith(name) !== null) return [];
    const meant = nearest(name, EXTENSIONS);
    const advice = meant === null ? 'the Image Factory refuses a name that it does not know' : `did you mean ${meant}?`;
    return [
      inCluster(`/talos/extensions/${position}`, `${name} is not an official extension that talmox knows; ${advice}`),
    ];
  });
}

function extensionTooNew({ cluster, refused }: RuleContext): Finding[] {
  const minor = minorText(cluster.talos.version);
  if (refused.has('talos') || refused.has('talos_version') || !TALOS_MINORS.includes(minor)) return [];
  return cluster.talos.extensions.flatMap((name, position) => {
    const first = firstMinorWith(name);
    return first === null || TALOS_MINORS.indexOf(first) <= TALOS_MINORS.indexOf(minor)
      ? []
      : [
          inCluster(
            `/talos/extensions/${position}`,
            `${name} comes with Talos ${first}, and talos_version is ${cluster.talos.version.text}; leave it out or write a later version`,
          ),
        ];
  });
}

/** Modules that are not part of the Talos kernel: an extension adds them. */
const MODULE_EXTENSIONS: readonly (readonly [RegExp, string])[] = [
  [/^nvidia/, 'nvidia'],
  [/^zfs$/, 'zfs'],
  [/^drbd/, 'drbd'],
  [/^(?:gasket|apex)$/, 'gasket-driver'],
];

function moduleWithoutExtension({ cluster, refused }: RuleContext): Finding[] {
  if (refused.has('talos')) return [];
  return cluster.nodes
    .filter((node) => node.schematicId === cluster.talos.schematic.id)
    .flatMap((node) =>
      node.kernelModules.flatMap(({ name: module }, position) => {
        const extension = MODULE_EXTENSIONS.find(([pattern]) => pattern.test(module))?.[1];
        const installed = extension !== undefined && cluster.talos.extensions.some((name) => name.includes(extension));
        return extension === undefined || installed
          ? []
          : [
              inNodes(
                nodePointer(node, `kernel_modules/${position}`),
                `kernel module ${module} of ${node.name} is part of a system extension (${extension}…), which is not in talos.extensions; add it`,
              ),
            ];
      }),
    );
}

export const talosRules = [
  {
    code: 'TALOS_UNKNOWN',
    severity: 'error',
    summary: 'The Talos release is one whose documents talmox knows.',
    check: talosUnknown,
  },
  {
    code: 'KUBERNETES_UNSUPPORTED',
    severity: 'error',
    summary: 'The Kubernetes version is one that the Talos release supports.',
    check: kubernetesUnsupported,
  },
  {
    code: 'AGENT_EXTENSION',
    severity: 'warning',
    summary: 'The guest agent is on where its extension is in the schematic, and off where it is not.',
    check: agentWithoutExtension,
  },
  {
    code: 'EXTENSION_UNKNOWN',
    severity: 'warning',
    summary: 'An extension is one of the official ones.',
    check: extensionUnknown,
  },
  {
    code: 'EXTENSION_TOO_NEW',
    severity: 'error',
    summary: 'An extension exists for the Talos release.',
    check: extensionTooNew,
  },
  {
    code: 'KERNEL_MODULE_EXTENSION',
    severity: 'warning',
    summary: 'A kernel module that an extension adds is loaded only with that extension.',
    check: moduleWithoutExtension,
  },
] as const satisfies readonly RuleRow[];
