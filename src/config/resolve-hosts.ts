/** Settings of the Proxmox hosts: those of a host, else those of the cluster. */

import type { PveHost } from '../model/cluster.ts';
import type { ClusterFile } from '../model/files.gen.ts';
import { pointerSegment } from '../model/pointer.ts';
import { CLUSTER_DEFAULTS, GROUP_DEFAULTS } from './defaults.ts';
import { builtIn, derived, fallBackTo, inCluster, type Chosen, type Scope } from './origin.ts';
import type { SourcedAdvanced } from './resolve-advanced.ts';
import { flat } from './resolve-cluster.ts';

type HostKey = Exclude<keyof PveHost, 'name'>;

/** Each setting with where it came from. */
type SourcedHost = Readonly<Record<HostKey, Chosen<string>>>;

export interface ResolvedHost {
  readonly host: PveHost;
  /** What the settings of VMs on this host fall back to. */
  readonly sources: SourcedHost;
  /** Given by the user, or `null`: derived per boot file. */
  readonly templateId: number | null;
}

/** Field of the model -> key of a host in `proxmox.hosts`. */
const KEYS = {
  diskStorage: 'disk_storage',
  isoStorage: 'iso_storage',
  importStorage: 'import_storage',
  snippetsStorage: 'snippets_storage',
  bridge: 'bridge',
} as const satisfies Record<HostKey, string>;

/** @returns settings of a host by its name, resolved once per host */
export function hostLookup(file: ClusterFile, advanced: SourcedAdvanced, scope: Scope): (name: string) => ResolvedHost {
  const shared = sharedSettings(file, advanced, scope);
  const known = new Map<string, ResolvedHost>();
  return (name) => {
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    const host = resolveHost(name, file.proxmox?.hosts?.[name] ?? {}, shared, scope);
    known.set(name, host);
    return host;
  };
}

type WrittenHost = NonNullable<NonNullable<NonNullable<ClusterFile['proxmox']>['hosts']>[string]>;

function resolveHost(name: string, written: WrittenHost, shared: SourcedHost, scope: Scope): ResolvedHost {
  const key = (last: string): string => `proxmox.hosts.${name}.${last}`;
  const pointer = (last: string): string => `/proxmox/hosts/${pointerSegment(name)}/${last}`;
  const choose = (field: HostKey): Chosen<string> =>
    scope.choose(
      key(KEYS[field]),
      [inCluster(written[KEYS[field]], pointer(KEYS[field]))],
      fallBackTo(shared[field], 'cluster default'),
    );
  const sources = eachField(choose);
  return {
    host: { name, ...eachField((field) => sources[field].value) },
    sources,
    templateId: scope.pick<number | null>(
      key('template_id'),
      [inCluster(written.template_id, pointer('template_id'))],
      derived(null, 'one for each boot file, from proxmox.template_id_base'),
    ),
  };
}

function eachField<T>(make: (field: HostKey) => T): Record<HostKey, T> {
  const fields = Object.keys(KEYS) as HostKey[];
  return Object.fromEntries(fields.map((field) => [field, make(field)])) as Record<HostKey, T>;
}

function sharedSettings(file: ClusterFile, advanced: SourcedAdvanced, scope: Scope): SourcedHost {
  const ofCluster = (key: 'proxmox_disk_storage' | 'proxmox_iso_storage'): Chosen<string> =>
    scope.choose<string>(key, [flat(file, key)], builtIn(CLUSTER_DEFAULTS[key]));
  const ofGroup = (key: 'import_storage' | 'snippets_storage'): Chosen<string> =>
    scope.choose<string>(
      `proxmox.${key}`,
      [inCluster(file.proxmox?.[key], `/proxmox/${key}`)],
      builtIn(GROUP_DEFAULTS.proxmox[key]),
    );
  return {
    diskStorage: ofCluster('proxmox_disk_storage'),
    isoStorage: ofCluster('proxmox_iso_storage'),
    importStorage: ofGroup('import_storage'),
    snippetsStorage: ofGroup('snippets_storage'),
    bridge: advanced.network_bridge,
  };
}
