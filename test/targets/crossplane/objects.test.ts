/** What nodes need besides themselves: the API, the composition, boot files, templates. */

import { describe, expect, it } from 'vitest';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { composition } from '../../../src/targets/crossplane/composition.ts';
import { definition } from '../../../src/targets/crossplane/definition.ts';
import { nodeImages, templateImages, templates } from '../../../src/targets/crossplane/images.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { shapes } from '../../support/vm-shapes.ts';
import { POLICIES, RUN } from './run-policy.ts';

const sample = sampleCluster();
const cloned = shapes['full clone'] ?? sample;

const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'talmox' };

describe('the definition', () => {
  const { spec, ...rest } = definition(sample);

  it('is named for its group', () => {
    expect(rest).toEqual({
      apiVersion: 'apiextensions.crossplane.io/v2',
      kind: 'CompositeResourceDefinition',
      metadata: { name: 'talosnodes.talmox.internal', labels: MANAGED_BY },
    });
  });

  it('serves one version, and shows where a machine is', () => {
    expect(spec).toMatchObject({
      scope: 'Namespaced',
      group: 'talmox.internal',
      names: { kind: 'TalosNode', listKind: 'TalosNodeList', plural: 'talosnodes', singular: 'talosnode' },
      defaultCompositionUpdatePolicy: 'Automatic',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          referenceable: true,
          additionalPrinterColumns: [
            { name: 'Role', type: 'string', jsonPath: '.spec.role' },
            { name: 'Host', type: 'string', jsonPath: '.spec.nodeName' },
            { name: 'VMID', type: 'integer', jsonPath: '.spec.vmId' },
            { name: 'Address', type: 'string', jsonPath: '.spec.initialization.ipConfig[0].ipv4[0].address' },
          ],
        },
      ],
    });
  });
});

describe('the composition', () => {
  const { spec, metadata, ...rest } = composition(sample) as unknown as {
    metadata: { name: string; labels: unknown };
    spec: { pipeline: { input: { resources: [{ base: unknown; patches: unknown[] }] } }[] };
  };
  const [vm] = spec.pipeline[0]?.input.resources ?? [];

  it('is of the API of Crossplane, and makes one VM by one function', () => {
    expect(rest).toEqual({ apiVersion: 'apiextensions.crossplane.io/v1', kind: 'Composition' });
    expect(metadata.labels).toEqual(MANAGED_BY);
    expect(spec).toMatchObject({
      compositeTypeRef: { apiVersion: 'talmox.internal/v1alpha1', kind: 'TalosNode' },
      mode: 'Pipeline',
      pipeline: [
        {
          step: 'vm',
          functionRef: { name: 'function-patch-and-transform' },
          input: { apiVersion: 'pt.fn.crossplane.io/v1beta1', kind: 'Resources', resources: [{ name: 'vm' }] },
        },
      ],
    });
  });

  it('gives every VM the same policy', () => {
    expect(vm?.base).toEqual({
      apiVersion: 'virtualenvironmentvm.proxmoxbpg.m.crossplane.io/v1alpha1',
      kind: 'EnvironmentVM',
      metadata: { labels: MANAGED_BY },
      spec: {
        managementPolicies: POLICIES,
        providerConfigRef: { kind: 'ClusterProviderConfig' },
        forProvider: {
          ...RUN,
          agent: [{ type: 'virtio', timeout: '30s', waitForIp: [{ disabled: true }] }],
        },
      },
    });
  });

  const from = (type: string): string[] =>
    (vm?.patches as { type: string; fromFieldPath: string; toFieldPath: string }[])
      .filter((patch) => patch.type === type)
      .map(({ fromFieldPath, toFieldPath }) => `${fromFieldPath} > ${toFieldPath}`);

  it('gives a VM name, labels, credentials and every field of its node', () => {
    expect(from('FromCompositeFieldPath')).toEqual([
      'metadata.name > metadata.name',
      'metadata.name > spec.forProvider.name',
      'spec.cluster > metadata.labels[cluster]',
      'spec.role > metadata.labels[role]',
      'metadata.namespace > spec.providerConfigRef.name',
      ...['nodeName', 'vmId', 'description', 'tags', 'poolId', 'bios', 'machine', 'scsiHardware', 'bootOrder'].map(
        same,
      ),
      ...['onBoot', 'protection'].map(same),
      'spec.disks > spec.forProvider.disk',
      'spec.networkDevices > spec.forProvider.networkDevice',
      'spec.serialDevices > spec.forProvider.serialDevice',
      ...['operatingSystem', 'cpu', 'memory', 'efiDisk', 'tpmState', 'clone', 'cdrom', 'watchdog', 'vga'].map(block),
      ...['smbios', 'startup'].map(block),
      'spec.agent.enabled > spec.forProvider.agent[0].enabled',
      ...['type', 'interface', 'datastoreId', 'ipConfig', 'userDataFileId', 'metaDataFileId', 'networkDataFileId'].map(
        (name) => `spec.initialization.${name} > spec.forProvider.initialization[0].${name}`,
      ),
      'spec.initialization.dns > spec.forProvider.initialization[0].dns[0]',
    ]);
  });

  it('tells a node what Proxmox VE calls its VM, and which NICs it has', () => {
    expect(from('ToCompositeFieldPath')).toEqual([
      'metadata.annotations[crossplane.io/external-name] > status.externalName',
      'status.atProvider.macAddresses > status.macAddresses',
    ]);
  });
});

