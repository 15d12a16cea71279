/** Boot files that Proxmox downloads, and the templates made from them. */

import type { BootImage, ImagePlacement, VmCluster, VmTemplate } from '../../model/cluster.ts';
import { ownershipMark } from '../../model/identity.ts';
import { MANAGEMENT_POLICIES, RUN_POLICY } from './environment-vm.ts';
import type { Manifest } from './manifest.ts';
import { contentName, ENVIRONMENT_DOWNLOAD_FILE, ENVIRONMENT_VM, labels, providerConfigName } from './names.ts';

/** Where a boot file is needed: key of the image and host. */
type Need = readonly [imageKey: string, pveNode: string];

/** One download per boot file and host that nodes boot from or import, in the model's order. */
export function nodeImages(cluster: VmCluster): readonly Manifest[] {
  const needs = cluster.nodes.flatMap(({ vm }): Need[] =>
    vm.boot.source === 'template' ? [] : [[vm.boot.imageKey, vm.pveNode]],
  );
  return downloadFiles(cluster, needs);
}

/** The same for the files that templates are made of; a file may be needed by both. */
export function templateImages(cluster: VmCluster): readonly Manifest[] {
  return downloadFiles(
    cluster,
    cluster.proxmox.templates.map(({ imageKey, pveNode }): Need => [imageKey, pveNode]),
  );
}

function downloadFiles(cluster: VmCluster, needs: readonly Need[]): readonly Manifest[] {
  const keys = new Set(needs.map((need) => need.join('@')));
  return cluster.proxmox.images.flatMap((image) =>
    image.placements
      .filter(({ pveNode }) => keys.has(`${image.key}@${pveNode}`))
      .map((placement) => downloadFile(cluster, image, placement)),
  );
}

/**
 * All that matters is immutable to the provider, so it is part of the name: the file of another
 * Talos version is another object.
 */
function downloadFile(cluster: VmCluster, image: BootImage, { pveNode, storage }: ImagePlacement): Manifest {
  const { url, fileName, contentType } = image;
  return {
    apiVersion: ENVIRONMENT_DOWNLOAD_FILE.apiVersion,
    kind: ENVIRONMENT_DOWNLOAD_FILE.kind,
    metadata: {
      name: contentName(`${pveNode}-${fileName}`, [pveNode, storage, contentType, fileName, url]),
      namespace: cluster.crossplane.namespace,
      labels: labels(cluster, 'image'),
    },
    spec: {
      managementPolicies: MANAGEMENT_POLICIES,
      providerConfigRef: { kind: 'ClusterProviderConfig', name: providerConfigName(cluster) },
      forProvider: {
        nodeName: pveNode,
        datastoreId: storage,
        contentType,
        fileName,
        url,
        // A published image never changes; comparing sizes would only ask for a forbidden replacement.
        overwrite: false,
        // The file may lie there already, from another backend or another cluster.
        overwriteUnmanaged: true,
      },
    },
  };
}

/** One VM per template, in the model's order. */
export function templates(cluster: VmCluster): readonly Manifest[] {
  return cluster.proxmox.templates.map((template) => templateVm(cluster, template));
}

/**
 * A template is a VM that is never started. It has the firmware of the nodes cloned from it: the
 * provider refuses a clone whose EFI disk is unlike its source's.
 */
function templateVm(cluster: VmCluster, template: VmTemplate): Manifest {
  return {
    apiVersion: ENVIRONMENT_VM.apiVersion,
    kind: ENVIRONMENT_VM.kind,
    metadata: {
      name: contentName(template.name, [template.vmId, template.pveNode]),
      namespace: cluster.crossplane.namespace,
      labels: labels(cluster, 'template'),
    },
    spec: {
      managementPolicies: MANAGEMENT_POLICIES,
      providerConfigRef: { kind: 'ClusterProviderConfig', name: providerConfigName(cluster) },
      forProvider: templateForProvider(cluster, template),
    },
  };
}

function templateForProvider(cluster: VmCluster, template: VmTemplate): Record<string, unknown> {
  const { storage, imageVolumeId, bridge, bios, machine } = template;
  return {
    ...RUN_POLICY,
    serialDevice: [{ device: 'socket' }],
    vga: [{ type: 'std' }],
    started: false,
    template: true,
    name: template.name,
    description: ownershipMark('template', cluster.name),
    nodeName: template.pveNode,
    vmId: template.vmId,
    bios,
    machine,
    operatingSystem: [{ type: 'l26' }],
    scsiHardware: 'virtio-scsi-pci',
    cpu: [{ type: 'host', cores: 1, sockets: 1, numa: false }],
    memory: [{ dedicated: 2048, floating: 0 }],
    ...(bios === 'ovmf' ? { efiDisk: [{ datastoreId: storage, type: '4m', preEnrolledKeys: false }] } : {}),
    bootOrder: ['scsi0'],
    // Talos' cloud images have 8 GiB; a clone grows its disk and never shrinks it.
    disk: [{ interface: 'scsi0', datastoreId: storage, size: 8, importFrom: imageVolumeId, discard: 'on' }],
    networkDevice: [{ bridge, model: 'virtio', queues: 0, firewall: false }],
    onBoot: false,
    protection: false,
  };
}
