import { describe, expect, it } from 'vitest';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { everyDocument, first, nodeDocuments, phase, type Document } from './documents.ts';
import { DOWNLOAD_FILE_FIELDS, ENVIRONMENT_VM_FIELDS, unknownFields } from './provider-fields.ts';
import { compositeCheck, crdChecks, haveCrds, type Check } from './schemas.ts';
import { managed, shapes } from '../../support/vm-shapes.ts';

const both = Object.entries(shapes).flatMap(([name, cluster]): [string, VmCluster][] => [
  [name, cluster],
  [`${name}, managed`, managed(cluster)],
]);

const where = ({ kind, metadata }: Document): string => `${kind} ${metadata.name}`;

describe('fields of the provider', () => {
  it.each(both)('are known and of their type: %s', (_, cluster) => {
    const fields = { EnvironmentVM: ENVIRONMENT_VM_FIELDS, EnvironmentDownloadFile: DOWNLOAD_FILE_FIELDS };
    const problems = everyDocument(cluster).flatMap((document) => {
      const expected = Object.entries(fields).find(([kind]) => kind === document.kind)?.[1];
      return expected === undefined ? [] : unknownFields(document.spec['forProvider'], expected, where(document));
    });
    expect(problems).toEqual([]);
  });
});

describe('TalosNodes', () => {
  it.each(Object.entries(shapes))('are valid against their own definition: %s', (_, cluster) => {
    const check = compositeCheck(first(phase(cluster, 'definition')));
    expect(nodeDocuments(cluster).flatMap((document) => check(document))).toEqual([]);
  });

  const refused: readonly (readonly [string, (spec: Record<string, unknown>) => unknown])[] = [
    ['a VM id below 100', (spec) => ({ ...spec, vmId: 99 })],
    [
      'a lower-case MAC address',
      (spec) => ({ ...spec, networkDevices: [{ bridge: 'vmbr0', model: 'virtio', macAddress: 'bc:24:11:00:00:0b' }] }),
    ],
    ['a disk without a size', (spec) => ({ ...spec, disks: [{ interface: 'scsi0' }] })],
    ['no disk at all', (spec) => ({ ...spec, disks: [] })],
    ['an unknown field', (spec) => ({ ...spec, cores: 4 })],
    ['another role', (spec) => ({ ...spec, role: 'control-plane' })],
    [
      'an address without a prefix length',
      (spec) => ({
        ...spec,
        initialization: {
          type: 'nocloud',
          interface: 'ide0',
          datastoreId: 'local',
          ipConfig: [{ ipv4: [{ address: '10.0.0.1' }] }],
        },
      }),
    ],
  ];

  it.each(refused)('are refused with %s', (_, change) => {
    const cluster = shapes['sample'] as VmCluster;
    const check = compositeCheck(first(phase(cluster, 'definition')));
    const document = first(nodeDocuments(cluster));
    expect(check(document)).toEqual([]);
    expect(check({ ...document, spec: change({ ...document.spec }) })).not.toEqual([]);
  });
});

describe.skipIf(!haveCrds)('documents against the CRDs of Crossplane, provider and function', () => {
  const checks = haveCrds ? crdChecks() : new Map<string, Check>();
  const unchecked = new Set(['v1 Namespace', 'pkg.crossplane.io/v1beta1 DeploymentRuntimeConfig']);

  it.each(both)('are valid: %s', (_, cluster) => {
    const inputs = phase(cluster, 'composition').flatMap(({ spec }) =>
      (spec['pipeline'] as readonly { input: Document }[]).map(({ input }) => input),
    );
    const problems = [...everyDocument(cluster), ...inputs].flatMap((document) => {
      const kind = `${document.apiVersion} ${document.kind}`;
      if (unchecked.has(kind) || document.kind === 'TalosNode') return [];
      const check = checks.get(kind);
      if (check === undefined) return [`no CRD for ${kind}`];
      return check(document).map((problem) => `${kind}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });
});
