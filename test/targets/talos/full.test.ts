/** What Talos is told by the patches of a cluster with everything, before its 1.14 and from it on. */

import { describe, expect, it } from 'vitest';
import type { VmCluster, VmNode } from '../../../src/model/cluster.ts';
import { allNodes, ofRole } from '../../../src/targets/talos/cluster-patches.ts';
import type { Document } from '../../../src/targets/talos/document.ts';
import { nodePatch } from '../../../src/targets/talos/node-patch.ts';
import { namedDocuments, repeatable } from '../../../src/targets/talos/repeatable.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { fullTalos } from './full-cluster.ts';

const INSTALLER =
  'factory.talos.dev/nocloud-installer/ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515:v1.12.0';
const DELETE = { $patch: 'delete' };

/** Documents without the version of their kinds, which is one. */
function plain(documents: readonly Document[]): Document[] {
  return documents.map(({ apiVersion, ...rest }) => {
    expect(apiVersion, JSON.stringify(rest)).toBe(rest['kind'] === undefined ? undefined : 'v1alpha1');
    return rest;
  });
}

/** Of every release: the name and the network of the node. */
const NETWORK = [
  { kind: 'HostnameConfig', auto: 'off', hostname: 'w-1' },
  { kind: 'LinkAliasConfig', name: 'lan0', selector: { match: 'mac(link.permanent_addr) == "bc:24:11:00:00:15"' } },
  {
    kind: 'LinkConfig',
    name: 'lan0',
    up: true,
    mtu: 1500,
    addresses: [{ address: '10.10.10.21/24' }],
    routes: [{ gateway: '10.10.10.1' }],
  },
  { kind: 'LinkAliasConfig', name: 'lan1', selector: { match: 'mac(link.permanent_addr) == "bc:24:11:00:01:15"' } },
  { kind: 'LinkConfig', name: 'lan1', up: true, mtu: 1500, addresses: [{ address: '10.20.0.21/24' }] },
];

/** The volumes of the user, and the watchdog. */
const VOLUMES = [
  {
    kind: 'UserVolumeConfig',
    name: 'data',
    volumeType: 'disk',
    provisioning: {
      diskSelector: {
        match:
          '"/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1" in disk.symlinks || "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_data01" in disk.symlinks',
      },
    },
    filesystem: { type: 'xfs' },
  },
  {
    kind: 'UserVolumeConfig',
    name: 'logs',
    volumeType: 'disk',
    provisioning: {
      diskSelector: { match: '"/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi2" in disk.symlinks' },
    },
    filesystem: { type: 'xfs' },
  },
  { kind: 'WatchdogTimerConfig', device: '/dev/watchdog0', timeout: '2m0s' },
];

/** What goes first: a patch is merged to what is there. */
const CLEARED = [
  { kind: 'LinkAliasConfig', name: 'lan0', ...DELETE },
  { kind: 'LinkConfig', name: 'lan0', ...DELETE },
  { kind: 'LinkAliasConfig', name: 'lan1', ...DELETE },
  { kind: 'LinkConfig', name: 'lan1', ...DELETE },
  { kind: 'VolumeConfig', name: 'STATE', ...DELETE },
  { kind: 'VolumeConfig', name: 'EPHEMERAL', ...DELETE },
  { kind: 'UserVolumeConfig', name: 'data', ...DELETE },
  { kind: 'UserVolumeConfig', name: 'logs', ...DELETE },
  { kind: 'WatchdogTimerConfig', ...DELETE },
];

const worker = ({ nodes: [first] }: VmCluster): VmNode => {
  if (first === undefined) throw new Error('a cluster has nodes');
  return first;
};

