/** A VM starts. Source: qemu-server src/PVE/QemuServer.pm, vm_start and vm_start_nolock. */

import { forgetHibernation, isHibernated } from '../../state/config-lock.ts';
import type { Host } from '../../state/host.ts';
import type { TaskRun } from '../../state/tasks.ts';
import { fail } from '../../state/errors.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, needRootFor, OPTIONS_OF_ROOT, withLock, type Call } from '../call.ts';
import { applyToStopped } from './apply.ts';
import { makeImage } from './cloud-init.ts';
import { needNoLock } from '../../state/config-lock.ts';
import { askerOf, type Asker } from './permissions.ts';
import { startChecks } from './start-checks.ts';

/** Everything a start can fail at, but an option that is root's alone, is found out in its task. @returns its UPID */
export function startTask(call: Call): string {
  const { host } = call;
  needRootFor(call, ...OPTIONS_OF_ROOT.start);
  return withLock(call, 'qmstart', async (vm, run) => {
    if (vm.config.get('template') === '1') fail("you can't start a vm if it's a template");
    const lock = vm.config.get('lock');
    // A backup of a stopped VM has started its guest already, and holds it.
    if (lock === 'backup' && vm.pid !== null) return;
    needNoLock(vm, flag(call, 'skiplock') || lock === 'suspended');
    if (vm.pid !== null) fail(`VM ${vm.vmid} already running`);
    await run.pause();
    boot(askerOf(call), vm, run);
    forgetHibernation(host, vm);
    host.vms.announce(vm);
  });
}

/** @throws ApiError with what keeps the guest from running */
export function boot(asker: Asker, vm: VirtualMachine, run: Pick<TaskRun, 'log' | 'warn'>): void {
  const { host } = asker;
  // What cannot be taken over is told in the log, and the VM starts without it. A hibernated guest goes on as it was.
  if (!isHibernated(vm)) for (const text of Object.values(applyToStopped(asker, vm, false))) run.log(text.trim());
  makeImage(host, vm);
  for (const check of startChecks(host.version)) check({ host, vm, ...run });
  setRunning(host, vm);
}

function setRunning(host: Host, vm: VirtualMachine): void {
  vm.pid = host.tasks.nextPid();
  vm.startedAt = host.clock.now();
  host.vms.announce(vm);
}
