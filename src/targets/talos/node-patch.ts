/** Settings of one node: name, network, disks, labels, taints, image. */

import type { Cluster, InstallDisk, KernelModule, Node, UserVolume } from '../../model/cluster.ts';
import { qemuDiskLink } from '../../model/qemu-disk.ts';
import { hasKubeDocuments, hasSecureEphemeral } from '../../model/version.ts';
import { document, hostname, unlessEmpty, type Document } from './document.ts';
import { links } from './links.ts';

export function nodePatch(cluster: Cluster, node: Node): Document[] {
  const settings = hasKubeDocuments(cluster.talos.version) ? settingsFrom114(node) : settingsUpTo113(node);
  return [
    hostname(node.name),
    ...links(cluster, node),
    ...(node.encryptDisk ? encryption(cluster.talos) : []),
    ...node.userVolumes.map((volume) => userVolume(volume, node.vm !== null)),
    ...((node.vm?.watchdog ?? null) !== null
      ? [document('WatchdogTimerConfig', { device: '/dev/watchdog0', timeout: '2m0s' })]
      : []),
    ...settings,
  ];
}

/** EPHEMERAL cannot be opened without this node's STATE. */
function encryption({ diskEncryption, version }: Cluster['talos']): Document[] {
  const source = diskEncryption === 'tpm' ? { tpm: {} } : { nodeID: {} };
  const volume = (name: string, key: Document, fields: Document): Document =>
    document('VolumeConfig', {
      name,
      ...fields,
      encryption: { provider: 'luks2', keys: [{ slot: 0, ...source, ...key }] },
    });
  // From 1.14 on Talos generates this document, with nothing else in it.
  const ephemeral = hasSecureEphemeral(version) ? { mount: { secure: true } } : {};
  return [volume('STATE', {}, {}), volume('EPHEMERAL', { lockToState: true }, ephemeral)];
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

/** On bare metal the place of a disk on its controller is not known. */
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
  return Object.fromEntries(
    node.taints.map(({ key, value, effect }) => [key, value === '' ? effect : `${value}:${effect}`]),
  );
}

function settingsUpTo113(node: Node): Document[] {
  const { installDisk: disk } = node;
  const modules = node.kernelModules.map(moduleFields);
  return [
    {
      machine: {
        install: {
          image: node.installerImage,
          ...(disk.kind === 'path' ? { disk: disk.path } : { diskSelector: { serial: disk.serial } }),
        },
        ...unlessEmpty('kernel', unlessEmpty('modules', modules)),
        ...unlessEmpty('nodeLabels', node.labels),
        ...unlessEmpty('nodeTaints', taintsOf(node)),
      },
    },
  ];
}

/**
 * A machine that was started from a disk image is installed already, and Talos then leaves this document alone; every other
 * one says by it where Talos is to be installed.
 */
function settingsFrom114(node: Node): Document[] {
  const kube = { ...unlessEmpty('labels', node.labels), ...unlessEmpty('taints', taintsOf(node)) };
  return [
    document('UnattendedInstallConfig', {
      installer: { image: node.installerImage },
      provisioning: { diskSelector: { match: diskMatch(node.installDisk) } },
    }),
    ...node.kernelModules.map((module) => document('KernelModuleConfig', moduleFields(module))),
    ...(Object.keys(kube).length > 0 ? [document('KubeNodeConfig', kube)] : []),
  ];
}

function moduleFields({ name, parameters }: KernelModule): Document {
  return { name, ...unlessEmpty('parameters', parameters) };
}
