/** The Proxmox side of the cluster: the API and the hosts. */

import { parseTokenName } from '../model/api-token.ts';
import type { Proxmox } from '../model/cluster.ts';
import type { ClusterFile, NodesFile } from '../model/files.gen.ts';
import { parseUrl } from '../model/net.ts';
import { CLUSTER_DEFAULTS, GROUP_DEFAULTS } from './defaults.ts';
import { builtIn, fallBackTo, Scope, type Sourced, type Trace } from './origin.ts';
import { advancedValues, resolveAdvanced, type Advanced, type SourcedAdvanced } from './resolve-advanced.ts';
import { flat } from './resolve-cluster.ts';
import { hostLookup, type ResolvedHost } from './resolve-hosts.ts';
import { sizeDefaults, type SizeDefaults } from './resolve-size.ts';

/** What nodes need to know of Proxmox before their VMs are known. */
export interface Platform {
  readonly proxmox: Omit<Proxmox, 'hosts' | 'images' | 'templates'>;
  /** Host for nodes that name none; `null` where every node names one. */
  readonly defaultHost: Sourced<string | null>;
  readonly advanced: Advanced;
  /** What settings of VMs fall back to. */
  readonly advancedSources: SourcedAdvanced;
  readonly sizes: SizeDefaults;
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

/** @returns `null` when the files name no Proxmox API or no host: a bare-metal cluster */
export function resolvePlatform(file: ClusterFile, nodes: NodesFile, trace: Trace | null): Platform | null {
  const everyNodePlaced = nodes.nodes.every((node) => node.proxmox_node !== undefined);
  if (file.proxmox_api_url === undefined) return null;
  if (file.proxmox_node === undefined && !everyNodePlaced) return null;
  const scope = new Scope(trace, null);
  const group = file.proxmox ?? {};
  const pick = <T>(key: keyof typeof group & string, value: T | undefined, fallback: T): T =>
    scope.inGroup(`proxmox.${key}`, value, builtIn(fallback));
  const defaults = GROUP_DEFAULTS.proxmox;
  const advancedSources = resolveAdvanced(file, scope);
  return {
    proxmox: {
      ...api(file, scope),
      pool: pick<string | null>('pool', group.pool, null),
      defaultTarget: pick<Proxmox['defaultTarget']>('default_target', group.default_target, null),
    },
    defaultHost: fallBackTo(
      scope.choose<string | null>(
        'proxmox_node',
        [flat(file, 'proxmox_node')],
        builtIn(null, 'every node names its own host'),
      ),
      'cluster default',
    ),
    advanced: advancedValues(advancedSources),
    advancedSources,
    sizes: sizeDefaults(file, scope),
    vmIdBase: pick<number>('vm_id_base', group.vm_id_base, defaults.vm_id_base),
    templateNode: pick<string | null>('template_node', group.template_node, null),
    templateFullClone: pick<boolean>('template_full_clone', group.template_full_clone, defaults.template_full_clone),
    onBoot: pick<boolean>('on_boot', group.on_boot, defaults.on_boot),
    protection: pick<boolean>('protection', group.protection, defaults.protection),
    firewall: pick<boolean>('firewall', group.firewall, defaults.firewall),
    watchdog: pick<boolean>('watchdog', group.watchdog, defaults.watchdog),
    hostOf: hostLookup(file, advancedSources, scope),
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
