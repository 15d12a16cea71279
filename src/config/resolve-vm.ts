/** The virtual machine of a node: the one description that every backend builds from. */

import type { Boot, BootSource, CloudInit, Disk, Nic, Node, PveHost, Role, Vm } from '../model/cluster.ts';
import { diskImageEnrolsSecureBootKeys, minorText } from '../model/version.ts';
import { parseIpv4 } from '../model/net.ts';
import { ADVANCED_DEFAULTS, GUEST_AGENT_EXTENSION, NODE_DEFAULTS, ROLE_SIZE_DEFAULTS, STARTUP_ORDER, type VmSize } from './defaults.ts';
import { builtIn, clusterDefault, derived, inCluster, roleDefault, type Candidate } from './origin.ts';
import { networkOf } from './resolve-cluster.ts';
import type { NodeContext, NodeNetwork } from './resolve-node.ts';
import { bootFile, bootVolume, templateId, type Platform, type ResolvedHost } from './resolve-proxmox.ts';

type Rest = NodeNetwork & Pick<Node, 'schematicId' | 'secureBoot' | 'encryptDisk' | 'systemUuid' | 'nocloudSerial' | 'installDisk'>;

/** `proxmox_vm_advanced` with its defaults. */
type Advanced = {
  readonly [K in keyof typeof ADVANCED_DEFAULTS]: NonNullable<
    NonNullable<NodeContext['file']['proxmox_vm_advanced']>[K]
  >;
};

export function resolveVm(context: NodeContext, platform: Platform, rest: Rest): Vm {
  const { written, role, scope, own, settings } = context;
  const pveNode = scope.pick(
    'proxmox_node',
    [own('proxmox_node'), clusterDefault(context.file.proxmox_node, '/proxmox_node')],
    builtIn(platform.defaultHost),
  );
  const target = platform.hostOf(pveNode);
  const advanced = resolveAdvanced(context);
  const storage = scope.pick('vm_disk_storage', [own('vm_disk_storage')], builtIn(target.host.diskStorage, 'its host'));
  const boot = resolveBoot(context, platform, target, rest);
  const nics = resolveNics(context, platform, target.host, advanced, rest);
  const ovmf = advanced.bios === 'ovmf';
  return {
    vmId: resolveVmId(context, platform),
    pveNode,
    name: written.name,
    description: `Talos ${role} ${written.name} of cluster ${settings.name}, managed by talmox`,
    tags: resolveTags(context, advanced.tags),
    pool: platform.proxmox.pool,
    bios: advanced.bios,
    // Proxmox knows the i440fx chipset as machine type `pc`.
    machine: advanced.machine === 'q35' ? 'q35' : 'pc',
    osType: advanced.ostype,
    cpuType: scope.pick('vm_cpu_type', [own('vm_cpu_type')], builtIn(advanced.cpu_type, 'proxmox_vm_advanced.cpu_type')),
    ...resolveSize(context),
    numa: advanced.numa,
    balloonMiB: advanced.balloon,
    scsiController: advanced.scsi_hw,
    efiDisk: ovmf ? { storage, type: '4m', preEnrolledKeys: false } : null,
    tpm: rest.encryptDisk ? { storage, version: 'v2.0' } : null,
    boot,
    // The disk first: an installed node must not boot the ISO again.
    bootOrder: boot.source === 'iso' ? ['scsi0', boot.drive] : ['scsi0'],
    disks: resolveDisks(context, storage, advanced, rest.installDisk),
    nics,
    cloudInit: resolveCloudInit(context, target.host, storage, rest),
    agent: resolveAgent(context, rest.schematicId),
    watchdog: platform.watchdog,
    smbios: {
      uuid: rest.systemUuid,
      serial: settings.nocloud.method === 'nocloud-net' ? rest.nocloudSerial : null,
    },
    startup: resolveStartup(context),
    onBoot: platform.onBoot,
    protection: platform.protection,
  };
}

function resolveVmId({ written, settings, scope, own }: NodeContext, platform: Platform): number {
  const offset = (parseIpv4(written.address) ?? 0) - networkOf(settings.network.cidr).first;
  return scope.pick(
    'vm_id',
    [own('vm_id')],
    derived(platform.vmIdBase + offset, `proxmox.vm_id_base ${platform.vmIdBase} + the address's offset in node_cidr`),
  );
}

