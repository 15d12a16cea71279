/** `.../status`, and the end of a VM. */

import { DRIVE } from '../../state/config.ts';
import { forgetHibernation, isHibernated } from '../../state/config-lock.ts';
import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, vmOf, withLock, type Call, type Handlers } from '../call.ts';
import { applyPending } from './options.ts';
import { needUnlocked } from './update.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const LIFECYCLE_HANDLERS: Handlers = {
  [`POST ${VM}/status/start`]: start,
  [`POST ${VM}/status/stop`]: (call) => stop(call, 'qmstop'),
  [`POST ${VM}/status/shutdown`]: (call) => stop(call, 'qmshutdown'),
  [`POST ${VM}/status/reboot`]: (call) => restart(call, 'qmreboot'),
  [`POST ${VM}/status/reset`]: (call) => restart(call, 'qmreset'),
  [`DELETE ${VM}`]: destroy,
};

function start(call: Call): unknown {
  const { host } = call;
  vmOf(call);
  return withLock(call, 'qmstart', async (vm, pause) => {
    if (vm.config.get('template') === '1') fail("you can't start a vm if it's a template");
    const lock = vm.config.get('lock');
    // A backup has stopped the guest, and it may go on.
    if (lock === 'backup' && vm.pid !== null) return;
    needUnlocked(vm, lock === 'suspended' || flag(call, 'skiplock'));
    if (vm.pid !== null) fail(`VM ${vm.vmid} already running`);
    await pause();
    // A hibernated guest goes on as it was.
    if (!isHibernated(vm)) applyPending(host, vm);
    needBridgesOfNode(host, vm);
    forgetHibernation(host, vm);
    boot(host, vm);
  });
}

/** A guest whose bridge is not there does not come up. */
function needBridgesOfNode(host: Host, vm: VirtualMachine): void {
  const bridges = host.nodes.find(({ name }) => name === vm.node)?.bridges ?? [];
  for (const [key, value] of vm.config) {
    const bridge = /^net\d+$/.test(key) ? /(?:^|,)bridge=([^,]+)/.exec(value)?.[1] : undefined;
    if (bridge !== undefined && !bridges.includes(bridge)) fail(`bridge '${bridge}' does not exist`);
  }
}

function boot(host: Host, vm: VirtualMachine): void {
  vm.pid = host.tasks.nextPid();
  vm.startedAt = host.clock.now();
  host.vms.announce(vm);
}

function stop(call: Call, type: 'qmstop' | 'qmshutdown'): unknown {
  const { host } = call;
  vmOf(call);
  return withLock(call, type, async (vm, pause) => {
    if (vm.pid === null) return;
    needUnlocked(vm, flag(call, 'skiplock'));
    await pause();
    if (type === 'qmshutdown' && !host.guests.powersDown && !flag(call, 'forceStop'))
      fail('VM quit/powerdown failed - got timeout');
    vm.pid = null;
    applyPending(host, vm);
    host.vms.announce(vm);
  });
}

/** A reboot goes through a stop and takes pending changes; a reset does not. */
function restart(call: Call, type: 'qmreboot' | 'qmreset'): unknown {
  const { host } = call;
  const before = vmOf(call);
  if (before.pid === null) fail(`VM ${before.vmid} not running`);
  return withLock(call, type, async (vm, pause) => {
    needUnlocked(vm, flag(call, 'skiplock'));
    await pause();
    if (type === 'qmreset') return;
    vm.pid = null;
    applyPending(host, vm);
    boot(host, vm);
  });
}

function destroy(call: Call): unknown {
  const { host } = call;
  needDestroyable(vmOf(call));
  return withLock(call, 'qmdestroy', async (vm, pause) => {
    needDestroyable(vm);
    if (vm.config.get('lock') !== 'suspended') needUnlocked(vm, flag(call, 'skiplock'));
    const owned = ownedVolumes(host, vm, flag(call, 'destroy-unreferenced-disks'));
    for (const volid of owned) {
      if (host.storages.childrenOf(vm.node, volid).length > 0)
        fail(`base volume '${volid.slice(volid.indexOf(':') + 1)}' is still in use by linked cloned`);
    }
    await pause();
    for (const volid of owned) host.storages.free(vm.node, volid);
    host.vms.remove(vm.vmid);
    host.pools.removeVm(vm.vmid);
    host.access.forgetPath(`/vms/${vm.vmid}`);
  });
}

function needDestroyable(vm: VirtualMachine): void {
  if (vm.config.get('protection') === '1') fail(`can't remove VM ${vm.vmid} - protection mode enabled`);
  if (vm.pid !== null) fail(`VM ${vm.vmid} is running - destroy failed`);
}

/** @param all also those that no drive refers to */
function ownedVolumes(host: Host, vm: VirtualMachine, all: boolean): Set<string> {
  const referred = [...vm.config, ...vm.pending].flatMap(([key, text]) =>
    DRIVE.test(key) ? (host.configs.drive(key, text)?.file ?? []) : [],
  );
  const found = referred.filter(
    (volid) => volid.includes(':') && host.storages.volume(vm.node, volid)?.vmid === vm.vmid,
  );
  if (!all) return new Set(found);
  const loose = host.storages
    .list()
    .flatMap(({ id }) => host.storages.volumes(vm.node, id))
    .filter(({ vmid, content }) => vmid === vm.vmid && content === 'images');
  return new Set([...found, ...loose.map(({ volid }) => volid)]);
}
