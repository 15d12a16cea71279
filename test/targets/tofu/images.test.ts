import { expect, it } from 'vitest';
import { images, templates } from '../../../src/targets/tofu/images.ts';
import { nodeObject } from '../../../src/targets/tofu/node-object.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { shapes } from '../../support/vm-shapes.ts';

const sample = sampleCluster();
const cloned = shapes['full clone'] ?? sample;

it('the provider fetches a boot file once for each host', () => {
  const [image] = sample.proxmox.images;
  const file = (host: string) => ({
    content_type: 'import',
    datastore_id: 'local',
    file_name: image?.fileName,
    node_name: host,
    url: image?.url,
  });
  expect(images(sample)).toEqual({
    'ce4c980550dd-image@pve1': file('pve1'),
    'ce4c980550dd-image@pve2': file('pve2'),
  });
});

it('a node boots the file of its own host', () => {
  for (const node of sample.nodes) {
    const [disk] = nodeObject(node)['disks'] as { image: string }[];
    expect(images(sample)[disk?.image ?? '']).toMatchObject({ node_name: node.vm.pveNode });
  }
});

it('a template is made of the file of its own host, with an EFI disk where the firmware is OVMF', () => {
  expect(templates(cloned)['talos-pve2@pve2']).toEqual({
    bios: 'ovmf',
    bridge: 'vmbr0',
    datastore_id: 'local-lvm',
    efi_disk: [{ pre_enrolled_keys: false, type: '4m' }],
    image: 'ce4c980550dd-image@pve2',
    machine: 'q35',
    name: 'talos-pve2',
    node_name: 'pve2',
    vm_id: 9002,
  });
  expect(Object.keys(templates(cloned))).toEqual(['talos-pve1@pve1', 'talos-pve2@pve2']);
  const seabios = cloned.proxmox.templates.map((template) => ({ ...template, bios: 'seabios' as const }));
  const plain = templates({ ...cloned, proxmox: { ...cloned.proxmox, templates: seabios } });
  expect(plain['talos-pve2@pve2']).toMatchObject({ bios: 'seabios', efi_disk: [] });
});