/** Sizes by precedence: node, role defaults, cluster defaults, built-in of the role. */
function resolveSize(context: NodeContext): Pick<Vm, 'cores' | 'sockets' | 'memoryMiB'> {
  return {
    cores: size(context, 'vm_cores', 'cores', 'cores'),
    sockets: size(context, 'vm_sockets', 'sockets', null),
    memoryMiB: size(context, 'vm_memory', 'memory', 'memory'),
  };
}

function size(
  { written, index, file, role, scope, own }: NodeContext,
  key: 'vm_cores' | 'vm_sockets' | 'vm_memory' | 'vm_disk_size',
  field: keyof VmSize,
  alias: 'cores' | 'memory' | 'disk_size' | null,
): number {
  const roleKey = role === 'controlplane' ? 'proxmox_vm_controller_defaults' : 'proxmox_vm_worker_defaults';
  const aliases: Candidate<number>[] =
    alias === null
      ? []
      : [{ value: written[alias], origin: { kind: 'file', file: 'nodes.yaml', pointer: `/nodes/${index}/${alias}` } }];
  return scope.pick(
    key,
    [
      own(key),
      ...aliases,
      roleDefault(file[roleKey]?.[field], `/${roleKey}/${field}`),
      clusterDefault(file.proxmox_vm_defaults?.[field], `/proxmox_vm_defaults/${field}`),
    ],
    builtIn(ROLE_SIZE_DEFAULTS[role][field], `for a ${role}`),
  );
}

function resolveAdvanced({ file, scope }: NodeContext): Advanced {
  const written = file.proxmox_vm_advanced ?? {};
  const pick = <K extends keyof Advanced>(key: K): Advanced[K] =>
    scope.pick<unknown>(
      `proxmox_vm_advanced.${key}`,
      [inCluster<unknown>(written[key], `/proxmox_vm_advanced/${key}`)],
      builtIn<unknown>(ADVANCED_DEFAULTS[key]),
    ) as Advanced[K];
  const keys = Object.keys(ADVANCED_DEFAULTS) as (keyof Advanced)[];
  return Object.fromEntries(keys.map((key) => [key, pick(key)])) as Advanced;
}

function resolveTags({ written, role, scope }: NodeContext, base: readonly string[]): string[] {
  const tags = [...base, role === 'controlplane' ? 'controller' : 'worker', ...(written.vm_tags ?? [])];
  // Proxmox lower-cases, sorts and de-duplicates tags; anything else would show as drift for ever.
  const stored = [...new Set(tags.map((tag) => tag.toLowerCase()))].sort();
  return scope.note('vm_tags', stored, 'proxmox_vm_advanced.tags, the role and vm_tags');
}

function resolveBoot(context: NodeContext, platform: Platform, target: ResolvedHost, rest: Rest): Boot {
  const source = resolveBootSource(context, rest.secureBoot);
  const { settings, file } = context;
  if (source === 'template') {
    return {
      source,
      templateId: templateId(file, target, rest.schematicId, rest.secureBoot),
      templateNode: target.host.name,
      full: platform.templateFullClone,
    };
  }
  const image = bootFile(settings, rest.schematicId, rest.secureBoot, source);
  const { volumeId } = bootVolume(target.host, image);
  return source === 'iso'
    ? { source, imageKey: image.key, volumeId, drive: 'ide2' }
    : { source, imageKey: image.key, volumeId };
}

function resolveBootSource({ file, settings, scope, own }: NodeContext, secureBoot: boolean): BootSource {
  const needsIso = secureBoot && !diskImageEnrolsSecureBootKeys(settings.talos.version);
  return scope.pick<BootSource>(
    'vm_boot_source',
    [own('vm_boot_source'), clusterDefault(file.proxmox?.boot_source, '/proxmox/boot_source')],
    needsIso
      ? derived('iso', `Talos ${minorText(settings.talos.version)} enrols Secure Boot keys only from its ISO`)
      : builtIn('image', 'imported by the host itself, no manual step'),
  );
}

