/** `POST /nodes/{node}/qemu`: a new VM. */

import { bootOrder } from '../../state/config.ts';
import { ApiError, fail, forbidden, notSimulated } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import type { TaskRun } from '../../state/tasks.ts';
import type { VmConfig } from '../../state/vms.ts';
import { need, type Call, type Handlers } from '../call.ts';
import { importedBytes } from './copied-bytes.ts';
import { checkDrives, createDisks } from './disks.ts';
import { storedOptions } from './options.ts';
import { needBridges, needForDrive, needForOptions, type Asker } from './permissions.ts';

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
  needAllocation(asker);
  const options = storedOptions(host, requestedOptions(parameters));
  needForOptions(asker, options);
  for (const [key, value] of options) if (host.configs.drive(key, value) !== null) needForDrive(asker, value);
  checkDrives(asker, node, options);
  needBridges(asker, options);
  const taken = host.guest(vmid);
  if (taken !== null)
    fail(`unable to create VM ${vmid} - ${taken.kind} ${vmid} already exists on node '${taken.node}'`);

  const vm = host.vms.add(vmid, node, new Map([['lock', 'create']]));
  host.vms.announce(vm);
  const work = async ({ log, pause }: TaskRun): Promise<void> => {
    await pause(importedBytes(host, node, options));
    const made = createDisks({ host, node, vmid, log }, new Map(), options);
    vm.config = completed(host, new Map([...options, ...made]));
    if (pool !== undefined) host.pools.addVm(pool, vmid);
    if (parameters['start'] === '1') {
      vm.pid = host.tasks.nextPid();
      vm.startedAt = host.clock.now();
    }
    host.vms.announce(vm);
  };
  return call.start('qmcreate', vmid, async (run) => {
    try {
      await host.locks.hold(vmid, { timeoutMilliseconds: LOCK_TIMEOUT_MILLISECONDS }, () => work(run));
    } catch (error) {
      host.vms.remove(vmid);
      throw error instanceof ApiError ? new ApiError(500, `unable to create VM ${vmid} - ${error.message}`) : error;
    }
  });
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
  return new Map(Object.entries(parameters).filter(([key]) => !OF_REQUEST.has(key)));
}

function needAllocation({ host, user, vmid, pool }: Asker): void {
  if (pool !== undefined && !host.pools.has(pool)) forbidden(`pool '${pool}' does not exist`);
  const mayAllocate =
    (pool !== undefined && host.access.has(user, `/pool/${pool}`, 'VM.Allocate')) ||
    host.access.has(user, `/vms/${vmid}`, 'VM.Allocate');
  if (!mayAllocate) forbidden();
}

/** What Proxmox adds by itself. */
function completed(host: Host, config: VmConfig): VmConfig {
  const first = (pattern: RegExp): string[] =>
    [...config.keys()]
      .filter((key) => pattern.test(key))
      .sort()
      .slice(0, 1);
  if (!config.has('boot'))
    config.set('boot', `order=${[...first(/^(scsi|virtio|sata|ide)\d+$/), ...first(/^net\d+$/)].join(';')}`);
  const missing = bootOrder(config.get('boot')).find((device) => !config.has(device));
  if (missing !== undefined) fail(`invalid bootorder: device '${missing}' does not exist'`);
  if (!config.has('smbios1')) config.set('smbios1', `uuid=${host.random.uuid()}`);
  if (!config.has('vmgenid')) config.set('vmgenid', host.random.uuid());
  if (config.get('template') === '0') config.delete('template');
  config.set('meta', `creation-qemu=${host.release.qemu},ctime=${host.seconds()}`);
  return config;
}