describe('Talos 1.13, whose Kubernetes settings are fields', () => {
  const cluster = fullTalos(13);

  it('is told on all nodes', () => {
    expect(plain(allNodes(cluster))).toEqual([
      {
        kind: 'ResolverConfig',
        nameservers: [{ address: '1.1.1.1' }, { address: '1.0.0.1' }],
        searchDomains: { disableDefault: true },
      },
      { kind: 'TimeSyncConfig', enabled: true, ntp: { servers: ['162.159.200.1', 'time.example.org'] } },
      {
        kind: 'RegistryMirrorConfig',
        name: 'docker.io',
        endpoints: [{ url: 'https://mirror.example' }, { url: 'https://other.example' }],
      },
      { kind: 'KmsgLogConfig', name: 'kernel-log', url: 'udp://10.10.10.9:514' },
      { kind: 'LinkConfig', name: 'lo', addresses: [{ address: '169.254.116.108/32' }] },
      {
        machine: {
          certSANs: ['127.0.0.1', '10.10.10.5', 'api.home.example'],
          kubelet: {
            nodeIP: { validSubnets: ['10.10.10.0/24'] },
            extraArgs: { v: '1' },
            extraConfig: { maxPods: 200 },
          },
          sysctls: { 'vm.nr_hugepages': '1024' },
          files: [{ op: 'create', path: '/etc/cri/conf.d/20-customization.part', content: '[plugins]\n' }],
          logging: { destinations: [{ endpoint: 'tcp://10.10.10.9:515', format: 'json_lines' }] },
          features: { hostDNS: { enabled: true, forwardKubeDNSToHost: true, resolveMemberNames: true } },
        },
        cluster: {
          network: { cni: { name: 'none' }, podSubnets: ['10.42.0.0/16'], serviceSubnets: ['10.43.0.0/16'] },
          externalCloudProvider: { enabled: true },
        },
      },
    ]);
    expect(plain(repeatable(allNodes(cluster)).deletions)).toEqual([
      { kind: 'ResolverConfig', ...DELETE },
      { kind: 'TimeSyncConfig', ...DELETE },
      { kind: 'RegistryMirrorConfig', name: 'docker.io', ...DELETE },
      { kind: 'KmsgLogConfig', name: 'kernel-log', ...DELETE },
      { kind: 'LinkConfig', name: 'lo', ...DELETE },
      {
        machine: { certSANs: DELETE, kubelet: { nodeIP: DELETE, extraConfig: DELETE }, files: DELETE, logging: DELETE },
      },
    ]);
  });

  it('is told on control planes', () => {
    expect(plain(ofRole(cluster, 'controlplane'))).toEqual([
      { cluster: { apiServer: { admissionControl: DELETE } } },
      {
        machine: {
          type: 'controlplane',
          features: {
            kubernetesTalosAPIAccess: {
              enabled: true,
              allowedRoles: ['os:reader'],
              allowedKubernetesNamespaces: ['kube-system'],
            },
          },
        },
        cluster: {
          allowSchedulingOnControlPlanes: false,
          apiServer: { certSANs: ['127.0.0.1', '10.10.10.5', 'api.home.example'], extraArgs: { v: '2' } },
          controllerManager: { extraArgs: { v: '3' } },
          scheduler: { extraArgs: { v: '4' } },
          etcd: { advertisedSubnets: ['10.10.10.0/24'], extraArgs: { v: '5' } },
          proxy: { disabled: true },
          coreDNS: { disabled: true },
        },
      },
    ]);
    expect(plain(repeatable(ofRole(cluster, 'controlplane')).deletions)).toEqual([
      {
        cluster: { apiServer: { admissionControl: DELETE, certSANs: DELETE }, etcd: { advertisedSubnets: DELETE } },
        machine: { features: { kubernetesTalosAPIAccess: DELETE } },
      },
    ]);
  });

  it('is told on workers', () => {
    expect(ofRole(cluster, 'worker')).toEqual([{ machine: { type: 'worker' } }]);
  });

  it('is told on a node', () => {
    expect(plain(nodePatch(cluster, worker(cluster)))).toEqual([
      ...NETWORK,
      { kind: 'VolumeConfig', name: 'STATE', encryption: { provider: 'luks2', keys: [{ slot: 0, tpm: {} }] } },
      {
        kind: 'VolumeConfig',
        name: 'EPHEMERAL',
        encryption: { provider: 'luks2', keys: [{ slot: 0, tpm: {}, lockToState: true }] },
      },
      ...VOLUMES,
      {
        machine: {
          install: { image: INSTALLER, disk: '/dev/sda' },
          kernel: { modules: [{ name: 'nbd', parameters: ['max_part=8'] }, { name: 'br_netfilter' }] },
          nodeLabels: { zone: 'b' },
          nodeTaints: { dedicated: 'db:NoSchedule', gpu: 'NoExecute' },
        },
      },
    ]);
    expect(plain(repeatable(nodePatch(cluster, worker(cluster))).deletions)).toEqual([
      ...CLEARED,
      { machine: { kernel: DELETE } },
    ]);
  });

  it('finds by name what the patches delete, where it has to be there', () => {
    expect(plain(namedDocuments(cluster, worker(cluster)))).toEqual([
      { kind: 'ResolverConfig' },
      { kind: 'TimeSyncConfig' },
      { kind: 'RegistryMirrorConfig', name: 'docker.io' },
      { kind: 'KmsgLogConfig', name: 'kernel-log' },
      { kind: 'LinkConfig', name: 'lo' },
      { kind: 'LinkAliasConfig', name: 'lan0', selector: { match: 'mac(link.permanent_addr) == "bc:24:11:00:00:15"' } },
      { kind: 'LinkConfig', name: 'lan0' },
      { kind: 'LinkAliasConfig', name: 'lan1', selector: { match: 'mac(link.permanent_addr) == "bc:24:11:00:01:15"' } },
      { kind: 'LinkConfig', name: 'lan1' },
      { kind: 'VolumeConfig', name: 'STATE' },
      { kind: 'VolumeConfig', name: 'EPHEMERAL' },
      {
        kind: 'UserVolumeConfig',
        name: 'data',
        provisioning: {
          diskSelector: {
            match:
              '"/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1" in disk.symlinks || "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_data01" in disk.symlinks',
          },
        },
      },
      {
        kind: 'UserVolumeConfig',
        name: 'logs',
        provisioning: {
          diskSelector: { match: '"/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi2" in disk.symlinks' },
        },
      },
      { kind: 'WatchdogTimerConfig' },
    ]);
  });
});