function resolveDisks(
  context: NodeContext,
  storage: string,
  advanced: Advanced,
  installDisk: Node['installDisk'],
): Vm['disks'] {
  const common = {
    ssd: advanced.disk_ssd,
    discard: advanced.disk_discard,
    // Proxmox gives a disk a thread of its own only behind a controller of its own.
    iothread: advanced.scsi_hw === 'virtio-scsi-single',
    replicate: advanced.disk_replicate,
  };
  const system: Disk = {
    ...common,
    slot: 'scsi0',
    storage,
    sizeGiB: size(context, 'vm_disk_size', 'disk_size', 'disk_size'),
    backup: advanced.disk_backup,
    serial: installDisk.kind === 'serial' ? installDisk.serial : null,
  };
  const extra = (context.written.vm_extra_disks ?? []).map((disk, position): Disk => ({
    ...common,
    slot: `scsi${position + 1}`,
    storage: disk.storage ?? storage,
    sizeGiB: disk.size,
    backup: disk.backup ?? advanced.disk_backup,
    serial: disk.serial ?? null,
  }));
  return [system, ...extra];
}

function resolveNics(
  { written, scope, own }: NodeContext,
  platform: Platform,
  host: PveHost,
  advanced: Advanced,
  rest: Rest,
): Vm['nics'] {
  const common = {
    model: 'virtio',
    // The bridge's own: the guest's MTU is Talos' business and must not exceed it.
    mtu: null,
    queues: advanced.net_queues,
    firewall: platform.firewall,
  } as const;
  const first: Nic = {
    ...common,
    slot: 'net0',
    bridge: scope.pick('vm_bridge', [own('vm_bridge')], builtIn(host.bridge, 'its host')),
    macAddress: rest.links[0].macAddress.toUpperCase(),
    vlanTag: rest.proxmoxVlanTag,
  };
  const extra = (written.vm_extra_nics ?? []).map((nic, position): Nic => ({
    ...common,
    slot: `net${position + 1}`,
    bridge: nic.bridge,
    macAddress: (rest.links[position + 1]?.macAddress ?? '').toUpperCase(),
    vlanTag: nic.vlan_tag === undefined || Number(nic.vlan_tag) === 0 ? null : Number(nic.vlan_tag),
  }));
  return [first, ...extra];
}

function resolveCloudInit(
  { written, settings }: NodeContext,
  host: PveHost,
  storage: string,
  rest: Rest,
): CloudInit | null {
  const { method } = settings.nocloud;
  // With `ds=nocloud-net` Talos never reads the drive.
  if (method === 'nocloud-net') return null;
  const snippet = (part: string): string => `${host.snippetsStorage}:snippets/${settings.name}-${written.name}-${part}.yaml`;
  return {
    drive: 'ide0',
    storage,
    ipConfigs: rest.links.map((link) => {
      const [address] = link.addresses;
      // Proxmox writes no VLAN into network-config: the address would sit on the untagged link for ever.
      return address === undefined || link.vlanTag !== null ? null : { address, gateway: link.gateway };
    }),
    nameservers: settings.network.nameservers,
    snippets:
      method === 'cicustom' ? { user: snippet('user'), meta: snippet('meta'), network: snippet('network') } : null,
  };
}

function resolveAgent({ file, settings, scope }: NodeContext, schematicId: string): boolean {
  const { schematic, extensions } = settings.talos;
  const installed = extensions.includes(GUEST_AGENT_EXTENSION);
  return scope.pick<boolean>(
    'qemu agent',
    [clusterDefault(file.proxmox_vm_advanced?.qemu_agent, '/proxmox_vm_advanced/qemu_agent')],
    schematicId === schematic.id
      ? derived(installed, `${GUEST_AGENT_EXTENSION} is ${installed ? '' : 'not '}in talos.extensions`)
      : builtIn(ADVANCED_DEFAULTS.qemu_agent, 'what a given schematic_id holds is not known'),
  );
}

function resolveStartup({ role, scope, own }: NodeContext): Vm['startup'] {
  return {
    order: scope.pick('vm_startup_order', [own('vm_startup_order')], builtIn(startupOrder(role), `for a ${role}`)),
    upDelaySeconds: scope.pick(
      'vm_startup_delay',
      [own('vm_startup_delay')],
      builtIn<number>(NODE_DEFAULTS.vm_startup_delay),
    ),
    downDelaySeconds: scope.pick(
      'vm_shutdown_delay',
      [own('vm_shutdown_delay')],
      builtIn<number>(NODE_DEFAULTS.vm_shutdown_delay),
    ),
  };
}

function startupOrder(role: Role): number {
  return STARTUP_ORDER[role];
}
