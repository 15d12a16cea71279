/** The Proxmox side of the cluster: the API, the hosts, and the boot files and templates its nodes need. */

import type { BootImage, Node, Proxmox, PveHost, VmTemplate } from '../model/cluster.ts';
import type { ClusterFile, NodesFile } from '../model/files.gen.ts';
import { templateOffset } from '../model/identity.ts';
import { parseUrl } from '../model/net.ts';
import { ADVANCED_DEFAULTS, CLUSTER_DEFAULTS, GROUP_DEFAULTS } from './defaults.ts';
import { builtIn, inCluster, Scope, type Trace } from './origin.ts';
import { flat, type ClusterSettings } from './resolve-cluster.ts';

/** What nodes need to know of Proxmox before their VMs are known. */
export interface Platform {
  readonly proxmox: Omit<Proxmox, 'hosts' | 'images' | 'templates'>;
  /** Host for nodes that name none. */
  readonly defaultHost: string;
  readonly vmIdBase: number;
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
    scope.pick(`proxmox.${key}`, [inCluster(value, `/proxmox/${key}`)], builtIn(fallback));
  const defaults = GROUP_DEFAULTS.proxmox;
  return {
    proxmox: {
      ...api(file, scope),
      pool: pick<string | null>('pool', group.pool, null),
      defaultTarget: pick<Proxmox['defaultTarget']>('default_target', group.default_target, null),
    },
    defaultHost: scope.pick('proxmox_node', [flat(file, 'proxmox_node')], builtIn('', 'every node names its own host')),
    vmIdBase: pick<number>('vm_id_base', group.vm_id_base, defaults.vm_id_base),
    templateFullClone: pick<boolean>('template_full_clone', group.template_full_clone, defaults.template_full_clone),
    onBoot: pick<boolean>('on_boot', group.on_boot, defaults.on_boot),
    protection: pick<boolean>('protection', group.protection, defaults.protection),
    firewall: pick<boolean>('firewall', group.firewall, defaults.firewall),
    watchdog: pick<boolean>('watchdog', group.watchdog, defaults.watchdog),
    hostOf: hostLookup(file, scope),
  };
}

function api(file: ClusterFile, scope: Scope): Omit<Proxmox, 'hosts' | 'images' | 'templates' | 'pool' | 'defaultTarget'> {
  const written = scope.pick('proxmox_api_url', [flat(file, 'proxmox_api_url')], builtIn(''));
  const url = parseUrl(written);
  if (url === null) throw new Error(`not a URL: ${written}`);
  const port = url.port ?? 8006;
  // `user@realm!name`: the modules and providers want its parts.
  const [user = null, tokenName = null] = file.proxmox_api_token_id?.split('!') ?? [];
  return {
    apiUrl: `https://${url.host}:${port}`,
    apiHost: url.host,
    apiPort: port,
    apiUser: user,
    apiTokenName: tokenName,
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
    importStorage: scope.pick(
      'proxmox.import_storage',
      [inCluster(group.import_storage, '/proxmox/import_storage')],
      builtIn(GROUP_DEFAULTS.proxmox.import_storage),
    ),
    snippetsStorage: scope.pick(
      'proxmox.snippets_storage',
      [inCluster(group.snippets_storage, '/proxmox/snippets_storage')],
      builtIn(GROUP_DEFAULTS.proxmox.snippets_storage),
    ),
    bridge: scope.pick(
      'proxmox_vm_advanced.network_bridge',
      [inCluster(file.proxmox_vm_advanced?.network_bridge, '/proxmox_vm_advanced/network_bridge')],
      builtIn(ADVANCED_DEFAULTS.network_bridge),
    ),
  };
}

/** The boot file of a schematic, as the Image Factory names it and as Proxmox stores it. */
export function bootFile(
  settings: Pick<ClusterSettings, 'talos'>,
  schematicId: string,
  secureBoot: boolean,
  kind: BootImage['kind'],
): Omit<BootImage, 'placements'> {
  const { version, factoryUrl } = settings.talos;
  const short = schematicId.slice(0, 12);
  const variant = secureBoot ? '-secureboot' : '';
  // qcow2: `download-url` unpacks nothing for content type `import`, and xz nowhere.
  const extension = kind === 'image' ? 'qcow2' : 'iso';
  return {
    key: `${short}${variant}-${kind}`,
    kind,
    contentType: kind === 'image' ? 'import' : 'iso',
    schematicId,
    secureBoot,
    url: `${factoryUrl}/image/${schematicId}/v${version.text}/nocloud-amd64${variant}.${extension}`,
    fileName: `talos-v${version.text}-${short}-nocloud-amd64${variant}.${extension}`,
  };
}

/** Volume id of a boot file on a host. */
export function bootVolume(host: PveHost, file: Omit<BootImage, 'placements'>): { storage: string; volumeId: string } {
  const storage = file.kind === 'image' ? host.importStorage : host.isoStorage;
  return { storage, volumeId: `${storage}:${file.contentType}/${file.fileName}` };
}

/** Every distinct boot file the nodes need and the hosts that must hold it. */
export function bootImages(platform: Platform, settings: ClusterSettings, nodes: readonly Node[]): BootImage[] {
  const images = new Map<string, { file: Omit<BootImage, 'placements'>; hosts: Set<string> }>();
  for (const node of nodes) {
    if (node.vm === null) continue;
    const kind = node.vm.boot.source === 'iso' ? 'iso' : 'image';
    const file = bootFile(settings, node.schematicId, node.secureBoot, kind);
    const entry = images.get(file.key) ?? { file, hosts: new Set<string>() };
    entry.hosts.add(node.vm.pveNode);
    images.set(file.key, entry);
  }
  return [...images.values()]
    .map(({ file, hosts }) => ({
      ...file,
      placements: [...hosts].sort().map((pveNode) => ({ pveNode, ...bootVolume(platform.hostOf(pveNode).host, file) })),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Id of the template that a node on this host is cloned from. */
export function templateId(
  file: ClusterFile,
  host: ResolvedHost,
  schematicId: string,
  secureBoot: boolean,
): number {
  if (host.templateId !== null) return host.templateId;
  const base = file.proxmox?.template_id_base ?? GROUP_DEFAULTS.proxmox.template_id_base;
  return base + templateOffset(host.host.name, schematicId, secureBoot);
}

/** Every template the nodes are cloned from, once. */
export function vmTemplates(platform: Platform, settings: ClusterSettings, nodes: readonly Node[]): VmTemplate[] {
  const templates = new Map<string, VmTemplate>();
  for (const node of nodes) {
    if (node.vm?.boot.source !== 'template') continue;
    const { host } = platform.hostOf(node.vm.boot.templateNode);
    const file = bootFile(settings, node.schematicId, node.secureBoot, 'image');
    const short = file.key.replace(/-image$/, '');
    templates.set(`${node.vm.boot.templateId}/${file.key}/${host.name}`, {
      vmId: node.vm.boot.templateId,
      name: `talos-v${settings.talos.version.text.replace(/[^0-9A-Za-z]/g, '-')}-${short}`,
      pveNode: host.name,
      storage: host.diskStorage,
      bridge: host.bridge,
      imageKey: file.key,
      imageVolumeId: bootVolume(host, file).volumeId,
      secureBoot: node.secureBoot,
      bios: node.vm.bios,
      machine: node.vm.machine,
    });
  }
  return [...templates.values()].sort((a, b) => a.vmId - b.vmId || (a.name < b.name ? -1 : 1));
}
