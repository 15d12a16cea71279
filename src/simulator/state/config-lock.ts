/** The `lock` in a VM's configuration: work that is going on, or that somebody left. */

import { fail } from './errors.ts';
import type { Host } from './host.ts';
import type { VirtualMachine } from './vms.ts';

/** What a hibernated guest leaves in its configuration besides the lock. */
const OF_HIBERNATION = ['vmstate', 'runningcpu', 'runningmachine'] as const;

/** @throws ApiError where somebody has locked it */
export function needNoLock(vm: VirtualMachine, skip = false): void {
  const lock = vm.config.get('lock');
  if (lock !== undefined && !skip) fail(`VM is locked (${lock})`);
}

export function withoutLock(vm: VirtualMachine): void {
  vm.config.delete('lock');
}

/** A guest whose memory lies on a disk, or was to: a start goes on where it stopped. */
export function isHibernated(vm: VirtualMachine): boolean {
  return vm.config.get('lock') === 'suspended' || vm.config.has('vmstate');
}

/** The guest runs again: what was kept of its memory goes. */
export function forgetHibernation(host: Host, vm: VirtualMachine): void {
  if (!isHibernated(vm)) return;
  const state = vm.config.get('vmstate');
  if (state !== undefined && host.storages.volume(vm.node, state) !== undefined) host.storages.remove(vm.node, state);
  for (const key of OF_HIBERNATION) vm.config.delete(key);
  withoutLock(vm);
}

/** Somebody else's work locks a VM for a while, as a backup does. A lock that is there stays. */
export async function lockFor(host: Host, vm: VirtualMachine, lock: string, milliseconds: number): Promise<void> {
  if (vm.config.has('lock')) return;
  vm.config.set('lock', lock);
  await host.clock.sleep(milliseconds);
  if (vm.config.get('lock') === lock) withoutLock(vm);
}
