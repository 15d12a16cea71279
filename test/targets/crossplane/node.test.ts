/** One node with everything: as an object of its own API, as the provider's VM, and the way from one to the other. */

import { describe, expect, it } from 'vitest';
import type { Vm, VmCluster } from '../../../src/model/cluster.ts';
import { compositionName } from '../../../src/targets/crossplane/composition.ts';
import { environmentVm } from '../../../src/targets/crossplane/environment-vm.ts';
import { talosNode } from '../../../src/targets/crossplane/talos-node.ts';
import { fullCluster, fullNode, ISO_BOOT, TEMPLATE_BOOT } from '../../support/full-node.ts';
import { POLICIES, RUN } from './run-policy.ts';

const cluster = fullCluster();

/** The values of both forms; a block is an object in a TalosNode and a list of one in an EnvironmentVM. */
const VALUES = {
  nodeName: 'pve2',
  vmId: 1021,
  description: 'A worker',
  tags: ['talos', 'worker'],
  poolId: 'lab',
  bios: 'ovmf',
  machine: 'q35',
  scsiHardware: 'virtio-scsi-single',
  bootOrder: ['scsi0', 'ide2'],
  onBoot: false,
  protection: true,
};
const DISKS = [
  {
    interface: 'scsi0',
    datastoreId: 'fast',
    size: 64,
    importFrom: 'local:import/talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
    discard: 'on',
    ssd: true,
    iothread: true,
    backup: false,
    replicate: false,
  },
  {
    interface: 'scsi1',
    datastoreId: 'slow',
    size: 200,
    discard: 'ignore',
    ssd: false,
    iothread: false,
    backup: true,
    replicate: true,
    serial: 'data01',
  },
];
const NICS = [
  {
    bridge: 'vmbr0',
    model: 'virtio',
    macAddress: 'BC:24:11:00:00:15',
    vlanId: 22,
    mtu: 9000,
    queues: 4,
    firewall: true,
  },
  { bridge: 'vmbr1', model: 'virtio', macAddress: 'BC:24:11:00:01:15', queues: 0, firewall: false },
];
const PORTS = [{ device: 'socket' }, { device: '/dev/ttyS0' }];
const BLOCKS = {
  operatingSystem: { type: 'l26' },
  cpu: { type: 'x86-64-v3', cores: 6, sockets: 2, numa: true },
  memory: { dedicated: 16384, floating: 2048 },
  efiDisk: { datastoreId: 'efi-store', type: '4m', preEnrolledKeys: true },
  tpmState: { datastoreId: 'tpm-store', version: 'v2.0' },
  watchdog: { enabled: true, model: 'i6300esb', action: 'reset' },
  vga: { type: 'std', memory: 32 },
  smbios: { uuid: '8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b615', serial: 'ds=nocloud;h=w-1' },
  startup: { order: 4, upDelay: 15, downDelay: 60 },
};
const DRIVE = {
  type: 'nocloud',
  interface: 'ide0',
  datastoreId: 'ci-store',
  ipConfig: [
    { ipv4: [{ address: '10.10.10.21/24', gateway: '10.10.10.1' }] },
    {},
    { ipv4: [{ address: '10.20.0.21/24' }] },
  ],
  userDataFileId: 'local:snippets/u',
  metaDataFileId: 'local:snippets/m',
  networkDataFileId: 'local:snippets/n',
};
const SERVERS = { servers: ['1.1.1.1', '9.9.9.9'] };

const METADATA = {
  name: 'w-1',
  namespace: 'home',
  labels: { 'app.kubernetes.io/managed-by': 'talmox', cluster: 'home', role: 'worker' },
  // Nothing deletes a VM because its file is gone.
  annotations: {
    'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    'kustomize.toolkit.fluxcd.io/prune': 'disabled',
  },
};

function specOf(boot = cluster.nodes[0]?.vm.boot, changes: Partial<Vm> = {}): Record<string, unknown> {
  const node = fullNode(boot);
  return talosNode(cluster, { ...node, vm: { ...node.vm, ...changes } })['spec'] as Record<string, unknown>;
}

it('a TalosNode is the machine, and names its composition', () => {
  expect(talosNode(cluster, fullNode())).toEqual({
    apiVersion: 'talmox.internal/v1alpha1',
    kind: 'TalosNode',
    metadata: METADATA,
    spec: {
      crossplane: { compositionRef: { name: compositionName(cluster) } },
      cluster: 'home',
      role: 'worker',
      ...VALUES,
      ...BLOCKS,
      agent: { enabled: true },
      disks: DISKS,
      networkDevices: NICS,
      serialDevices: PORTS,
      initialization: { ...DRIVE, dns: SERVERS },
    },
  });
});

