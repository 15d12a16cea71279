/** The virtual machine of a node: the one description that every backend builds from. */

import type { Boot, BootSource, Vm } from '../model/cluster.ts';
import { ownershipMark } from '../model/identity.ts';
import { diskImageEnrolsSecureBootKeys, minorText } from '../model/version.ts';
import { parseIpv4 } from '../model/net.ts';
import { NODE_DEFAULTS, STARTUP_ORDER, VM_DEVICES } from './defaults.ts';
import type { NodeContext, TalosSide } from './node-context.ts';
import { builtIn, clusterDefault, derived, fallBackTo, inNodes } from './origin.ts';
import { resolveAgent } from './resolve-advanced.ts';
import { bootFile, bootVolume, templateId } from './resolve-boot.ts';
import { networkOf } from './resolve-cluster.ts';
import { resolveCloudInit, resolveDisks, resolveNics } from './resolve-devices.ts';
import type { ResolvedHost } from './resolve-hosts.ts';
import type { Platform } from './resolve-proxmox.ts';
import { resolveSize } from './resolve-size.ts';

export function resolveVm(context: NodeContext, platform: Platform, talosSide: TalosSide): Vm {
  const { written, role, scope, nodeKey, settings } = context;
  const { advanced } = platform;
  // Where the cluster names no host, every node does: otherwise there is no platform.
  const pveNode = scope.pick<string | null>('proxmox_node', [nodeKey('proxmox_node')], platform.defaultHost) ?? '';
  const target = platform.hostOf(pveNode);
  const diskStorage = scope.choose(
    'vm_disk_storage',
    [nodeKey('vm_disk_storage')],
    fallBackTo(target.sources.diskStorage, 'host default'),
  );
  const storage = diskStorage.value;
  const boot = resolveBoot(context, platform, target, talosSide);
  const nics = resolveNics(context, platform, target, talosSide);
  const ovmf = advanced.bios === 'ovmf';
  return {
    vmId: resolveVmId(context, platform),
    pveNode,
    name: written.name,
    description: ownershipMark(`${role} ${written.name}`, settings.name),
    tags: resolveTags(context, advanced.tags),
    pool: platform.proxmox.pool,
    bios: advanced.bios,
    // Proxmox knows the i440fx chipset as machine type `pc`.
    machine: advanced.machine === 'q35' ? 'q35' : 'pc',
    osType: advanced.ostype,
    cpuType: scope.pick(
      'vm_cpu_type',
      [nodeKey('vm_cpu_type')],
      fallBackTo(platform.advancedSources.cpu_type, 'cluster default'),
    ),
    ...resolveSize(context, platform.sizes),
    numa: advanced.numa,
    balloonMiB: advanced.balloon,
    scsiController: advanced.scsi_hw,
    efiDisk: ovmf ? { storage, type: '4m', preEnrolledKeys: false } : null,
    tpm: talosSide.encryptDisk && settings.talos.diskEncryption === 'tpm' ? { storage, version: 'v2.0' } : null,
    boot,
    // The disk first: an installed node must not boot the ISO again.
    bootOrder: boot.source === 'iso' ? ['scsi0', boot.drive] : ['scsi0'],
    disks: resolveDisks(context, platform, diskStorage, talosSide.installDisk),
    nics,
    cloudInit: resolveCloudInit(context, target.host, storage, talosSide),
    agent: resolveAgent(
      'qemu agent',
      clusterDefault(context.file.proxmox_vm_advanced?.qemu_agent, '/proxmox_vm_advanced/qemu_agent'),
      talosSide.schematicId,
      settings.talos,
      scope,
    ),
    ...resolveConsole(context, platform),
    smbios: {
      uuid: talosSide.systemUuid,
      serial: settings.nocloud.method === 'nocloud-net' ? talosSide.nocloudSerial : null,
    },
    startup: resolveStartup(context),
    onBoot: platform.onBoot,
    protection: platform.protection,
  };
}

