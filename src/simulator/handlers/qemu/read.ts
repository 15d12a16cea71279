/** Reading VMs: lists, configuration, status, guest agent. */

import { mergePending } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, need, vmOf, type Call, type Handlers } from '../call.ts';
import { NO_LOAD, uptime } from '../cluster.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const READ_HANDLERS: Handlers = {
  'GET /nodes/{node}/qemu': list,
  [`GET ${VM}/config`]: config,
  [`GET ${VM}/pending`]: pending,
  [`GET ${VM}/status/current`]: (call) => current(call.host, vmOf(call)),
  [`POST ${VM}/agent/ping`]: (call) => {
    agentOf(call);
    return { result: {} };
  },
  [`GET ${VM}/agent/network-get-interfaces`]: (call) => ({ result: interfaces(agentOf(call)) }),
};

function list(call: Call): unknown {
  const { host, user } = call;
  const node = need(call, 'node');
  return host.vms
    .all()
    .filter((vm) => vm.node === node && host.access.has(user, `/vms/${vm.vmid}`, 'VM.Audit'))
    .map((vm) => statistics(host, vm));
}

function statistics(host: Host, vm: VirtualMachine): Record<string, unknown> {
  const now = host.describe(vm);
  const lock = vm.config.get('lock');
  const tags = vm.config.get('tags');
  return {
    vmid: vm.vmid,
    name: now.name,
    status: now.running ? 'running' : 'stopped',
    cpus: now.cpus,
    maxmem: now.memoryBytes,
    maxdisk: now.diskBytes,
    uptime: now.running ? uptime(host, vm.startedAt) : 0,
    ...NO_LOAD,
    ...(vm.pid === null ? {} : { pid: vm.pid }),
    ...(now.template ? { template: 1 } : {}),
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function current(host: Host, vm: VirtualMachine): unknown {
  return {
    ...statistics(host, vm),
    qmpstatus: vm.pid === null ? 'stopped' : 'running',
    ha: haOf(host, vm.vmid),
    ...(hasAgent(vm) ? { agent: 1 } : {}),
    ...(vm.pid === null ? {} : { 'running-qemu': host.release.qemu }),
  };
}

/** The state is empty before HA has seen a new resource. */
function haOf({ ha }: Host, vmid: number): unknown {
  const sid = `vm:${vmid}`;
  return ha.isManaged(sid) ? { managed: 1, state: ha.stateOf(sid) ?? null } : { managed: 0 };
}

function config(call: Call): unknown {
  const vm = vmOf(call);
  const { snapshot } = call.parameters;
  if (snapshot !== undefined) fail(`snapshot '${snapshot}' does not exist`);
  return call.host.configs.answer(vm, flag(call, 'current'));
}

function pending(call: Call): unknown {
  const vm = vmOf(call);
  const { configs } = call.host;
  const keys = new Set([...vm.config.keys(), ...vm.pending.keys()]);
  const shown = (key: string, value: string): string | number =>
    key === 'cipassword' ? '**********' : configs.typed(key, value);
  return [...keys].map((key) => {
    const value = vm.config.get(key);
    const next = vm.pending.get(key);
    const force = vm.pendingDeletes.get(key);
    return {
      key,
      ...(value === undefined ? {} : { value: shown(key, value) }),
      ...(next === undefined ? {} : { pending: shown(key, next) }),
      ...(force === undefined ? {} : { delete: force ? 2 : 1 }),
    };
  });
}

function hasAgent(vm: VirtualMachine): boolean {
  return /^(enabled=)?1/.test(vm.config.get('agent') ?? '');
}

function agentOf(call: Call): VirtualMachine {
  const vm = vmOf(call);
  if (!hasAgent(vm)) fail('No QEMU guest agent configured');
  if (vm.pid === null) fail(`VM ${vm.vmid} is not running`);
  if (!call.host.guests.agentRuns) fail('QEMU guest agent is not running');
  return vm;
}

/** The loopback, and one interface per NIC with the address that cloud-init gave it. */
function interfaces(vm: VirtualMachine): unknown[] {
  const merged = mergePending(vm);
  const nics = [...merged].filter(([key]) => /^net\d+$/.test(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    guestInterface('lo', '00:00:00:00:00:00', '127.0.0.1', 8),
    ...nics.map(([key, text], index) => {
      const mac = /=([0-9A-F:]{17})/i.exec(text)?.[1]?.toLowerCase() ?? '';
      const configured = /(?:^|,)ip=([\d.]+)\/(\d+)/.exec(merged.get(`ipconfig${key.slice('net'.length)}`) ?? '');
      return guestInterface(
        `eth${index}`,
        mac,
        configured?.[1] ?? `192.0.2.${vm.vmid % 250}`,
        Number(configured?.[2] ?? 24),
      );
    }),
  ];
}

function guestInterface(name: string, mac: string, address: string, prefix: number): unknown {
  const counters = Object.fromEntries(
    ['rx', 'tx'].flatMap((way) => ['bytes', 'dropped', 'errs', 'packets'].map((kind) => [`${way}-${kind}`, 0])),
  );
  return {
    name,
    'hardware-address': mac,
    'ip-addresses': [{ 'ip-address': address, 'ip-address-type': 'ipv4', prefix }],
    statistics: counters,
  };
}
