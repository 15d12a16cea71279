/** What one node has of its own: name, network, disks, labels, taints, image. */

import type { Cluster, InstallDisk, Node, UserVolume } from '../../model/cluster.ts';
import { qemuDiskLink } from '../../model/qemu-disk.ts';
import { hasKubeDocuments } from '../../model/version.ts';
import { document, type Document } from './document.ts';
import { links } from './links.ts';

export function nodePatch(cluster: Cluster, node: Node): Document[] {
  const own = hasKubeDocuments(cluster.talos.version) ? settingsFrom114(node) : settingsUpTo113(node);
  return [
    // "off" as a text: YAML 1.1 readers take it for a boolean.
    document('HostnameConfig', { auto: 'off', hostname: node.name }),
    ...links(cluster, node),
    ...(node.encryptDisk ? encryption() : []),
    ...node.userVolumes.map((volume) => userVolume(volume, node.vm !== null)),
    ...(node.vm?.watchdog === true ? [document('WatchdogTimerConfig', { device: '/dev/watchdog0', timeout: '2m0s' })] : []),
    ...own,
  ];
}

/** Keys sealed in the TPM; EPHEMERAL cannot be opened without this node's STATE. */
function encryption(): Document[] {
  const volume = (name: string, key: Document): Document =>
    document('VolumeConfig', { name, encryption: { provider: 'luks2', keys: [{ slot: 0, tpm: {}, ...key }] } });
  return [volume('STATE', {}), volume('EPHEMERAL', { lockToState: true })];
}

function userVolume(volume: UserVolume, isVm: boolean): Document {
  return document('UserVolumeConfig', {
    name: volume.name,
    volumeType: 'disk',
    provisioning: { diskSelector: { match: isVm ? qemuDiskMatch(volume) : diskMatch(diskOf(volume)) } },
    filesystem: { type: 'xfs' },
  });
}

/**
 * A CEL expression for a disk of a VM. Talos shows no serial number of SCSI disks
 * (siderolabs/talos#12073), so it is looked for in the names of the links.
 */
function qemuDiskMatch({ slot, serial }: UserVolume): string {
  const ids = [`drive-${slot}`, ...(serial === null ? [] : [serial])];
  return ids.map((id) => `"${qemuDiskLink(id)}" in disk.symlinks`).join(' || ');
}

/** Without a VM the place behind a controller is only a guess. */
function diskOf({ slot, serial }: UserVolume): InstallDisk {
  if (serial !== null) return { kind: 'serial', serial };
  const letter = String.fromCharCode('a'.charCodeAt(0) + Number(slot.replace(/^scsi/, '')));
  return { kind: 'path', path: `/dev/sd${letter}` };
}

/** A CEL expression; paths below /dev/disk are links and never a device's own path. */
function diskMatch(disk: InstallDisk): string {
  if (disk.kind === 'serial') return `disk.serial == "${disk.serial}"`;
  return disk.path.startsWith('/dev/disk/') ? `"${disk.path}" in disk.symlinks` : `disk.dev_path == "${disk.path}"`;
}

function taintsOf(node: Node): Document {
  return Object.fromEntries(node.taints.map(({ key, value, effect }) => [key, value === '' ? effect : `${value}:${effect}`]));
}

function settingsUpTo113(node: Node): Document[] {
  const { installDisk: disk } = node;
  return [
    {
      machine: {
        install: {
          image: node.installerImage,
          ...(disk.kind === 'path' ? { disk: disk.path } : { diskSelector: { serial: disk.serial } }),
        },
        ...(node.kernelModules.length > 0 ? { kernel: { modules: node.kernelModules.map((name) => ({ name })) } } : {}),
        ...(Object.keys(node.labels).length > 0 ? { nodeLabels: node.labels } : {}),
        ...(node.taints.length > 0 ? { nodeTaints: taintsOf(node) } : {}),
      },
    },
  ];
}

function settingsFrom114(node: Node): Document[] {
  const kube = {
    ...(Object.keys(node.labels).length > 0 ? { labels: node.labels } : {}),
    ...(node.taints.length > 0 ? { taints: taintsOf(node) } : {}),
  };
  return [
    document('UnattendedInstallConfig', {
      installer: { image: node.installerImage },
      provisioning: { diskSelector: { match: diskMatch(node.installDisk) } },
    }),
    ...node.kernelModules.map((name) => document('KernelModuleConfig', { name })),
    ...(Object.keys(kube).length > 0 ? [document('KubeNodeConfig', kube)] : []),
  ];
}
