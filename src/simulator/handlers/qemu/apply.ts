/**
 * Pending changes are taken over: all of them by a stopped VM, by a running one those it can take.
 * Source: qemu-server src/PVE/QemuServer.pm, vmconfig_apply_pending and vmconfig_hotplug_pending.
 */

import { splitList } from '../../schema/formats.ts';
import type { ParameterErrors } from '../../schema/types.ts';
import { DRIVE, isCloudInit } from '../../state/config.ts';
import { ApiError, parameterError } from '../../state/errors.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { isInImage, ruleOf } from './change-rules.ts';
import { makeImage, recordDifference } from './cloud-init.ts';
import { TAKE, type Change } from './hotplug.ts';
import type { Asker } from './permissions.ts';
import { detach, forgetUsed, keepUnused } from './unused.ts';

type Errors = Record<string, string>;

/** Forgets what would change nothing. */
function dropUnchanged(vm: VirtualMachine): void {
  for (const key of [...vm.pendingDeletes.keys()]) if (!vm.config.has(key)) vm.pendingDeletes.delete(key);
  for (const [key, value] of [...vm.pending]) if (vm.config.get(key) === value) vm.pending.delete(key);
}

/**
 * Takes over what has just become pending.
 * @param modified the keys that have
 * @throws ApiError 400 with what could not be taken, and stays pending
 */
export function applyChanges(asker: Asker, vm: VirtualMachine, modified: ReadonlySet<string>): void {
  dropUnchanged(vm);
  if (vm.pending.size + vm.pendingDeletes.size === 0) return;
  const errors = vm.pid === null ? applyToStopped(asker, vm, true) : applyToRunning(asker, vm, modified);
  if (Object.keys(errors).length > 0) parameterError(errors);
}

/**
 * A stopped VM takes everything.
 * @param image a cloud-init drive among the changes gets its image at once; without, the start makes it anyway
 * @returns what could not be taken, and stays pending, by key
 * @throws ApiError where the image cannot be made: the changes have been taken by then
 */
export function applyToStopped(asker: Asker, vm: VirtualMachine, image: boolean): ParameterErrors {
  const errors: Errors = {};
  for (const [key, force] of [...vm.pendingDeletes].sort(byKey))
    attempt(errors, key, `unable to apply pending change ${key} : `, () => {
      if (DRIVE.test(key) && vm.config.has(key)) detach(asker, vm, key, force);
      vm.config.delete(key);
      vm.pendingDeletes.delete(key);
    });
  dropUnchanged(vm);
  const images: string[] = [];
  for (const [key, value] of [...vm.pending])
    attempt(errors, key, `unable to apply pending change ${key} : `, () => {
      if (DRIVE.test(key)) keepUnused(asker, vm, asker.host.configs.drive(key, vm.config.get(key) ?? ''));
      if (isCloudInitDrive(asker, key, value)) images.push(key);
      vm.config.set(key, value);
      vm.pending.delete(key);
    });
  forgetUsed(asker, vm);
  if (image && images.length > 0) makeImage(asker.host, vm);
  return errors;
}

/**
 * A running VM takes what its rules and its hotplug features allow.
 * @param modified the keys to try; what needs nothing of the guest is taken in any case
 * @returns what failed, and stays pending, by key
 */
function applyToRunning(asker: Asker, vm: VirtualMachine, modified: ReadonlySet<string>): ParameterErrors {
  const errors: Errors = {};
  const isTried = (key: string, rule: string): boolean => modified.has(key) || rule === 'at once';
  for (const [key, force] of [...vm.pendingDeletes].sort(byKey)) {
    const rule = ruleOf(key).remove;
    if (modified.has(key)) tryOn(errors, rule, { asker, vm, key, value: null, force });
  }
  for (const [key, value] of [...vm.pending]) {
    const rule = ruleOf(key).change;
    if (isTried(key, rule) && !isCloudInitDrive(asker, key, value))
      tryOn(errors, rule, { asker, vm, key, value, force: false });
  }
  // The drive comes last, so that its image has all the rest.
  for (const [key, value] of [...vm.pending])
    if (modified.has(key) && isCloudInitDrive(asker, key, value))
      attempt(errors, key, 'hotplug problem - ', () => {
        makeImage(asker.host, vm, new Map([...vm.config, [key, value]]));
        take('drive', { asker, vm, key, value, force: false });
      });
  forgetUsed(asker, vm);
  if (splitList(vm.config.get('hotplug') ?? '').includes('cloudinit') && vm.imageDifferences.size > 0)
    makeImage(asker.host, vm);
  return errors;
}

function tryOn(errors: Errors, rule: keyof typeof TAKE, change: Change): void {
  attempt(errors, change.key, 'hotplug problem - ', () => {
    take(rule, change);
  });
}

function take(rule: keyof typeof TAKE, change: Change): void {
  const { vm, key, value } = change;
  const before = vm.config.get(key);
  if (!TAKE[rule](change)) return;
  if (value === null) {
    vm.config.delete(key);
    vm.pendingDeletes.delete(key);
  } else {
    vm.config.set(key, value);
    vm.pending.delete(key);
  }
  if (isInImage(key)) recordDifference(vm, key, before, value);
}

function attempt(errors: Errors, key: string, prefix: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    errors[key] = `${prefix}${error.printed}\n`;
  }
}

function isCloudInitDrive({ host }: Asker, key: string, value: string): boolean {
  return DRIVE.test(key) && isCloudInit(host.configs.drive(key, value)?.file ?? '');
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
