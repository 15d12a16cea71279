/** The Proxmox side of the cluster: the API and the hosts. */

import { parseTokenName } from '../model/api-token.ts';
import type { Proxmox, PveHost } from '../model/cluster.ts';
import type { ClusterFile, NodesFile } from '../model/files.gen.ts';
import { parseUrl } from '../model/net.ts';
import { ADVANCED_DEFAULTS, CLUSTER_DEFAULTS, GROUP_DEFAULTS } from './defaults.ts';
import { builtIn, inCluster, Scope, type Trace } from './origin.ts';
import { flat } from './resolve-cluster.ts';

/** What nodes need to know of Proxmox before their VMs are known. */
export interface Platform {
  readonly proxmox: Omit<Proxmox, 'hosts' | 'images' | 'templates'>;
  /** Host for nodes that name none. */
  readonly defaultHost: string;
  readonly vmIdBase: number;
  /** Host of the one template for all, or `null`: each host has its own. */
  readonly templateNode: string | null;
  readonly templateFullClone: boolean;
  readonly onBoot: boolean;
  readonly protection: boolean;
  readonly firewall: boolean;
  readonly watchdog: boolean;
  hostOf(name: string): ResolvedHost;
}

export interface ResolvedHost {
  readonly host: PveHost;
  /** Given by the user, or `null`: derived per boot file. */
  readonly templateId: number | null;
}

/** @returns `null` when the files name no Proxmox API or no host: a bare-metal cluster */
export function resolvePlatform(file: ClusterFile, nodes: NodesFile, trace: Trace): Platform | null {
  const everyNodePlaced = nodes.nodes.every((node) => node.proxmox_node !== undefined);
  if (file.proxmox_api_url === undefined) return null;
  if (file.proxmox_node === undefined && !everyNodePlaced) return null;
  const scope = new Scope(trace, null);
  const group = file.proxmox ?? {};
  const pick = <T>(key: keyof typeof group & string, value: T | undefined, fallback: T): T =>
    scope.inGroup(`proxmox.${key}`, value, builtIn(fallback));
  const defaults = GROUP_DEFAULTS.proxmox;
  return {
    proxmox: {
      ...api(file, scope),
      pool: pick<string | null>('pool', group.pool, null),
      defaultTarget: pick<Proxmox['defaultTarget']>('default_target', group.default_target, null),
    },
    defaultHost: scope.pick('proxmox_node', [flat(file, 'proxmox_node')], builtIn('', 'every node names its own host')),
    vmIdBase: pick<number>('vm_id_base', group.vm_id_base, defaults.vm_id_base),
    templateNode: pick<string | null>('template_node', group.template_node, null),
    templateFullClone: pick<boolean>('template_full_clone', group.template_full_clone, defaults.template_full_clone),
    onBoot: pick<boolean>('on_boot', group.on_boot, defaults.on_boot),
    protection: pick<boolean>('protection', group.protection, defaults.protection),
    firewall: pick<boolean>('firewall', group.firewall, defaults.firewall),
    watchdog: pick<boolean>('watchdog', group.watchdog, defaults.watchdog),
    hostOf: hostLookup(file, scope),
  };
}

function api(
  file: ClusterFile,
  scope: Scope,
): Omit<Proxmox, 'hosts' | 'images' | 'templates' | 'pool' | 'defaultTarget'> {
  const written = scope.pick('proxmox_api_url', [flat(file, 'proxmox_api_url')], builtIn(''));
  const url = parseUrl(written);
  if (url === null) throw new Error(`not a URL: ${written}`);
  const port = url.port ?? 8006;
  // The modules and providers want its parts.
  const token = parseTokenName(file.proxmox_api_token_id ?? '');
  return {
    apiUrl: `https://${url.host}:${port}`,
    apiHost: url.host,
    apiPort: port,
    apiUser: token?.user ?? null,
    apiTokenName: token?.name ?? null,
    insecure: scope.pick(
      'proxmox_insecure',
      [flat(file, 'proxmox_insecure')],
      builtIn<boolean>(CLUSTER_DEFAULTS.proxmox_insecure),
    ),
  };
}

/** Per-host settings: the host's own, else the cluster's. Computed once per host. */
function hostLookup(file: ClusterFile, scope: Scope): (name: string) => ResolvedHost {
  const shared = sharedHostSettings(file, scope);
  const known = new Map<string, ResolvedHost>();
  return (name) => {
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    const own = file.proxmox?.hosts?.[name] ?? {};
    const at = (key: string): string => `/proxmox/hosts/${name}/${key}`;
    const pick = (key: keyof typeof own & string, value: string | undefined, fallback: string): string =>
      value === undefined
        ? fallback
        : scope.pick(`proxmox.hosts.${name}.${key}`, [inCluster(value, at(key))], builtIn(fallback));
    const host: ResolvedHost = {
      host: {
        name,
        diskStorage: pick('disk_storage', own.disk_storage, shared.diskStorage),
        isoStorage: pick('iso_storage', own.iso_storage, shared.isoStorage),
        importStorage: pick('import_storage', own.import_storage, shared.importStorage),
        snippetsStorage: pick('snippets_storage', own.snippets_storage, shared.snippetsStorage),
        bridge: pick('bridge', own.bridge, shared.bridge),
      },
      templateId: own.template_id ?? null,
    };
    known.set(name, host);
    return host;
  };
}

function sharedHostSettings(file: ClusterFile, scope: Scope): Omit<PveHost, 'name'> {
  const group = file.proxmox ?? {};
  return {
    diskStorage: scope.pick(
      'proxmox_disk_storage',
      [flat(file, 'proxmox_disk_storage')],
      builtIn(CLUSTER_DEFAULTS.proxmox_disk_storage),
    ),
    isoStorage: scope.pick(
      'proxmox_iso_storage',
      [flat(file, 'proxmox_iso_storage')],
      builtIn(CLUSTER_DEFAULTS.proxmox_iso_storage),
    ),
    importStorage: scope.inGroup(
      'proxmox.import_storage',
      group.import_storage,
      builtIn(GROUP_DEFAULTS.proxmox.import_storage),
    ),
    snippetsStorage: scope.inGroup(
      'proxmox.snippets_storage',
      group.snippets_storage,
      builtIn(GROUP_DEFAULTS.proxmox.snippets_storage),
    ),
    bridge: scope.pick(
      'proxmox_vm_advanced.network_bridge',
      [inCluster(file.proxmox_vm_advanced?.network_bridge, '/proxmox_vm_advanced/network_bridge')],
      builtIn(ADVANCED_DEFAULTS.network_bridge),
    ),
  };
}