describe('Talos 1.14, whose Kubernetes settings are documents', () => {
  const cluster = fullTalos(14);

  it('is told on all nodes', () => {
    expect(plain(allNodes(cluster))).toEqual([
      {
        kind: 'ResolverConfig',
        nameservers: [{ address: '1.1.1.1' }, { address: '1.0.0.1' }],
        searchDomains: { disableDefault: true },
        hostDNS: { enabled: true, forwardKubeDNSToHost: true, resolveMemberNames: true },
      },
      { kind: 'TimeSyncConfig', enabled: true, ntp: { servers: ['162.159.200.1', 'time.example.org'] } },
      {
        kind: 'RegistryMirrorConfig',
        name: 'docker.io',
        endpoints: [{ url: 'https://mirror.example' }, { url: 'https://other.example' }],
      },
      { kind: 'KmsgLogConfig', name: 'kernel-log', url: 'udp://10.10.10.9:514' },
      { kind: 'LinkConfig', name: 'lo', addresses: [{ address: '169.254.116.108/32' }] },
      { kind: 'KubeNetworkConfig', podSubnets: ['10.42.0.0/16'], serviceSubnets: ['10.43.0.0/16'] },
      { kind: 'KubeNodeConfig', nodeIP: { validSubnets: ['10.10.10.0/24'] } },
      {
        kind: 'KubeletConfig',
        image: 'ghcr.io/siderolabs/kubelet:v1.35.0',
        extraArgs: { v: '1' },
        config: { maxPods: 200 },
      },
      { kind: 'SysctlConfig', params: { 'vm.nr_hugepages': '1024' } },
      { kind: 'CRICustomizationConfig', name: 'cluster', content: '[plugins]\n' },
      {
        machine: {
          certSANs: ['127.0.0.1', '10.10.10.5', 'api.home.example'],
          logging: { destinations: [{ endpoint: 'tcp://10.10.10.9:515', format: 'json_lines' }] },
        },
        cluster: { externalCloudProvider: { enabled: true } },
      },
    ]);
    expect(plain(repeatable(allNodes(cluster)).deletions)).toEqual([
      { kind: 'ResolverConfig', ...DELETE },
      { kind: 'TimeSyncConfig', ...DELETE },
      { kind: 'RegistryMirrorConfig', name: 'docker.io', ...DELETE },
      { kind: 'KmsgLogConfig', name: 'kernel-log', ...DELETE },
      { kind: 'LinkConfig', name: 'lo', ...DELETE },
      { kind: 'KubeNodeConfig', nodeIP: DELETE },
      { kind: 'KubeletConfig', config: DELETE },
      { kind: 'SysctlConfig', ...DELETE },
      { kind: 'CRICustomizationConfig', name: 'cluster', ...DELETE },
      { machine: { certSANs: DELETE, logging: DELETE } },
    ]);
  });

  it('is told on control planes', () => {
    expect(plain(ofRole(cluster, 'controlplane'))).toEqual([
      {
        kind: 'KubeAPIServerConfig',
        image: 'registry.k8s.io/kube-apiserver:v1.35.0',
        certExtraSANs: ['127.0.0.1', '10.10.10.5', 'api.home.example'],
        extraArgs: { v: '2' },
      },
      {
        kind: 'KubeControllerManagerConfig',
        image: 'registry.k8s.io/kube-controller-manager:v1.35.0',
        extraArgs: { v: '3' },
      },
      { kind: 'KubeSchedulerConfig', image: 'registry.k8s.io/kube-scheduler:v1.35.0', extraArgs: { v: '4' } },
      { kind: 'KubeAdmissionControlConfig', name: 'PodSecurity', ...DELETE },
      { kind: 'KubeTalosAPIAccessConfig', allowedRoles: ['os:reader'], allowedKubernetesNamespaces: ['kube-system'] },
      { kind: 'KubeFlannelCNIConfig', ...DELETE },
      { kind: 'KubeProxyConfig', enabled: false, image: 'registry.k8s.io/kube-proxy:v1.35.0' },
      { kind: 'KubeCoreDNSConfig', enabled: false },
      {
        machine: { type: 'controlplane' },
        cluster: { etcd: { advertisedSubnets: ['10.10.10.0/24'], extraArgs: { v: '5' } } },
      },
    ]);
    expect(plain(repeatable(ofRole(cluster, 'controlplane')).deletions)).toEqual([
      { kind: 'KubeAdmissionControlConfig', name: 'PodSecurity', ...DELETE },
      { kind: 'KubeFlannelCNIConfig', ...DELETE },
      { kind: 'KubeAPIServerConfig', ...DELETE },
      { kind: 'KubeTalosAPIAccessConfig', ...DELETE },
      { cluster: { etcd: { advertisedSubnets: DELETE } } },
    ]);
  });

  it('is told on workers', () => {
    expect(ofRole(cluster, 'worker')).toEqual([{ machine: { type: 'worker' } }]);
  });

  it('is told on a node', () => {
    expect(plain(nodePatch(cluster, worker(cluster)))).toEqual([
      ...NETWORK,
      { kind: 'VolumeConfig', name: 'STATE', encryption: { provider: 'luks2', keys: [{ slot: 0, tpm: {} }] } },
      {
        kind: 'VolumeConfig',
        name: 'EPHEMERAL',
        mount: { secure: true },
        encryption: { provider: 'luks2', keys: [{ slot: 0, tpm: {}, lockToState: true }] },
      },
      ...VOLUMES,
      {
        kind: 'UnattendedInstallConfig',
        installer: { image: INSTALLER },
        provisioning: { diskSelector: { match: 'disk.dev_path == "/dev/sda"' } },
      },
      { kind: 'KernelModuleConfig', name: 'nbd', parameters: ['max_part=8'] },
      { kind: 'KernelModuleConfig', name: 'br_netfilter' },
      { kind: 'KubeNodeConfig', labels: { zone: 'b' }, taints: { dedicated: 'db:NoSchedule', gpu: 'NoExecute' } },
    ]);
    expect(plain(repeatable(nodePatch(cluster, worker(cluster))).deletions)).toEqual([
      ...CLEARED,
      { kind: 'KernelModuleConfig', name: 'nbd', ...DELETE },
      { kind: 'KernelModuleConfig', name: 'br_netfilter', ...DELETE },
    ]);
  });

  it('finds by name what the patches delete, where it has to be there', () => {
    expect(plain(namedDocuments(cluster, worker(cluster)))).toEqual([]);
  });
});

