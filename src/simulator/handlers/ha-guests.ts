/**
 * Guests that high availability manages: what is asked of them is asked of it, and its task ends as soon as it has been
 * told. Sources: qemu-server src/PVE/API2/Qemu.pm; PVE::Tools::run_command for the errors.
 */

import { ApiError, fail, parameterError } from '../state/errors.ts';
import type { HaAgent } from '../state/ha-lrm.ts';
import { underHaLock } from '../state/ha-config.ts';
import type { Host } from '../state/host.ts';
import { needQuorum } from '../state/quorum.ts';
import type { TaskRun } from '../state/tasks.ts';
import {
  flag,
  guarded,
  integer,
  need,
  needRootFor,
  OPTIONS_OF_ROOT,
  rootCall,
  type Guard,
  type Call,
  type Handler,
  type Handlers,
} from './call.ts';
import { addResource, deleteResource, needNoError } from './ha.ts';

const VM = '/nodes/{node}/qemu/{vmid}';
const STOP_TIMEOUT_SECONDS = 60;

/** Each stands in front of the handler of the same name. */
const REDIRECTS: Readonly<Record<string, Guard>> = {
  [`POST ${VM}/status/start`]: (call, handler) => (isRedirected(call) ? start(call) : handler(call)),
  [`POST ${VM}/status/stop`]: (call, handler) => (isRedirected(call) ? stop(call) : handler(call)),
  [`POST ${VM}/status/shutdown`]: (call, handler) => (isRedirected(call) ? shutdown(call) : handler(call)),
  [`DELETE ${VM}`]: destroy,
  'POST /nodes/{node}/qemu': create,
};

/** The same handlers, before each of which HA is asked where it has a say. */
export function withHa(handlers: Handlers): Handlers {
  return guarded(handlers, REDIRECTS);
}

export function sidOfVm(vmid: number): string {
  return `vm:${vmid}`;
}

/** HA's own calls reach the guest. */
export function isRedirected(call: Call): boolean {
  return call.ofHa !== true && call.host.ha.isManaged(sidOfVm(Number(need(call, 'vmid'))));
}

/** A task that tells HA's own program, and fails as that does. */
export function told(call: Call, type: string, command: readonly string[], tell: () => void): string {
  return call.start(type, Number(need(call, 'vmid')), async ({ log, pause }: TaskRun) => {
    log(`Requesting HA ${type.slice('ha'.length)} for VM ${need(call, 'vmid')}`);
    await pause();
    try {
      tell();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log(error.message);
      fail(`command 'ha-manager ${command.join(' ')}' failed: exit code 255`);
    }
  });
}

function start(call: Call): string {
  const { host } = call;
  needRootFor(call, ...OPTIONS_OF_ROOT.start);
  needQuorum(host);
  const sid = sidOfVm(Number(need(call, 'vmid')));
  return told(call, 'hastart', ['set', sid, '--state', 'started'], () => {
    needNoError(host, sid, 'started');
    underHaLock(host.nodeStates.quorate, 'update resources config failed', () => {
      host.ha.request(sid, 'started');
    });
  });
}

function stop(call: Call): string {
  needRootFor(call, ...OPTIONS_OF_ROOT.stop);
  if (flag(call, 'overrule-shutdown')) parameterError({ 'overrule-shutdown': 'Not applicable for HA resources.' });
  return requestStop(call, 0);
}

function shutdown(call: Call): string {
  needRootFor(call, ...OPTIONS_OF_ROOT.shutdown);
  return requestStop(call, integer(call, 'timeout', STOP_TIMEOUT_SECONDS));
}

function requestStop(call: Call, timeout: number): string {
  const { host } = call;
  const sid = sidOfVm(Number(need(call, 'vmid')));
  return told(call, 'hastop', ['crm-command', 'stop', sid, String(timeout)], () => {
    if (!host.ha.isManaged(sid)) fail(`resource '${sid}' is not HA managed`);
    needNoError(host, sid);
    underHaLock(host.nodeStates.quorate, null, () => {
      host.ha.command({ kind: 'stop', sid, timeout });
    });
  });
}

/** Refused without `purge`, also for one that is ignored; with it the resource goes with the VM. */
function destroy(call: Call, handler: Handler): unknown {
  const { host } = call;
  const vmid = Number(need(call, 'vmid'));
  const sid = sidOfVm(vmid);
  const vm = host.vms.find(vmid);
  const isHere = vm?.node === need(call, 'node');
  if (!isHere || !host.ha.config.resources.has(sid) || vm.config.get('protection') === '1') return handler(call);
  if (!flag(call, 'purge')) fail(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`);
  return handler({
    ...call,
    start: (type, id, work) =>
      call.start(type, id, async (run) => {
        await work(run);
        deleteResource(host, sid, true);
        run.log(`NOTE: removed VM ${vmid} from HA resource configuration.`);
      }),
  });
}

/** What HA refuses is only a line of the log there. */
function create(call: Call, handler: Handler): unknown {
  if (!flag(call, 'ha-managed')) return handler(call);
  const { host, parameters } = call;
  const sid = sidOfVm(Number(need(call, 'vmid')));
  const isStarted = flag(call, 'start');
  // Who is managed is started by HA.
  const { start: _start, ...rest } = parameters;
  return handler({
    ...call,
    parameters: rest,
    start: (type, id, work) =>
      call.start(type, id, async (run) => {
        await work(run);
        run.log('Add as HA resource');
        try {
          addResource(host, sid, { state: isStarted ? 'started' : 'stopped' });
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          run.log(error.message);
        }
      }),
  });
}

/** Acts on guests for HA: the same calls, as root, on the host where the guest is. */
export function haAgent(host: Host, handlers: Handlers): HaAgent {
  const act = async (sid: string, name: string, parameters: Readonly<Record<string, string>>): Promise<void> => {
    const vm = host.vms.find(Number(sid.slice('vm:'.length)));
    if (!sid.startsWith('vm:') || vm === undefined) return;
    const { node, vmid } = vm;
    try {
      const call = rootCall(host, { node, vmid: String(vmid), ...parameters });
      const upid = await handlers[name]?.({ ...call, ofHa: true });
      if (typeof upid === 'string') await host.tasks.ended(upid);
    } catch (error) {
      // Refused at once; what becomes of the guest tells HA.
      if (!(error instanceof ApiError)) throw error;
    }
  };
  const run = (sid: string, running: boolean): boolean => {
    const container = sid.startsWith('ct:') ? host.containers.find(Number(sid.slice('ct:'.length))) : undefined;
    if (container !== undefined) container.running = running;
    return container !== undefined;
  };
  return {
    start: async (sid) => {
      if (!run(sid, true)) await act(sid, `POST ${VM}/status/start`, {});
    },
    stop: async (sid, timeout) => {
      if (run(sid, false)) return;
      if (timeout === 0) await act(sid, `POST ${VM}/status/stop`, {});
      else await act(sid, `POST ${VM}/status/shutdown`, { timeout: String(timeout), forceStop: '1' });
    },
    migrate: (sid, target, online) =>
      act(sid, `POST ${VM}/migrate`, {
        target,
        force: '1',
        'with-local-disks': '1',
        ...(online ? { online: '1' } : {}),
      }),
  };
}
