/** `POST .../clone`: a VM from another. */

import { hashFormat } from '../../schema/hash-formats.ts';
import { parsePropertyString } from '../../schema/check.ts';
import { printPropertyString } from '../../schema/property-string.ts';
import { isCdrom, isCloudInit, type Drive } from '../../state/config.ts';
import { ApiError, fail, forbidden, parameterError } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { storageOf } from '../../state/volume-names.ts';
import type { TaskRun } from '../../state/tasks.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import { need, vmByState, type Call, type Handlers } from '../call.ts';
import { diskBytes } from './copied-bytes.ts';
import { allocateCloudInit } from './disks.ts';
import { withMacAddress } from './options.ts';
import { needBridges } from './permissions.ts';
import { needNoLock } from '../../state/config-lock.ts';

export const CLONE_HANDLERS: Handlers = { 'POST /nodes/{node}/qemu/{vmid}/clone': clone };

/** A running source is held exclusively, and nobody waits long for it. */
const LOCK_TIMEOUT_MILLISECONDS = 1_000;
const NOT_COPIED = /^(unused\d+|parent|vmstate|runningcpu|runningmachine|template|lock)$/;

interface Source {
  readonly vm: VirtualMachine;
  readonly full: boolean;
  /** Another node, or `null`. */
  readonly target: string | null;
}

function clone(call: Call): unknown {
  const { host } = call;
  const { vm } = check(call);
  const newid = Number(need(call, 'newid'));
  const lock = { shared: vm.pid === null, timeoutMilliseconds: LOCK_TIMEOUT_MILLISECONDS };
  return call.start('qmclone', vm.vmid, (run) =>
    host.locks.hold(vm.vmid, lock, () =>
      host.locks.hold(newid, { timeoutMilliseconds: LOCK_TIMEOUT_MILLISECONDS }, () =>
        copy(call, check(call), newid, run),
      ),
    ),
  );
}

/** What can be refused at once; asked again once the locks are held. */
function check(call: Call): Source {
  const { host, user, parameters } = call;
  const { pool, storage, format, target, snapname, full: asked } = parameters;
  if (pool !== undefined && !host.pools.has(pool)) forbidden(`pool '${pool}' does not exist`);
  if (target !== undefined) host.node(target);
  const elsewhere = target === undefined || target === need(call, 'node') ? null : target;
  if (storage !== undefined) needTargetStorage(host, need(call, 'node'), storage, elsewhere);
  const vm = vmByState(call);
  needNoLock(vm);
  if (snapname !== undefined) fail(`snapshot '${snapname}' does not exist`);
  const full = asked === undefined ? vm.config.get('template') !== '1' : asked === '1';
  if (storage !== undefined && !full) fail("parameter 'storage' not allowed for linked clones");
  if (format !== undefined && !full) fail("parameter 'format' not allowed for linked clones");
  const isLocal = needStorages(call, vm);
  needBridges({ host, user }, vm.config);
  if (elsewhere !== null && isLocal) fail(`can't clone VM to node '${elsewhere}' (VM uses local storage)`);
  needFreeId(call);
  for (const [key, drive] of copiedDrives(host, vm)) needFeature(host, vm, full, key, drive);
  return { vm, full, target: elsewhere };
}

function needTargetStorage(host: Host, node: string, id: string, elsewhere: string | null): void {
  const storage = host.storages.on(node, id);
  if (!storage.content.includes('images')) parameterError({ storage: `storage '${id}' does not support vm images` });
  if (elsewhere === null) return;
  host.storages.on(elsewhere, id);
  if (!storage.shared) fail(`can't clone to non-shared storage '${id}'`);
}

/** Room is asked for disks alone. @returns whether a volume keeps the VM on its host: a disc does too */
function needStorages({ host, user, parameters }: Call, vm: VirtualMachine): boolean {
  let isLocal = false;
  for (const [, drive] of host.configs.drives(vm.config)) {
    if (drive.file === 'cdrom') host.access.need(user, '/', 'Sys.Console');
    if (!drive.file.includes(':')) continue;
    const { id, shared } = host.storages.get(storageOf(drive.file));
    isLocal ||= !shared;
    if (!isCdrom(drive)) host.access.need(user, `/storage/${parameters['storage'] ?? id}`, 'Datastore.AllocateSpace');
  }
  return isLocal;
}

/** Only a VM of this node is noticed now. */
function needFreeId(call: Call): void {
  const newid = need(call, 'newid');
  if (call.host.vms.find(Number(newid))?.node === need(call, 'node'))
    fail(`unable to create VM ${newid}: config file already exists`);
}

