/** One node: what Talos configures on it, and the VM it runs in. */

import type { InstallDisk, KernelModule, Node, Taint, UserVolume } from '../model/cluster.ts';
import type { ClusterFile, NodeFile } from '../model/files.gen.ts';
import { instanceId, nodeUrl, systemUuid } from '../model/identity.ts';
import { qemuDiskLink } from '../model/qemu-disk.ts';
import { NODE_DEFAULTS } from './defaults.ts';
import type { NodeContext, NodeDefaults } from './node-context.ts';
import { builtIn, derived, fallBackTo, inCluster, inNodes, Scope, type Trace } from './origin.ts';
import { resolveAgent } from './resolve-advanced.ts';
import { flat, type ClusterSettings } from './resolve-cluster.ts';
import { resolveNetwork } from './resolve-network.ts';
import type { Platform } from './resolve-proxmox.ts';
import { resolveVm } from './resolve-vm.ts';

/** What nodes fall back to, resolved once. Settings of VMs alone are noted only where there are VMs. */
export function nodeDefaults(
  file: ClusterFile,
  settings: ClusterSettings,
  hasVms: boolean,
  trace: Trace | null,
): NodeDefaults {
  const scope = new Scope(trace, null);
  const schematicId = scope.choose(
    'schematic_id',
    [flat(file, 'schematic_id')],
    derived(settings.talos.schematic.id, 'talos.extensions, talos.kernel_args and talos.image'),
  );
  const vlanTag = scope.choose('node_vlan_tag', [flat(file, 'node_vlan_tag')], builtIn<string | number>(0, 'untagged'));
  if (hasVms) {
    const key = 'proxmox_vm_advanced.qemu_agent';
    const written = inCluster(file.proxmox_vm_advanced?.qemu_agent, '/proxmox_vm_advanced/qemu_agent');
    resolveAgent(key, written, schematicId.value, settings.talos, scope);
  }
  return {
    schematicId: fallBackTo(schematicId, 'cluster default'),
    vlanTag: fallBackTo(vlanTag, 'cluster default'),
  };
}

export function resolveNode(
  written: NodeFile,
  index: number,
  file: ClusterFile,
  settings: ClusterSettings,
  defaults: NodeDefaults,
  platform: Platform | null,
  trace: Trace | null,
): Node {
  const context: NodeContext = {
    written,
    index,
    file,
    settings,
    defaults,
    role: written.controller ? 'controlplane' : 'worker',
    scope: new Scope(trace, written.name),
    nodeKey: <K extends keyof NodeFile & string>(key: K) =>
      inNodes<NonNullable<NodeFile[K]>>(written[key] ?? undefined, `/nodes/${index}/${key}`),
  };
  noteWritten(context);
  const network = resolveNetwork(context, platform !== null);
  const talos = resolveTalos(context, platform !== null);
  const installDisk = resolveInstallDisk(context);
  const identity = resolveIdentity(context);
  const vm =
    platform === null ? null : resolveVm(context, platform, { ...network, ...talos, ...identity, installDisk });
  return {
    index,
    name: written.name,
    role: context.role,
    address: written.address,
    macAddress: network.links[0].macAddress,
    links: network.links,
    installDisk,
    ...talos,
    userVolumes: userVolumes(written),
    ...identity,
    vm,
  };
}

/** Notes the keys that have no default. */
function noteWritten({ scope, nodeKey }: NodeContext): void {
  scope.pick('name', [nodeKey('name')], builtIn(''));
  scope.pick('address', [nodeKey('address')], builtIn(''));
  scope.pick('controller', [nodeKey('controller')], builtIn(false));
  scope.pick<readonly unknown[]>('vm_extra_disks', [nodeKey('vm_extra_disks')], builtIn([]));
  scope.pick<readonly unknown[]>('vm_extra_nics', [nodeKey('vm_extra_nics')], builtIn([]));
}

