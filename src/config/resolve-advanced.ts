/** The group `proxmox_vm_advanced`: what holds for every VM. */

import type { ClusterFile } from '../model/files.gen.ts';
import { ADVANCED_DEFAULTS, GUEST_AGENT_EXTENSION } from './defaults.ts';
import { builtIn, derived, inCluster, type Candidate, type Chosen, type Scope } from './origin.ts';
import type { ClusterSettings } from './resolve-cluster.ts';

type Written = NonNullable<ClusterFile['proxmox_vm_advanced']>;

/** `proxmox_vm_advanced` with its defaults; of the agent nothing can be said before the image is known. */
export type Advanced = {
  readonly [K in Exclude<keyof typeof ADVANCED_DEFAULTS, 'qemu_agent'>]: NonNullable<Written[K]>;
};

/** The same with where each came from. */
export type SourcedAdvanced = { readonly [K in keyof Advanced]: Chosen<Advanced[K]> };

export function resolveAdvanced(file: ClusterFile, scope: Scope): SourcedAdvanced {
  const written = file.proxmox_vm_advanced ?? {};
  const { qemu_agent: _agent, ...defaults } = ADVANCED_DEFAULTS;
  const choose = (key: keyof Advanced): Chosen<unknown> =>
    scope.choose<unknown>(
      `proxmox_vm_advanced.${key}`,
      [inCluster<unknown>(written[key], `/proxmox_vm_advanced/${key}`)],
      builtIn<unknown>(defaults[key]),
    );
  const keys = Object.keys(defaults) as (keyof Advanced)[];
  return Object.fromEntries(keys.map((key) => [key, choose(key)])) as SourcedAdvanced;
}

export function advancedValues(sourced: SourcedAdvanced): Advanced {
  return Object.fromEntries(Object.entries(sourced).map(([key, { value }]) => [key, value])) as Advanced;
}

/**
 * Whether Proxmox talks to the guest agent of a VM: what is written, else what is known of its image.
 * @param key under which the value is explained
 */
export function resolveAgent(
  key: string,
  written: Candidate<boolean>,
  schematicId: string,
  { schematic, extensions }: ClusterSettings['talos'],
  scope: Scope,
): boolean {
  const installed = extensions.includes(GUEST_AGENT_EXTENSION);
  return scope.pick<boolean>(
    key,
    [written],
    schematicId === schematic.id
      ? derived(installed, `${GUEST_AGENT_EXTENSION} is ${installed ? '' : 'not '}in talos.extensions`)
      : builtIn(ADVANCED_DEFAULTS.qemu_agent, 'what a given schematic_id holds is not known'),
  );
}
