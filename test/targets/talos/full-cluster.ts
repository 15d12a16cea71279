/** A cluster that sets everything Talos is told, each to a value that nothing else has. */

import type { VmCluster, VmNode } from '../../../src/model/cluster.ts';
import { sampleCluster } from '../../support/cluster.ts';

function worker(): VmNode {
  const node = sampleCluster().nodes.find(({ name }) => name === 'w-1');
  if (node === undefined) throw new Error('w-1 is in the sample');
  return {
    ...node,
    encryptDisk: true,
    labels: { zone: 'b' },
    taints: [
      { key: 'dedicated', value: 'db', effect: 'NoSchedule' },
      { key: 'gpu', value: '', effect: 'NoExecute' },
    ],
    kernelModules: [
      { name: 'nbd', parameters: ['max_part=8'] },
      { name: 'br_netfilter', parameters: [] },
    ],
    userVolumes: [
      { name: 'data', slot: 'scsi1', serial: 'data01', sizeGiB: 200 },
      { name: 'logs', slot: 'scsi2', serial: null, sizeGiB: 10 },
    ],
    vm: { ...node.vm, watchdog: { model: 'i6300esb', action: 'reset' } },
  };
}

/** `w-1`, then the control planes of the sample. @param minor of Talos 1 */
export function fullTalos(minor: number): VmCluster {
  const cluster = sampleCluster();
  const version = { major: 1, minor, patch: 0, text: `1.${minor}.0` };
  return {
    ...cluster,
    nodes: [worker(), ...cluster.nodes.filter(({ role }) => role === 'controlplane')],
    kubernetes: { ...cluster.kubernetes, externalCloudProvider: true },
    talos: {
      ...cluster.talos,
      version,
      machine: {
        sysctls: { 'vm.nr_hugepages': '1024' },
        registryMirrors: { 'docker.io': ['https://mirror.example', 'https://other.example'] },
        kernelLogUrl: 'udp://10.10.10.9:514',
        serviceLogUrl: 'tcp://10.10.10.9:515',
        kubeletConfig: { maxPods: 200 },
        containerdConfig: '[plugins]\n',
        hostDnsOnLoopback: true,
        extraArgs: {
          kubelet: { v: '1' },
          apiServer: { v: '2' },
          controllerManager: { v: '3' },
          scheduler: { v: '4' },
          etcd: { v: '5' },
        },
        admissionControl: false,
        apiAccess: { roles: ['os:reader'], namespaces: ['kube-system'] },
      },
    },
  };
}
