/** Boot files as variables. */

import type { BootImage } from '../../model/cluster.ts';

/** A boot file as `proxmox_template` downloads it to a host. */
export function imageOn(image: BootImage, pveNode: string): Readonly<Record<string, unknown>> {
  const placement = image.placements.find((candidate) => candidate.pveNode === pveNode);
  return {
    url: image.url,
    file: image.fileName,
    content: image.contentType,
    storage: placement?.storage ?? '',
    volume: placement?.volumeId ?? '',
  };
}
