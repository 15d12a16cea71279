/** The boot files that the provider fetches, and the templates made from them, as objects of `locals`. */

import type { BootImage, VmCluster } from '../../model/cluster.ts';
import type { HclObject } from './hcl-object.ts';

/** Key of a boot file on a host, in `local.images`. */
export function imageKey(image: Pick<BootImage, 'key'>, pveNode: string): string {
  return `${image.key}@${pveNode}`;
}

/** The provider fetches each boot file once per host. */
export function images(cluster: VmCluster): HclObject {
  const entries = cluster.proxmox.images.flatMap((image) =>
    image.placements.map(({ pveNode, storage }) => [
      imageKey(image, pveNode),
      {
        content_type: image.contentType,
        datastore_id: storage,
        file_name: image.fileName,
        node_name: pveNode,
        url: image.url,
      },
    ]),
  );
  return Object.fromEntries(entries) as HclObject;
}

/** Templates that nodes are cloned from, by VM id. */
export function templates(cluster: VmCluster): HclObject {
  const entries = cluster.proxmox.templates.map((template) => [
    template.name + '@' + template.pveNode,
    {
      bios: template.bios,
      bridge: template.bridge,
      datastore_id: template.storage,
      efi_disk: template.bios === 'ovmf' ? [{ pre_enrolled_keys: false, type: '4m' }] : [],
      image: imageKey({ key: template.imageKey }, template.pveNode),
      machine: template.machine,
      name: template.name,
      node_name: template.pveNode,
      vm_id: template.vmId,
    },
  ]);
  return Object.fromEntries(entries) as HclObject;
}