/** Drives whose volumes are copied: everything but discs. A cloud-init drive is made anew. */
function copiedDrives(host: Host, vm: VirtualMachine): [string, Drive][] {
  return host.configs
    .drives(vm.config)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([, drive]) => !isCdrom(drive) || isCloudInit(drive.file));
}

function needFeature(host: Host, vm: VirtualMachine, full: boolean, key: string, { file }: Drive): void {
  if (full && vm.pid !== null && key === 'tpmstate0') fail('cannot clone TPM state while VM is running');
  const isCopied = full || isCloudInit(file) || key === 'tpmstate0';
  if (!isCopied && host.storages.volume(vm.node, file)?.isBase !== true)
    fail(`Linked clone feature is not supported for '${file}' (${key})`);
}

async function copy(call: Call, { vm, full, target }: Source, newid: number, run: TaskRun): Promise<void> {
  const { host, parameters } = call;
  const config = copiedConfig(call, vm);
  needUnusedName(host, newid, vm.node);
  const made = host.vms.add(
    newid,
    vm.node,
    new Map([
      ['lock', 'clone'],
      ['description', 'qmclone temporary file'],
    ]),
  );
  host.vms.announce(made);
  const volumes: string[] = [];
  try {
    await run.pause(full ? diskBytes(host, vm) : 0);
    for (const [key, drive] of copiedDrives(host, vm))
      config.set(key, copyDrive(call, vm, newid, full, [key, drive], volumes, run));
    if (vm.pending.size > 0)
      run.log(`found pending changes for '${[...vm.pending.keys()].join(',')}', discarding for clone`);
    made.config = config;
    made.node = target ?? vm.node;
    // A pool that has gone meanwhile is passed over in silence.
    if (host.pools.has(parameters['pool'] ?? '')) host.pools.addVm(parameters['pool'] ?? '', newid);
    host.vms.announce(made);
  } catch (error) {
    for (const volid of volumes) host.storages.remove(vm.node, volid);
    host.vms.remove(newid);
    throw error instanceof ApiError ? new ApiError(500, `clone failed: ${error.printed}`) : error;
  }
}

/** Looked for as the configuration is put in its place: ids are one space for VMs and containers of all nodes. */
function needUnusedName(host: Host, newid: number, node: string): void {
  if (host.guest(newid) !== null)
    fail(`close (rename) atomic file '/etc/pve/nodes/${node}/qemu-server/${newid}.conf' failed: File exists`);
}

/** The current configuration: pending changes are left behind. Identities are drawn anew. */
function copiedConfig({ host, parameters }: Call, vm: VirtualMachine): VmConfig {
  const config: VmConfig = new Map();
  for (const [key, value] of vm.config) {
    if (!NOT_COPIED.test(key)) config.set(key, /^net\d+$/.test(key) ? withMacAddress(host, value, true) : value);
  }
  const smbios = hashFormat('pve-qm-smbios1') ?? {};
  config.set(
    'smbios1',
    printPropertyString(smbios, {
      ...parsePropertyString(smbios, config.get('smbios1') ?? ''),
      uuid: host.random.uuid(),
    }),
  );
  if (config.has('vmgenid')) config.set('vmgenid', host.random.uuid());
  config.set('name', parameters['name'] ?? `Copy-of-VM-${vm.config.get('name') ?? vm.vmid}`);
  if (parameters['description'] !== undefined) config.set('description', parameters['description']);
  return config;
}

function copyDrive(
  call: Call,
  vm: VirtualMachine,
  newid: number,
  full: boolean,
  [key, drive]: readonly [string, Drive],
  volumes: string[],
  run: TaskRun,
): string {
  const { host, parameters } = call;
  const old = host.storages.volume(vm.node, drive.file) ?? fail(`volume '${drive.file}' does not exist`);
  const storage = parameters['storage'] ?? old.storage;
  const isFile = host.storages.on(vm.node, storage).path !== null;
  const format = isFile ? (parameters['format'] ?? old.format) : undefined;
  const common = { node: vm.node, storage, vmid: newid, size: old.size, format };
  run.log(
    full ? `create full clone of drive ${key} (${old.volid})` : `create linked clone of drive ${key} (${old.volid})`,
  );
  const volume = isCloudInit(drive.file)
    ? allocateCloudInit({ host, node: vm.node, vmid: newid }, storage, format)
    : host.storages.allocate(full || key === 'tpmstate0' ? common : { ...common, base: old });
  volumes.push(volume.volid);
  return host.configs.print(key, { ...drive, file: volume.volid, size: String(volume.size) });
}
