/** `POST /nodes/{node}/qemu`: a new VM. Source: qemu-server src/PVE/API2/Qemu.pm, create_vm. */

import { bootOrder, isCdrom, printBootOrder } from '../../state/config.ts';
import { ApiError, fail, forbidden, notSimulated } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import { need, type Call, type Handlers } from '../call.ts';
import { importedBytes } from './copied-bytes.ts';
import { createDisks, type DiskMaker } from './disks.ts';
import { needDriveForm, needStorageAccess, type NamedStorages } from './drive-checks.ts';
import { storedOptions, withoutAlias } from './options.ts';
import { needBridges, needForDevices, needForKeys, type Asker } from './permissions.ts';
import { startTask } from './start.ts';

/** Nobody else should have a new id. */
const LOCK_TIMEOUT_MILLISECONDS = 1_000;

export const CREATE_HANDLERS: Handlers = { 'POST /nodes/{node}/qemu': create };

function create(call: Call): unknown {
  const { host, user, parameters } = call;
  const node = need(call, 'node');
  const vmid = Number(need(call, 'vmid'));
  const { pool } = parameters;
  if (parameters['archive'] !== undefined) notSimulated('restoring a VM from an archive');
  const asker: Asker = { host, user, vmid, pool };
  const storages = { standard: parameters['storage'], working: parameters['import-working-storage'] };
  needAllocation(asker, storages);
  const options = storedOptions(host, needAllowed(asker, node, requestedOptions(parameters), storages));
  needFreeId(host, vmid);

  const vm = host.vms.add(vmid, node, new Map([['lock', 'create']]));
  host.vms.announce(vm);
  return call.start('qmcreate', vmid, async (run) => {
    try {
      await host.locks.hold(vmid, { timeoutMilliseconds: LOCK_TIMEOUT_MILLISECONDS }, async () => {
        await run.pause(importedBytes(host, node, options));
        build(call, vm, options, storages, run.log);
      });
    } catch (error) {
      host.vms.remove(vmid);
      throw error;
    }
    if (parameters['start'] !== '1') return;
    // A task of its own, whose end this one does not wait for.
    run.log('Execute autostart');
    startTask(call);
  });
}

function build(
  call: Call,
  vm: VirtualMachine,
  options: VmConfig,
  storages: NamedStorages,
  log: (line: string) => void,
): void {
  const { host, user, parameters } = call;
  const { vmid, node } = vm;
  const touch: DiskMaker['touch'] = (other) => {
    call.touch(other);
  };
  try {
    const made = createDisks({ host, user, node, vmid, storages, log, touch }, options, options);
    vm.config = completed(host, new Map([...options, ...made]));
  } catch (error) {
    throw error instanceof ApiError ? new ApiError(500, `unable to create VM ${vmid} - ${error.printed}`) : error;
  }
  // A pool that has gone meanwhile is passed over in silence.
  const { pool } = parameters;
  if (pool !== undefined && host.pools.has(pool)) host.pools.addVm(pool, vmid);
  host.vms.announce(vm);
}

/** Parameters of the request that are no options of the VM. */
const OF_REQUEST: ReadonlySet<string> = new Set([
  'node',
  'vmid',
  'pool',
  'start',
  'archive',
  'force',
  'storage',
  'bwlimit',
  'unique',
  'live-restore',
  'import-working-storage',
  'ha-managed',
]);

function requestedOptions(parameters: Readonly<Record<string, string>>): VmConfig {
  return withoutAlias(new Map(Object.entries(parameters).filter(([key]) => !OF_REQUEST.has(key))));
}

function needAllocation({ host, user, vmid, pool }: Asker, { standard }: NamedStorages): void {
  if (pool !== undefined && !host.pools.has(pool)) forbidden(`pool '${pool}' does not exist`);
  if (standard !== undefined) host.access.need(user, `/storage/${standard}`, 'Datastore.AllocateSpace');
  const mayAllocate =
    (pool !== undefined && host.access.has(user, `/pool/${pool}`, 'VM.Allocate')) ||
    host.access.has(user, `/vms/${vmid}`, 'VM.Allocate');
  if (!mayAllocate) forbidden();
}

/** Drives and tags of a new VM take no right on the VM. @returns the options */
function needAllowed(asker: Asker, node: string, options: VmConfig, storages: NamedStorages): VmConfig {
  needStorageAccess(asker, node, options, storages);
  needForKeys(asker, options.keys());
  needForDevices(asker, options);
  needBridges(asker, options);
  needDriveForm(asker.host, options);
  return options;
}

/** Ids are one space for the whole cluster. */
function needFreeId(host: Host, vmid: number): void {
  const taken = host.guest(vmid);
  if (taken !== null)
    fail(`unable to create VM ${vmid} - ${taken.kind} ${vmid} already exists on node '${taken.node}'`);
}

/** What Proxmox adds by itself. */
function completed(host: Host, config: VmConfig): VmConfig {
  if (!config.has('boot')) config.set('boot', printBootOrder(bootDevices(host, config)));
  const missing = bootOrder(config.get('boot')).find((device) => !config.has(device));
  if (missing !== undefined) fail(`invalid bootorder: device '${missing}' does not exist'`);
  if (!config.has('smbios1')) config.set('smbios1', `uuid=${host.random.uuid()}`);
  if (!config.has('vmgenid')) config.set('vmgenid', host.random.uuid());
  if (config.get('template') === '0') config.delete('template');
  config.set('meta', `creation-qemu=${host.release.qemu},ctime=${host.seconds()}`);
  return config;
}

const BUSES = ['ide', 'scsi', 'virtio', 'sata', 'efidisk', 'tpmstate'];

/** The first disk, the first disc and the first NIC, where there are any. */
function bootDevices(host: Host, config: VmConfig): string[] {
  const rank = (key: string): number => BUSES.indexOf(key.replace(/\d+$/, '')) * 100 + Number(/\d+$/.exec(key)?.[0]);
  const drives = host.configs.drives(config);
  const first = (isDisc: boolean): string[] =>
    drives
      .filter(([, drive]) => isCdrom(drive) === isDisc)
      .map(([key]) => key)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, 1);
  const nics = [...config.keys()].filter((key) => /^net\d+$/.test(key)).sort((a, b) => rank(a) - rank(b));
  return [...first(false), ...first(true), ...nics.slice(0, 1)];
}