describe.each([13, 14])('a plain cluster on Talos 1.%i', (minor) => {
  const full = fullTalos(minor);
  const cluster: VmCluster = {
    ...full,
    kubernetes: { ...full.kubernetes, externalCloudProvider: false, cni: 'flannel' },
    // The sample sets nothing of a machine.
    talos: { ...full.talos, machine: sampleCluster().talos.machine },
  };
  const bare: VmNode = {
    ...worker(cluster),
    encryptDisk: false,
    labels: {},
    taints: [],
    kernelModules: [],
    userVolumes: [],
    vm: { ...worker(cluster).vm, watchdog: null },
  };
  const told = (documents: readonly Document[]): string => JSON.stringify(documents);

  it('is told nothing of what it does not set', () => {
    const unset =
      /RegistryMirror|KmsgLog|LinkConfig|KubeletConfig|SysctlConfig|CRICustomization|logging|externalCloudProvider|sysctls|files|extraArgs|extraConfig/;
    expect(told(allNodes(cluster))).not.toMatch(unset);
    expect(told(allNodes(full))).toMatch(unset);
  });

  it('keeps the network, the proxy, the name server and the checks of Kubernetes', () => {
    const replaced =
      /"none"|disabled|"enabled":false|Flannel|dmission|TalosAPIAccess|extraArgs|ControllerManager|Scheduler/;
    expect(told([...allNodes(cluster), ...ofRole(cluster, 'controlplane')])).not.toMatch(replaced);
    expect(told([...allNodes(full), ...ofRole(full, 'controlplane')])).toMatch(replaced);
  });

  it('tells a node its name, its network and its image alone', () => {
    expect(nodePatch(cluster, bare).map(({ kind }) => kind)).toEqual([
      'HostnameConfig',
      ...['LinkAliasConfig', 'LinkConfig', 'LinkAliasConfig', 'LinkConfig'],
      minor === 14 ? 'UnattendedInstallConfig' : undefined,
    ]);
    expect(told(nodePatch(cluster, bare))).not.toMatch(/kernel|nodeLabels|nodeTaints|KubeNode/);
  });

  it('encrypts with the identity of the node where no TPM is asked for', () => {
    const byNode = { ...cluster, talos: { ...cluster.talos, diskEncryption: 'node_id' as const } };
    expect(told(nodePatch(byNode, { ...bare, encryptDisk: true }))).toMatch(/"nodeID":\{\}/);
    expect(told(nodePatch(byNode, { ...bare, encryptDisk: true }))).not.toMatch(/tpm/);
  });
});