it('an EnvironmentVM is the same in the form of the provider, and says how it is run', () => {
  const blocks = Object.fromEntries(Object.entries(BLOCKS).map(([name, block]) => [name, [block]]));
  expect(environmentVm(cluster, fullNode())).toEqual({
    apiVersion: 'virtualenvironmentvm.proxmoxbpg.m.crossplane.io/v1alpha1',
    kind: 'EnvironmentVM',
    metadata: METADATA,
    spec: {
      managementPolicies: POLICIES,
      providerConfigRef: { kind: 'ClusterProviderConfig', name: 'home' },
      forProvider: {
        ...RUN,
        name: 'w-1',
        ...VALUES,
        ...blocks,
        agent: [{ enabled: true, type: 'virtio', timeout: '30s', waitForIp: [{ disabled: true }] }],
        disk: DISKS,
        networkDevice: NICS,
        serialDevice: PORTS,
        initialization: [{ ...DRIVE, dns: [SERVERS] }],
      },
    },
  });
});

describe('where a machine comes from', () => {
  it('is the ISO in its drive', () => {
    const spec = specOf(ISO_BOOT);
    expect(spec['cdrom']).toEqual({ fileId: 'local:iso/talos.iso', interface: 'ide2' });
    expect(spec).not.toHaveProperty('clone');
    expect(JSON.stringify(spec['disks'])).not.toContain('importFrom');
  });

  it('is a template, copied to the storage of the system disk', () => {
    const spec = specOf(TEMPLATE_BOOT);
    expect(spec['clone']).toEqual({ vmId: 9002, nodeName: 'pve1', full: true, datastoreId: 'fast' });
    expect(spec).not.toHaveProperty('cdrom');
    expect(JSON.stringify(spec['disks'])).not.toContain('importFrom');
  });

  it('is a template of which a linked clone takes the storage', () => {
    const { boot } = fullNode(TEMPLATE_BOOT).vm;
    if (boot.source !== 'template') throw new Error('it is cloned');
    expect(specOf({ ...boot, full: false })['clone']).toEqual({ vmId: 9002, nodeName: 'pve1', full: false });
  });
});

describe('what a machine has not', () => {
  it('is no field', () => {
    const spec = specOf(undefined, {
      pool: null,
      efiDisk: null,
      tpm: null,
      watchdog: null,
      cloudInit: null,
      smbios: { uuid: 'u', serial: null },
      vga: { type: 'std', memoryMiB: null },
    });
    for (const name of ['poolId', 'efiDisk', 'tpmState', 'watchdog', 'initialization', 'clone', 'cdrom'])
      expect(spec, name).not.toHaveProperty(name);
    expect(spec['smbios']).toEqual({ uuid: 'u' });
    expect(spec['vga']).toEqual({ type: 'std' });
  });

  it('is no block of addresses, name servers or files', () => {
    const { cloudInit } = fullNode().vm;
    if (cloudInit === null) throw new Error('it has a drive');
    const bare = { ...cloudInit, ipConfigs: [null], nameservers: [], snippets: null };
    expect(specOf(undefined, { cloudInit: bare })['initialization']).toEqual({
      type: 'nocloud',
      interface: 'ide0',
      datastoreId: 'ci-store',
    });
  });

  it('is no block after the last NIC that has an address', () => {
    const { cloudInit } = fullNode().vm;
    if (cloudInit === null) throw new Error('it has a drive');
    const given = specOf(undefined, {
      cloudInit: { ...cloudInit, ipConfigs: [null, { address: '10.0.0.9/8', gateway: null }, null] },
    });
    expect(given['initialization']).toMatchObject({ ipConfig: [{}, { ipv4: [{ address: '10.0.0.9/8' }] }] });
  });
});

describe('the composition that a node names', () => {
  const inGroup = (group: string): VmCluster => ({ ...cluster, crossplane: { ...cluster.crossplane, group } });

  it('is another one in another group, whatever else the clusters have', () => {
    expect(compositionName(inGroup('infra.example.org'))).not.toBe(compositionName(cluster));
    expect(compositionName({ ...inGroup('infra.example.org'), name: 'x' })).toBe(
      compositionName(inGroup('infra.example.org')),
    );
  });
});
