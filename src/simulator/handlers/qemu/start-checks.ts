/**
 * What keeps a VM from starting, in the order in which Proxmox finds it out.
 * Source: qemu-server src/PVE/QemuServer.pm, config_to_command and vm_start_nolock; QemuServer/OVMF.pm, CPUConfig.pm.
 */

import type { PveVersion } from '../../schema/types.ts';
import { fail } from '../../state/errors.ts';
import { kindOf, storageOf } from '../../state/volume-names.ts';
import { needDivisibleMemory, needMemory } from './memory.ts';
import { needMtu, needPlugs } from './network.ts';
import { nodeOf, qemuFails, type Check, type Start } from './start-context.ts';

const VOLUMES: readonly Check[] = [needContentTypes, needVolumes];
const MACHINE: readonly Check[] = [needMachine, needKvm, needFirmware, needProcessors, needMemory];
const DEVICES: readonly Check[] = [warnOfThreads, needMtu];
const QEMU: readonly Check[] = [needRawTpm, needProcessorModel, needDivisibleMemory, needPlugs];

/** Before 9.1 the command line was made first and the volumes were looked for then. */
export function startChecks(version: PveVersion): readonly Check[] {
  return version === '9.1'
    ? [...VOLUMES, ...MACHINE, ...DEVICES, ...QEMU]
    : [...MACHINE, needContentTypes, ...DEVICES, needVolumes, ...QEMU];
}

function volumesOf({ host, vm }: Start): string[] {
  return host.configs.drives(vm.config).flatMap(([, { file }]) => (file.includes(':') ? file : []));
}

function needContentTypes(start: Start): void {
  for (const volid of volumesOf(start)) {
    const { id, content } = start.host.storages.get(storageOf(volid));
    const kind = kindOf(volid);
    if (!content.includes(kind)) fail(`storage '${id}' does not support content-type '${kind}'`);
  }
}

function needVolumes(start: Start): void {
  const { host, vm } = start;
  for (const volid of volumesOf(start)) {
    host.storages.on(vm.node, storageOf(volid));
    if (host.storages.volume(vm.node, volid) === undefined) fail(`volume '${volid}' does not exist`);
  }
}

function needMachine({ host, vm }: Start): void {
  const type = host.configs.parse('machine', vm.config.get('machine') ?? '')?.['type'] ?? '';
  const wanted = /-(\d+)\.(\d+)/.exec(type);
  const [major = 0, minor = 0] = host.release.qemu.split('.').map(Number);
  if (wanted === null) return;
  const isNewer = Number(wanted[1]) > major || (Number(wanted[1]) === major && Number(wanted[2]) > minor);
  if (isNewer)
    fail(
      `Installed QEMU version '${host.release.qemu}' is too old to run machine type '${type}', please upgrade node '${vm.node}'`,
    );
}

function needKvm(start: Start): void {
  if (start.vm.config.get('kvm') !== '0' && !nodeOf(start).kvm)
    fail('KVM virtualisation configured, but not available. Either disable in VM configuration or enable in BIOS.');
}

const BITS_32: ReadonlySet<string> = new Set([
  '486',
  'athlon',
  'coreduo',
  'kvm32',
  'pentium',
  'pentium2',
  'pentium3',
  'qemu32',
]);

function processorModel({ host, vm }: Start): string {
  return host.configs.parse('cpu', vm.config.get('cpu') ?? '')?.['cputype'] ?? 'kvm64';
}

function needFirmware(start: Start): void {
  const { config } = start.vm;
  if (config.get('bios') !== 'ovmf') return;
  if (BITS_32.has(processorModel(start))) fail('OVMF (UEFI) BIOS is not supported on 32-bit CPU types');
  if (!config.has('efidisk0')) start.warn('no efidisk configured! Using temporary efivars disk.');
}

/** What runs at first does not matter, only what could. */
function needProcessors(start: Start): void {
  const { config } = start.vm;
  const sockets = Number(config.get('sockets') ?? config.get('smp') ?? 1);
  const { cpus: allowed } = nodeOf(start);
  if (sockets * Number(config.get('cores') ?? 1) > allowed) fail(`MAX ${allowed} vcpus allowed per VM on this node`);
}

function warnOfThreads(start: Start): void {
  const isSingle = start.vm.config.get('scsihw') === 'virtio-scsi-single';
  for (const [key, drive] of start.host.configs.drives(start.vm.config))
    if (key.startsWith('scsi') && drive['iothread'] === '1' && !isSingle)
      start.warn('iothread is only valid with virtio disk or virtio-scsi-single controller, ignoring');
}

function needRawTpm(start: Start): void {
  const { host, vm } = start;
  const volid = host.configs.drive('tpmstate0', vm.config.get('tpmstate0') ?? '')?.file;
  const format = volid === undefined ? 'raw' : host.storages.volume(vm.node, volid)?.format;
  if (host.version !== '9.1' && format !== 'raw')
    fail("start failed: swtpm currently only supports 'raw' state volumes");
}

/** A guest gets exactly the processor that it was promised, or does not run. */
function needProcessorModel(start: Start): void {
  const model = processorModel(start);
  const known = nodeOf(start).supportedCpuModels;
  if (known === null || start.vm.config.get('kvm') === '0' || ['host', 'max', 'kvm64'].includes(model)) return;
  if (!known.has(model)) qemuFails(start, `Host doesn't support requested features of the CPU model '${model}'`);
}
