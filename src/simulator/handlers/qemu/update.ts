/** `PUT` and `POST .../config`, `PUT .../unlink`: changes of a VM. */

import { splitList } from '../../schema/formats.ts';
import { bootOrder, digestOf, DRIVE } from '../../state/config.ts';
import { fail, parameterError } from '../../state/errors.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import { allocationsOf } from '../allocations.ts';
import { need, vmOf, type Call, type Handlers } from '../call.ts';
import { importedBytes } from './copied-bytes.ts';
import { checkDrives, createDisks } from './disks.ts';
import { applyPending, storedOptions } from './options.ts';
import { needBridges, needForDrive, needForOptions, needVm, type Asker } from './permissions.ts';
import { needTags } from './tags.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const UPDATE_HANDLERS: Handlers = {
  [`PUT ${VM}/config`]: (call) => update(call, readChange(call), false),
  [`POST ${VM}/config`]: (call) => update(call, readChange(call), true),
  [`PUT ${VM}/unlink`]: (call) => {
    const force = call.parameters['force'] === '1';
    return update(
      call,
      {
        options: new Map(),
        deletes: splitList(need(call, 'idlist')),
        reverts: [],
        digest: null,
        force,
        skipLock: false,
      },
      false,
    );
  },
  [`PUT ${VM}/cloudinit`]: (call) => {
    vmOf(call);
  },
};

interface Change {
  readonly options: VmConfig;
  readonly deletes: readonly string[];
  readonly reverts: readonly string[];
  readonly digest: string | null;
  /** Volumes of deleted drives go too. */
  readonly force: boolean;
  readonly skipLock: boolean;
}

function readChange({ parameters, user }: Call): Change {
  const { node: _node, vmid: _vmid, digest, delete: deletes = '', revert = '', force, skiplock, ...rest } = parameters;
  const { background_delay: _delay, 'import-working-storage': _storage, ...options } = rest;
  if (skiplock === '1' && user !== 'root@pam') parameterError({ skiplock: 'Only root may use this option.' });
  return {
    options: new Map(Object.entries(options)),
    deletes: splitList(deletes).map((key) => (key === 'cdrom' ? 'ide2' : key)),
    reverts: splitList(revert),
    digest: digest ?? null,
    force: force === '1',
    skipLock: skiplock === '1',
  };
}

/** @param background in a task, as `POST` does */
function update(call: Call, change: Change, background: boolean): unknown {
  const { host, user } = call;
  const vmid = Number(need(call, 'vmid'));
  const asker: Asker = { host, user, vmid };
  const options = checked(asker, need(call, 'node'), change);
  const prepared = { ...change, options };
  ready(call, prepared);
  const work = (log: (line: string) => void): void => {
    const vm = ready(call, prepared);
    apply(asker, vm, prepared, log);
    host.vms.announce(vm);
  };
  const bytes = importedBytes(host, need(call, 'node'), options);
  if (!background)
    return host.locks.hold(vmid, {}, async () => {
      await allocationsOf(host, `POST ${VM}/config`, call.parameters)?.();
      const time = host.tasks.durationOf('config', bytes);
      if (time > 0) await host.clock.sleep(time);
      work(() => undefined);
    });
  return call.start('qmconfig', vmid, ({ log, pause }) =>
    host.locks.hold(vmid, {}, async () => {
      await pause(bytes);
      work(log);
    }),
  );
}