describe('a disk', () => {
  const cluster = fullTalos(14);
  const onMachine = (name: string, changes: object): string =>
    JSON.stringify(
      nodePatch(cluster, { ...worker(cluster), vm: null, ...changes }).find(({ kind }) => kind === name)?.[
        'provisioning'
      ],
    );
  const volume = (slot: string, serial: string | null) => ({ userVolumes: [{ name: 'x', slot, serial, sizeGiB: 1 }] });
  const match = (expression: string): string => JSON.stringify({ diskSelector: { match: expression } });

  it('to install to is found by its path, by a link, or by its serial number', () => {
    const install = (disk: object): string => onMachine('UnattendedInstallConfig', { installDisk: disk });
    expect(install({ kind: 'path', path: '/dev/nvme0n1' })).toBe(match('disk.dev_path == "/dev/nvme0n1"'));
    expect(install({ kind: 'path', path: '/dev/disk/by-id/x' })).toBe(match('"/dev/disk/by-id/x" in disk.symlinks'));
    expect(install({ kind: 'serial', serial: 'S1' })).toBe(match('disk.serial == "S1"'));
  });

  it('to install to is a field before 1.14', () => {
    const before = fullTalos(13);
    const install = (disk: object): unknown =>
      nodePatch(before, { ...worker(before), installDisk: disk as VmNode['installDisk'] }).at(-1)?.['machine'];
    expect(install({ kind: 'serial', serial: 'S1' })).toMatchObject({
      install: { image: INSTALLER, diskSelector: { serial: 'S1' } },
    });
  });

  it('of a machine is the next one on its controller where it has no serial number', () => {
    expect(onMachine('UserVolumeConfig', volume('scsi0', null))).toBe(match('disk.dev_path == "/dev/sda"'));
    expect(onMachine('UserVolumeConfig', volume('scsi2', null))).toBe(match('disk.dev_path == "/dev/sdc"'));
    expect(onMachine('UserVolumeConfig', volume('scsi2', 'S2'))).toBe(match('disk.serial == "S2"'));
  });
});
