/** The lock that a configuration carries. */

import { fail } from '../../state/errors.ts';
import type { VirtualMachine } from '../../state/vms.ts';

/** @throws ApiError where the configuration carries a lock */
export function needUnlocked(vm: VirtualMachine, skipLock = false): void {
  const lock = vm.config.get('lock');
  if (lock !== undefined && !skipLock) fail(`VM is locked (${lock})`);
}
