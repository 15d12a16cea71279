/** What nodes boot from: the files of the Image Factory on their hosts, and the templates they are cloned from. */

import type { BootImage, Node, PveHost, VmTemplate } from '../model/cluster.ts';
import type { ClusterFile } from '../model/files.gen.ts';
import { templateOffset } from '../model/identity.ts';
import { GROUP_DEFAULTS } from './defaults.ts';
import type { ClusterSettings } from './resolve-cluster.ts';
import type { ResolvedHost } from './resolve-hosts.ts';
import type { Platform } from './resolve-proxmox.ts';

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
    // A template is made on its own host, and its clones need no file.
    entry.hosts.add(node.vm.boot.source === 'template' ? node.vm.boot.templateNode : node.vm.pveNode);
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
export function templateId(file: ClusterFile, host: ResolvedHost, schematicId: string, secureBoot: boolean): number {
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
