/** `.../status`: a guest starts, stops, is started anew. */

import { ApiError, fail } from '../../state/errors.ts';
import { flag, needRootFor, OPTIONS_OF_ROOT, vmByState, withLock, type Call, type Handlers } from '../call.ts';
import { applyToStopped } from './apply.ts';
import { needNoLock } from '../../state/config-lock.ts';
import { askerOf } from './permissions.ts';
import { boot, startTask } from './start.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const LIFECYCLE_HANDLERS: Handlers = {
  [`POST ${VM}/status/start`]: startTask,
  [`POST ${VM}/status/stop`]: (call) => stop(call, 'qmstop'),
  [`POST ${VM}/status/shutdown`]: (call) => stop(call, 'qmshutdown'),
  [`POST ${VM}/status/reboot`]: reboot,
  [`POST ${VM}/status/reset`]: reset,
};

function stop(call: Call, type: 'qmstop' | 'qmshutdown'): unknown {
  const { host } = call;
  needRootFor(call, ...OPTIONS_OF_ROOT[type === 'qmstop' ? 'stop' : 'shutdown']);
  return withLock(
    call,
    type,
    async (vm, { pause, log }) => {
      if (vm.pid === null) return;
      needNoLock(vm, flag(call, 'skiplock'));
      await pause();
      if (type === 'qmshutdown' && !host.guests.powersDown && !flag(call, 'forceStop'))
        fail('VM quit/powerdown failed - got timeout');
      vm.pid = null;
      attempt(log, () => {
        for (const text of Object.values(applyToStopped(askerOf(call), vm, true))) log(text.trim());
      });
      host.vms.announce(vm);
    },
    vmByState,
  );
}

/** What goes wrong after the guest is down is told in the log, and nowhere else. */
function attempt(log: (line: string) => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log(error.printed);
  }
}

/** Goes through a stop and takes pending changes. A guest that does not come up again is no failure of this task. */
function reboot(call: Call): unknown {
  const { host } = call;
  needRunning(call);
  return withLock(call, 'qmreboot', async (vm, run) => {
    needNoLock(vm);
    await run.pause();
    vm.pid = null;
    attempt(run.log, () => {
      boot(askerOf(call), vm, { log: run.log, warn: run.log });
    });
    host.vms.announce(vm);
  });
}

/** The guest does not notice more than a button, and pending changes go on waiting. */
function reset(call: Call): unknown {
  needRootFor(call, ...OPTIONS_OF_ROOT.reset);
  needRunning(call);
  return withLock(call, 'qmreset', async (vm, { pause }) => {
    needNoLock(vm, flag(call, 'skiplock'));
    await pause();
  });
}

function needRunning(call: Call): void {
  const { vmid, pid } = vmByState(call);
  if (pid === null) fail(`VM ${vmid} not running`);
}
