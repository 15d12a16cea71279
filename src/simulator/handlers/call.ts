/** What a handler is given, and how it reads its parameters. */

import { parameterError } from '../state/errors.ts';
import type { Host } from '../state/host.ts';
import type { TaskRun } from '../state/tasks.ts';
import type { VirtualMachine } from '../state/vms.ts';

/** A file that came with a multipart request. */
export interface Upload {
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
}

export interface Call {
  readonly host: Host;
  /** `user@realm` or `user@realm!token`. */
  readonly user: string;
  /** Validated, with the placeholders of the path among them. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly upload: Upload | null;
  /** High availability itself asks. */
  readonly ofHa?: true;
  /** Starts a task on the node of the request. @returns its UPID */
  start(type: string, id: string | number, work: (run: TaskRun) => void | Promise<void>): string;
  /** Writes into the log that the request changes a VM that its parameters do not name: the owner of a volume. */
  touch(vmid: number): void;
}

/** @returns what stands under `data` in the answer; `undefined` is `null` there */
export type Handler = (call: Call) => unknown;

/** Stands in front of a handler, and calls it or not. */
export type Guard = (call: Call, handler: Handler) => unknown;

/** The same handlers, with guards in front of those of the same name. */
export function guarded(handlers: Handlers, guards: Readonly<Record<string, Guard>>): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const guard = guards[name];
      return [name, guard === undefined ? handler : (call: Call) => guard(call, handler)];
    }),
  );
}

/** `METHOD /path/{placeholder}` -> handler. */
export type Handlers = Readonly<Record<string, Handler>>;

/** A call that no client has sent: as root, unlogged. Its tasks run on the node of the path, or on the first one. */
export function rootCall(host: Host, parameters: Readonly<Record<string, string>>): Call {
  const user = 'root@pam';
  const node = parameters['node'] ?? host.nodes[0]?.name ?? '';
  return {
    host,
    user,
    parameters,
    upload: null,
    touch: () => undefined,
    start: (type, id, work) => host.tasks.start({ node, type, id: String(id), user, faults: [] }, work),
  };
}

/** A parameter that the schema requires. */
export function need({ parameters }: Call, key: string): string {
  const value = parameters[key];
  if (value === undefined) throw new Error(`the schema lets '${key}' be absent`);
  return value;
}

export function flag({ parameters }: Call, key: string): boolean {
  return parameters[key] === '1';
}

export function integer({ parameters }: Call, key: string, absent: number): number {
  const value = parameters[key];
  return value === undefined ? absent : Number(value);
}

/**
 * Options of `.../status` that are root's alone, in the order in which Proxmox VE looks at them.
 * Source: qemu-server src/PVE/API2/Qemu.pm
 */
export const OPTIONS_OF_ROOT = {
  start: [
    'stateuri',
    'skiplock',
    'migratedfrom',
    'migration_type',
    'migration_network',
    'targetstorage',
    'force-cpu',
    'with-conntrack-state',
    'nets-host-mtu',
  ],
  stop: ['skiplock', 'keepActive', 'migratedfrom'],
  shutdown: ['skiplock', 'keepActive'],
  reset: ['skiplock'],
  suspend: ['skiplock'],
  resume: ['skiplock', 'nocheck'],
} as const;

/**
 * For options that are root's alone; a token of root is not root.
 * @throws ApiError 400 where somebody else gives one of them, with anything but `0`
 */
export function needRootFor({ parameters, user }: Call, ...keys: readonly string[]): void {
  if (user === 'root@pam') return;
  for (const key of keys)
    if ((parameters[key] ?? '0') !== '0') parameterError({ [key]: 'Only root may use this option.' });
}

/** The VM of the path. @throws ApiError when it is not on that node */
export function vmOf(call: Call): VirtualMachine {
  return call.host.vms.get(need(call, 'node'), Number(need(call, 'vmid')));
}

/** The same for calls that first ask whether the VM runs: they have another text for one that is not there. */
export function vmByState(call: Call): VirtualMachine {
  return call.host.vms.getByState(need(call, 'node'), Number(need(call, 'vmid')));
}

/**
 * Runs `work` as a task that holds the lock of the path's VM.
 * @param find looks for the VM once the lock is held
 * @returns the task's UPID
 */
export function withLock(
  call: Call,
  type: string,
  work: (vm: VirtualMachine, run: TaskRun) => Promise<void>,
  find: (call: Call) => VirtualMachine = vmOf,
): string {
  const vmid = Number(need(call, 'vmid'));
  return call.start(type, vmid, (run) => call.host.locks.hold(vmid, {}, () => work(find(call), run)));
}