function same(name: string): string {
  return `spec.${name} > spec.forProvider.${name}`;
}

function block(name: string): string {
  return `${same(name)}[0]`;
}

const labelled = (role: string) => ({ ...MANAGED_BY, cluster: 'home', role });

describe('boot files', () => {
  it('are fetched to each host whose nodes boot them, and taken over where they lie there already', () => {
    const files = nodeImages(sample);
    expect(files.map(({ spec }) => (spec as { forProvider: { nodeName: string } }).forProvider.nodeName)).toEqual([
      'pve1',
      'pve2',
    ]);
    expect(files[0]).toEqual({
      apiVersion: 'virtualenvironmentdownloadfile.proxmoxbpg.m.crossplane.io/v1alpha1',
      kind: 'EnvironmentDownloadFile',
      metadata: {
        name: expect.stringMatching(/^pve1-talos-v1-12-0-ce4c980550dd-nocloud-amd64-qcow2-[0-9a-f]{8}$/),
        namespace: 'home',
        labels: labelled('image'),
      },
      spec: {
        managementPolicies: POLICIES,
        providerConfigRef: { kind: 'ClusterProviderConfig', name: 'home' },
        forProvider: {
          nodeName: 'pve1',
          datastoreId: 'local',
          contentType: 'import',
          fileName: 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
          url: sample.proxmox.images[0]?.url,
          overwrite: false,
          overwriteUnmanaged: true,
        },
      },
    });
  });

  it('are not fetched to a host that has no node', () => {
    const nodes = sample.nodes.filter(({ vm }) => vm.pveNode === 'pve2');
    expect(nodeImages({ ...sample, nodes })).toHaveLength(1);
    expect(templateImages(sample)).toEqual([]);
  });

  it.each([
    ['host', { pveNode: 'pve9' }, {}],
    ['storage', { storage: 'tank' }, {}],
    ['content type', {}, { contentType: 'iso' as const }],
    ['name', {}, { fileName: 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.raw' }],
    ['URL', {}, { url: 'https://mirror.example/talos.qcow2' }],
  ])('have another name with another %s: the provider changes none of them', (_what, placement, image) => {
    const nameOf = (cluster: VmCluster): string | undefined => nodeImages(cluster)[0]?.metadata?.name;
    const images = sample.proxmox.images.map((one) => ({
      ...one,
      ...image,
      placements: one.placements.map((place) => ({ ...place, ...placement })),
    }));
    const host = 'pveNode' in placement ? placement.pveNode : null;
    const nodes = sample.nodes.map((node) => ({ ...node, vm: { ...node.vm, pveNode: host ?? node.vm.pveNode } }));
    expect(nameOf({ ...sample, nodes, proxmox: { ...sample.proxmox, images } })).not.toBe(nameOf(sample));
  });
});

describe('templates', () => {
  it('are VMs that never start, made of the file of their host', () => {
    expect(templates(cloned)[1]).toEqual({
      apiVersion: 'virtualenvironmentvm.proxmoxbpg.m.crossplane.io/v1alpha1',
      kind: 'EnvironmentVM',
      metadata: {
        name: expect.stringMatching(/^talos-pve2-[0-9a-f]{8}$/),
        namespace: 'home',
        labels: labelled('template'),
      },
      spec: {
        managementPolicies: POLICIES,
        providerConfigRef: { kind: 'ClusterProviderConfig', name: 'home' },
        forProvider: {
          ...RUN,
          started: false,
          serialDevice: [{ device: 'socket' }],
          vga: [{ type: 'std' }],
          template: true,
          name: 'talos-pve2',
          description: 'Talos template of cluster home, managed by talmox',
          nodeName: 'pve2',
          vmId: 9002,
          bios: 'ovmf',
          machine: 'q35',
          operatingSystem: [{ type: 'l26' }],
          scsiHardware: 'virtio-scsi-pci',
          cpu: [{ type: 'host', cores: 1, sockets: 1, numa: false }],
          memory: [{ dedicated: 2048, floating: 0 }],
          efiDisk: [{ datastoreId: 'local-lvm', type: '4m', preEnrolledKeys: false }],
          bootOrder: ['scsi0'],
          disk: [
            {
              interface: 'scsi0',
              datastoreId: 'local-lvm',
              size: 8,
              importFrom: 'local:import/talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
              discard: 'on',
            },
          ],
          networkDevice: [{ bridge: 'vmbr0', model: 'virtio', queues: 0, firewall: false }],
          onBoot: false,
          protection: false,
        },
      },
    });
  });

  it('have no EFI disk without OVMF, and another name with another id', () => {
    const changed = cloned.proxmox.templates.map((template) => ({ ...template, bios: 'seabios' as const, vmId: 9100 }));
    const [given] = templates({ ...cloned, proxmox: { ...cloned.proxmox, templates: changed } });
    expect((given?.['spec'] as { forProvider: object }).forProvider).not.toHaveProperty('efiDisk');
    expect(given?.metadata?.name).not.toBe(templates(cloned)[0]?.metadata?.name);
    expect(templateImages(cloned)).toHaveLength(2);
    expect(nodeImages(cloned)).toEqual([]);
  });
});
