/**
 * `PUT` and `POST .../config`, `PUT .../unlink`: changes of a VM. All of them become pending first; what can be taken
 * over is, in a second step. Source: qemu-server src/PVE/API2/Qemu.pm, update_vm_api.
 */

import { splitList } from '../../schema/formats.ts';
import { digestOf } from '../../state/config.ts';
import { fail, parameterError } from '../../state/errors.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import { allocationsOf } from '../allocations.ts';
import { need, needRootFor, vmOf, type Call, type Handlers } from '../call.ts';
import { applyChanges } from './apply.ts';
import { importedBytes } from './copied-bytes.ts';
import { needDriveForm, needStorageAccess, type NamedStorages } from './drive-checks.ts';
import { needNoLock } from '../../state/config-lock.ts';
import { storedOptions, withoutAlias } from './options.ts';
import { PendingWriter } from './pending-writer.ts';
import { askerOf, needBridges, needForKeys, type Asker } from './permissions.ts';
import { forgetUsed } from './unused.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const UPDATE_HANDLERS: Handlers = {
  [`PUT ${VM}/config`]: (call) => update(call, readRequest(call), false),
  [`POST ${VM}/config`]: (call) => update(call, readRequest(call), true),
  [`PUT ${VM}/unlink`]: (call) => {
    const force = call.parameters['force'] === '1';
    return update(call, { ...NOTHING, deletes: splitList(need(call, 'idlist')), force }, false);
  },
};

interface UpdateRequest {
  readonly options: VmConfig;
  readonly deletes: readonly string[];
  readonly reverts: readonly string[];
  readonly digest: string | null;
  /** Volumes of deleted drives go too. */
  readonly force: boolean;
  readonly skipLock: boolean;
  readonly storages: NamedStorages;
}

const NOTHING: UpdateRequest = {
  options: new Map(),
  deletes: [],
  reverts: [],
  digest: null,
  force: false,
  skipLock: false,
  storages: {},
};

function readRequest(call: Call): UpdateRequest {
  needRootFor(call, 'skiplock');
  const {
    node: _node,
    vmid: _vmid,
    digest,
    delete: deletes = '',
    revert = '',
    force,
    skiplock,
    ...rest
  } = call.parameters;
  const { background_delay: _delay, 'import-working-storage': working, ...options } = rest;
  return {
    options: withoutAlias(new Map(Object.entries(options))),
    deletes: splitList(deletes).map((key) => (key === 'cdrom' ? 'ide2' : key)),
    reverts: splitList(revert),
    digest: digest ?? null,
    force: force === '1',
    skipLock: skiplock === '1',
    storages: { working },
  };
}

/** @param background in a task, as `POST` does */
function update(call: Call, request: UpdateRequest, background: boolean): unknown {
  const { host } = call;
  const asker = askerOf(call);
  const { vmid } = asker;
  const checked = { ...request, options: needAllowed(asker, need(call, 'node'), request) };
  needReady(vmOf(call), checked);
  const work = (log: (line: string) => void): void => {
    const vm = vmOf(call);
    needReady(vm, checked);
    try {
      carryOut(call, asker, vm, withReverted(vm, checked), log);
    } finally {
      forgetUsed(asker, vm);
      host.vms.announce(vm);
    }
  };
  const bytes = importedBytes(host, need(call, 'node'), checked.options);
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

/** What can be judged without a look at the VM. @returns the options as they will be stored */
function needAllowed(asker: Asker, node: string, request: UpdateRequest): VmConfig {
  const { options, deletes, storages } = request;
  needSense(asker, request);
  needDriveForm(asker.host, options);
  needForKeys(asker, deletes);
  needForKeys(asker, options.keys());
  needStorageAccess(asker, node, options, storages);
  const stored = storedOptions(asker.host, options);
  needBridges(asker, stored);
  return stored;
}

function needSense({ host }: Asker, { options, deletes, reverts }: UpdateRequest): void {
  if (options.size === 0 && deletes.length === 0 && reverts.length === 0) fail('no options specified');
  const exists = (key: string): boolean => host.configs.knows(key) || /^unused\d+$/.test(key);
  for (const key of reverts) {
    if (!exists(key)) parameterError({ revert: `unknown option '${key}'` });
    if (options.has(key)) parameterError({ delete: `you can't use '-${key}' and -revert ${key}' at the same time` });
  }
  for (const key of deletes) {
    if (options.has(key)) parameterError({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    if (reverts.includes(key))
      parameterError({ revert: `you can't use '-delete ${key}' and -revert ${key}' at the same time` });
    if (!exists(key)) parameterError({ delete: `unknown option '${key}'` });
  }
}

/** Asked before, and once the lock is held. */
function needReady(vm: VirtualMachine, { digest, skipLock, options }: UpdateRequest): void {
  if (digest !== null && digest !== digestOf(vm)) fail('checksum mismatch (file change by other user?)');
  needNoLock(vm, skipLock);
  const value = (key: string): string | undefined => options.get(key) ?? vm.pending.get(key) ?? vm.config.get(key);
  const asksMemory = options.has('memory') || options.has('balloon');
  const memory = Number(/\d+/.exec(value('memory') ?? '512')?.[0]);
  if (asksMemory && Number(value('balloon') ?? 0) > memory)
    fail('balloon value too large (must be smaller than assigned memory)');
}

/** To revert is to set what is in force once more, or to take away what is not yet. */
function withReverted(vm: VirtualMachine, request: UpdateRequest): UpdateRequest {
  const [options, deletes] = [new Map(request.options), [...request.deletes]];
  for (const key of request.reverts) {
    const current = vm.config.get(key);
    if (current !== undefined) options.set(key, current);
    else if (vm.pending.has(key)) deletes.push(key);
  }
  return { ...request, options, deletes };
}

function carryOut(
  call: Call,
  asker: Asker,
  vm: VirtualMachine,
  request: UpdateRequest,
  log: (line: string) => void,
): void {
  const writer = new PendingWriter(asker, vm, {
    storages: request.storages,
    log,
    touch: (vmid) => {
      call.touch(vmid);
    },
  });
  for (const key of request.deletes) writer.remove(key, request.force);
  // A new disc goes to the end of the boot order: an order that is asked for comes after it.
  const options = [...request.options].sort(([a], [b]) => Number(a === 'boot') - Number(b === 'boot'));
  for (const [key, value] of options) writer.change(key, value, request);
  applyChanges(asker, vm, writer.modified);
}
