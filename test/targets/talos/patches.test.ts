import { describe, expect, it } from 'vitest';
import { ofRole } from '../../../src/targets/talos/cluster-patches.ts';
import { nodePatch } from '../../../src/targets/talos/node-patch.ts';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { sampleCluster, sampleMetalCluster } from '../../support/cluster.ts';

const from114 = (cluster: VmCluster): VmCluster => ({
  ...cluster,
  talos: { ...cluster.talos, version: { major: 1, minor: 14, patch: 0, text: '1.14.0' } },
});
const withoutWorkers = (cluster: VmCluster): VmCluster => ({
  ...cluster,
  nodes: cluster.nodes.filter(({ role }) => role === 'controlplane'),
});

function selectorOf(cluster: Parameters<typeof nodePatch>[0]): string {
  const node = cluster.nodes.find(({ name }) => name === 'w-1');
  const volume =
    node === undefined ? undefined : nodePatch(cluster, node).find(({ kind }) => kind === 'UserVolumeConfig');
  return JSON.stringify(volume?.['provisioning'] ?? null);
}

describe('a user volume', () => {
  it('is found in a VM by what QEMU calls the drive or its serial number, never by the order of the disks', () => {
    const selector = selectorOf(sampleCluster());
    expect(selector).toContain('scsi-0QEMU_QEMU_HARDDISK_drive-scsi1');
    expect(selector).toContain('scsi-0QEMU_QEMU_HARDDISK_data01');
    expect(selector).not.toMatch(/dev_path|disk\.serial/);
  });

  it('is found on a machine by the serial number that Talos shows there', () => {
    expect(selectorOf(sampleMetalCluster())).toContain('disk.serial == \\"data01\\"');
  });
});

describe('a cluster without workers', () => {
  it('runs its workloads on the control planes', () => {
    const allowed = (cluster: VmCluster): string => JSON.stringify(ofRole(cluster, 'controlplane'));
    expect(allowed(withoutWorkers(sampleCluster()))).toContain('"allowSchedulingOnControlPlanes":true');
    expect(allowed(sampleCluster())).toContain('"allowSchedulingOnControlPlanes":false');
    expect(allowed(from114(withoutWorkers(sampleCluster())))).toContain('"taints":{"$patch":"delete"}');
    expect(allowed(from114(sampleCluster()))).not.toContain('taints');
  });
});