/** @returns the options as they will be stored */
function checked(asker: Asker, node: string, { options, deletes, reverts }: Change): VmConfig {
  if (options.size === 0 && deletes.length === 0 && reverts.length === 0) fail('no options specified');
  for (const key of deletes) {
    if (options.has(key)) parameterError({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    if (!asker.host.configs.knows(key) && !/^unused\d+$/.test(key))
      parameterError({ delete: `unknown option '${key}'` });
  }
  checkDrives(asker, node, options);
  const stored = storedOptions(asker.host, options);
  needForOptions(asker, new Map<string, string | null>([...stored, ...deletes.map((key) => [key, null] as const)]));
  needBridges(asker, stored);
  needOldValues(asker, stored, deletes);
  return stored;
}

/** What is there must be the asker's to change, too: the bridge of a NIC, and the tags. */
function needOldValues(asker: Asker, stored: VmConfig, deletes: readonly string[]): void {
  const config = asker.host.vms.find(asker.vmid)?.config ?? new Map<string, string>();
  const touched = new Set([...stored.keys(), ...deletes]);
  needBridges(
    asker,
    [...config].filter(([key]) => touched.has(key)),
  );
  if (touched.has('tags')) needTags(asker, config.get('tags') ?? '', stored.get('tags') ?? '');
}

/** The VM, if it can be changed now. Asked before and once the lock is held. */
function ready(call: Call, { digest, skipLock, options }: Change): VirtualMachine {
  const vm = vmOf(call);
  if (digest !== null && digest !== digestOf(vm)) fail('checksum mismatch (file change by other user?)');
  needUnlocked(vm, skipLock);
  const value = (key: string): string | undefined => options.get(key) ?? vm.pending.get(key) ?? vm.config.get(key);
  const asksMemory = options.has('memory') || options.has('balloon');
  const memory = Number(/\d+/.exec(value('memory') ?? '512')?.[0]);
  if (asksMemory && Number(value('balloon') ?? 0) > memory)
    fail('balloon value too large (must be smaller than assigned memory)');
  return vm;
}

/** @throws ApiError where the configuration carries a lock */
export function needUnlocked(vm: VirtualMachine, skipLock = false): void {
  const lock = vm.config.get('lock');
  if (lock !== undefined && !skipLock) fail(`VM is locked (${lock})`);
}

function apply(asker: Asker, vm: VirtualMachine, change: Change, log: (line: string) => void): void {
  const { host } = asker;
  for (const key of change.reverts) {
    vm.pending.delete(key);
    vm.pendingDeletes.delete(key);
  }
  for (const key of change.deletes) removeOption(asker, vm, key, change.force);
  const existing = new Map([...vm.config, ...vm.pending].filter(([key]) => !change.deletes.includes(key)));
  needBootDevices(existing, change.options);
  const created = createDisks({ host, node: vm.node, vmid: vm.vmid, log }, existing, change.options);
  for (const [key, value] of change.options) {
    if (DRIVE.test(key)) needForDrive(asker, value);
    vm.pending.set(key, created.get(key) ?? value);
    vm.pendingDeletes.delete(key);
  }
  applyPending(host, vm);
}

function removeOption(asker: Asker, vm: VirtualMachine, key: string, force: boolean): void {
  // Deleting what is not there is only a warning in the host's log.
  if (!vm.config.has(key) && !vm.pending.has(key)) return;
  if (DRIVE.test(key)) {
    if (vm.config.get('protection') === '1') fail(`can't remove drive '${key}' - protection mode enabled`);
    needVm(asker, 'VM.Config.Disk');
  }
  vm.pending.delete(key);
  const volid = vm.config.get(key);
  if (key.startsWith('unused') && volid !== undefined) {
    asker.host.storages.remove(vm.node, volid.replace(/^file=/, ''));
    vm.config.delete(key);
    return;
  }
  if (volid !== undefined) vm.pendingDeletes.set(key, force);
  leaveBootOrder(vm, key);
}

function leaveBootOrder(vm: VirtualMachine, key: string): void {
  const order = bootOrder(vm.pending.get('boot') ?? vm.config.get('boot'));
  if (order.includes(key)) vm.pending.set('boot', `order=${order.filter((device) => device !== key).join(';')}`);
}

function needBootDevices(existing: VmConfig, options: VmConfig): void {
  const missing = bootOrder(options.get('boot')).find((device) => !existing.has(device) && !options.has(device));
  // The stray quote is in the original.
  if (missing !== undefined) fail(`invalid bootorder: device '${missing}' does not exist'`);
}