function resolveVmId({ written, settings, scope, nodeKey }: NodeContext, platform: Platform): number {
  const offset = (parseIpv4(written.address) ?? 0) - networkOf(settings.network.cidr).first;
  return scope.pick(
    'vm_id',
    [nodeKey('vm_id')],
    derived(platform.vmIdBase + offset, `proxmox.vm_id_base ${platform.vmIdBase} + the address's offset in node_cidr`),
  );
}

function resolveTags({ written, role, scope, index }: NodeContext, base: readonly string[]): readonly string[] {
  const tags = [...base, role === 'controlplane' ? 'controller' : 'worker', ...(written.vm_tags ?? [])];
  // Proxmox lower-cases, sorts and de-duplicates tags; anything else would be reported as a difference at every plan.
  const stored: readonly string[] = [...new Set(tags.map((tag) => tag.toLowerCase()))].sort();
  const others = 'proxmox_vm_advanced.tags and the role';
  return scope.pick(
    'vm_tags',
    [inNodes(written.vm_tags && stored, `/nodes/${index}/vm_tags`, others)],
    derived(stored, others),
  );
}

function resolveBoot(context: NodeContext, platform: Platform, target: ResolvedHost, talosSide: TalosSide): Boot {
  const source = resolveBootSource(context, talosSide.secureBoot);
  const { settings, file } = context;
  if (source === 'template') {
    const home = platform.templateNode === null ? target : platform.hostOf(platform.templateNode);
    return {
      source,
      templateId: templateId(file, home, talosSide.schematicId, talosSide.secureBoot),
      templateNode: home.host.name,
      full: platform.templateFullClone,
    };
  }
  const image = bootFile(settings, talosSide.schematicId, talosSide.secureBoot, source);
  const { volumeId } = bootVolume(target.host, image);
  return source === 'iso'
    ? { source, imageKey: image.key, volumeId, drive: 'ide2' }
    : { source, imageKey: image.key, volumeId };
}

function resolveBootSource({ file, settings, scope, nodeKey }: NodeContext, secureBoot: boolean): BootSource {
  const needsIso = secureBoot && !diskImageEnrolsSecureBootKeys(settings.talos.version);
  return scope.pick<BootSource>(
    'vm_boot_source',
    [nodeKey('vm_boot_source'), clusterDefault(file.proxmox?.boot_source, '/proxmox/boot_source')],
    needsIso
      ? derived('iso', `Talos ${minorText(settings.talos.version)} enrols Secure Boot keys only from its ISO`)
      : builtIn('image', 'imported by the host itself, no manual step'),
  );
}

/** Devices whose details nobody can set. */
function resolveConsole({ scope }: NodeContext, platform: Platform): Pick<Vm, 'watchdog' | 'vga' | 'serialPorts'> {
  const { watchdog, vga, serialPorts } = VM_DEVICES;
  return {
    watchdog: scope.note('watchdog', platform.watchdog ? watchdog : null, 'proxmox.watchdog'),
    vga: scope.pick<Vm['vga']>('vga', [], builtIn(vga, 'the screen for the dashboard of Talos')),
    serialPorts: scope.pick<Vm['serialPorts']>('serial ports', [], builtIn(serialPorts, 'the console of qm terminal')),
  };
}

function resolveStartup({ role, scope, nodeKey }: NodeContext): Vm['startup'] {
  return {
    order: scope.pick('vm_startup_order', [nodeKey('vm_startup_order')], builtIn(STARTUP_ORDER[role], `for a ${role}`)),
    upDelaySeconds: scope.pick(
      'vm_startup_delay',
      [nodeKey('vm_startup_delay')],
      builtIn<number>(NODE_DEFAULTS.vm_startup_delay),
    ),
    downDelaySeconds: scope.pick(
      'vm_shutdown_delay',
      [nodeKey('vm_shutdown_delay')],
      builtIn<number>(NODE_DEFAULTS.vm_shutdown_delay),
    ),
  };
}
