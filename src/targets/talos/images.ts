/** The Image Factory URLs of every kind of machine in the cluster. */

import type { Cluster } from '../../model/cluster.ts';
import type { Document } from './document.ts';

/** One entry per schematic and Secure Boot setting, in the order of the nodes. */
export function imageList(cluster: Cluster): Document[] {
  const {
    factoryUrl,
    version,
    image: { overlay },
    schematic,
  } = cluster.talos;
  const entries = new Map<string, { image: Document; nodes: string[] }>();
  for (const node of cluster.nodes) {
    const variant = node.secureBoot ? '-secureboot' : '';
    const platform = node.vm === null ? 'metal' : 'nocloud';
    // Overlays are for single-board computers, which are arm64 machines.
    const arch = overlay !== null && node.schematicId === schematic.id ? 'arm64' : 'amd64';
    const base = `${factoryUrl}/image/${node.schematicId}/v${version.text}/${platform}-${arch}${variant}`;
    const entry = entries.get(`${node.schematicId}${variant}`) ?? {
      image: {
        schematic: node.schematicId,
        secureBoot: node.secureBoot,
        disk: platform === 'nocloud' ? `${base}.qcow2` : `${base}.raw.zst`,
        iso: `${base}.iso`,
        installer: node.installerImage,
      },
      nodes: [],
    };
    entry.nodes.push(node.name);
    entries.set(`${node.schematicId}${variant}`, entry);
  }
  return [...entries.values()].map(({ image, nodes }) => ({ ...image, nodes }));
}