function resolveIdentity({ written, settings, scope }: NodeContext): Pick<Node, 'systemUuid' | 'nocloudSerial'> {
  const { name } = written;
  const { serverUrl } = settings.nocloud;
  const uuid = scope.note('smbios uuid', systemUuid(settings.name, name), 'UUIDv5 of cluster and node name');
  // Without a server the serial holds only names: Talos takes them and then reads the drive.
  const source = serverUrl === null ? '' : `ds=nocloud-net;s=${nodeUrl(serverUrl, settings.name, name)};`;
  return { systemUuid: uuid, nocloudSerial: `${source}h=${name};i=${instanceId(settings.name, name)}` };
}

type TalosPart = Pick<
  Node,
  'schematicId' | 'secureBoot' | 'encryptDisk' | 'kernelModules' | 'labels' | 'taints' | 'installerImage'
>;

function resolveTalos({ settings, defaults, scope, nodeKey }: NodeContext, hasVms: boolean): TalosPart {
  const schematicId = scope.pick('schematic_id', [nodeKey('schematic_id')], defaults.schematicId);
  const secureBoot = scope.pick('secureboot', [nodeKey('secureboot')], builtIn<boolean>(NODE_DEFAULTS.secureboot));
  // Only the platform's own installer keeps the platform's kernel arguments through an upgrade.
  const installer = `${hasVms ? 'nocloud' : 'metal'}-installer${secureBoot ? '-secureboot' : ''}`;
  return {
    schematicId,
    secureBoot,
    encryptDisk: scope.pick('encrypt_disk', [nodeKey('encrypt_disk')], builtIn<boolean>(NODE_DEFAULTS.encrypt_disk)),
    kernelModules: scope
      .pick<readonly string[]>('kernel_modules', [nodeKey('kernel_modules')], builtIn(NODE_DEFAULTS.kernel_modules))
      .map(parseModule),
    labels: scope.pick<Readonly<Record<string, string>>>('labels', [nodeKey('labels')], builtIn({})),
    taints: scope.pick<readonly string[]>('taints', [nodeKey('taints')], builtIn([])).map(parseTaint),
    installerImage: `${settings.talos.factoryHost}/${installer}/${schematicId}:v${settings.talos.version.text}`,
  };
}

/** `name parameter…`, as modprobe takes it. */
function parseModule(text: string): KernelModule {
  const [name = '', ...parameters] = text.split(' ').filter((word) => word !== '');
  return { name, parameters };
}

/** `key[=value]:Effect`, as kubectl writes it. */
function parseTaint(text: string): Taint {
  const separator = text.lastIndexOf(':');
  const [key = '', value = ''] = text.slice(0, separator).split('=');
  return { key, value, effect: text.slice(separator + 1) as Taint['effect'] };
}

/**
 * A path, else a serial number: so the community reads `disk`. The kernel names disks in the order in which it
 * finds them, which need not be their order on the controller. On bare metal the user writes it.
 */
function resolveInstallDisk({ scope, nodeKey, written }: NodeContext): InstallDisk {
  const several = (written.vm_extra_disks ?? []).length > 0;
  const fallback = several
    ? derived(qemuDiskLink('drive-scsi0'), 'with extra disks the system disk need not be /dev/sda')
    : builtIn<string>(NODE_DEFAULTS.disk, 'the only disk of the VM');
  const text = scope.pick<string>('disk', [nodeKey('disk')], fallback);
  return text.startsWith('/') ? { kind: 'path', path: text } : { kind: 'serial', serial: text };
}

/** Named extra disks, which stand behind the system disk in the order written. */
function userVolumes(written: NodeFile): UserVolume[] {
  return (written.vm_extra_disks ?? []).flatMap((disk, position) =>
    disk.name === undefined
      ? []
      : [{ name: disk.name, slot: `scsi${position + 1}`, serial: disk.serial ?? null, sizeGiB: disk.size }],
  );
}
