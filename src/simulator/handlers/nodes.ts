/** `/nodes`. Source: pve-manager PVE/API2/Nodes.pm, PVE/API2Tools.pm. */

import { CPU_MODELS, cpuVendor } from '../schema/cpu-models.ts';
import { GIB } from '../schema/size.ts';
import { fail } from '../state/errors.ts';
import type { Node } from '../state/node.ts';
import { need, type Call, type Handlers } from './call.ts';
import { seenNode } from './membership.ts';

export const NODE_HANDLERS: Handlers = {
  'GET /nodes': (call) =>
    call.host.nodes.map((node) =>
      seenNode(call.host, node.name, { ...nodeStatistics(call, node), ssl_fingerprint: '00:00:00:00' }),
    ),
  'GET /nodes/{node}/status': status,
  'GET /nodes/{node}/time': time,
  'GET /nodes/{node}/version': ({ host }) => ({
    version: host.release.version,
    release: host.release.release,
    repoid: host.release.repoid,
  }),
  // Answered by the node that is talked to, whichever is asked for; custom models do not exist.
  'GET /nodes/{node}/capabilities/qemu/cpu': () =>
    [...CPU_MODELS].map((name) => ({ name, custom: 0, vendor: cpuVendor(name) })),
  'GET /nodes/{node}/capabilities/qemu/machines': ({ host }) => machines(host.release.qemu),
  'GET /nodes/{node}/query-url-metadata': metadata,
};

/** Figures are for whoever may audit the node. */
export function nodeStatistics({ host, user }: Call, { name, cpus, memoryBytes }: Node): Record<string, unknown> {
  const identity = { id: `node/${name}`, node: name, type: 'node', status: 'online', level: '' };
  if (!host.access.has(user, `/nodes/${name}`, 'Sys.Audit')) return identity;
  return {
    ...identity,
    maxcpu: cpus,
    cpu: 0.01,
    maxmem: memoryBytes,
    mem: GIB,
    maxdisk: 100 * GIB,
    disk: GIB,
    uptime: UPTIME_SECONDS,
  };
}

const UPTIME_SECONDS = 1_000;

function nodeOf(call: Call): Node {
  return call.host.node(need(call, 'node'));
}

function status(call: Call): unknown {
  const { release } = call.host;
  const { cpus, memoryBytes, cpuModel, cpuFlags, kvm } = nodeOf(call);
  return {
    pveversion: `pve-manager/${release.version}/${release.repoid}`,
    uptime: UPTIME_SECONDS,
    idle: 0,
    wait: 0,
    cpu: 0.01,
    cpuinfo: {
      cpus,
      cores: Math.max(1, cpus / 2),
      sockets: 1,
      model: cpuModel,
      mhz: '3000.000',
      user_hz: 100,
      flags: cpuFlags.join(' '),
      hvm: kvm ? '1' : '',
    },
    memory: { total: memoryBytes, used: GIB, free: memoryBytes - GIB, available: memoryBytes - GIB },
    swap: { total: 0, used: 0, free: 0 },
    ksm: { shared: 0 },
    rootfs: { total: 100 * GIB, used: GIB, avail: 99 * GIB, free: 99 * GIB },
    loadavg: ['0.00', '0.00', '0.00'],
    'boot-info': { mode: 'efi', secureboot: 0 },
  };
}

function time(call: Call): unknown {
  const seconds = call.host.seconds() + nodeOf(call).clockOffsetSeconds;
  return { timezone: 'UTC', time: seconds, localtime: seconds };
}

/** Of the newest versions: QEMU itself knows older ones too. */
const MACHINE_VERSIONS = ['8.0', '8.1', '8.2', '9.0', '9.1', '9.2', '10.0', '10.1'];

function machines(qemu: string): unknown[] {
  const newest = MACHINE_VERSIONS.findIndex((version) => qemu.startsWith(`${version}.`));
  return MACHINE_VERSIONS.slice(0, newest + 1)
    .reverse()
    .flatMap((version) => [version, `${version}+pve0`])
    .flatMap((version) => (['q35', 'i440fx'] as const).map((type) => ({ id: `pc-${type}-${version}`, type, version })));
}

function metadata(call: Call): unknown {
  const url = need(call, 'url');
  const download = call.host.download(url) ?? fail("invalid server response: '404 Not Found'");
  return {
    filename: new URL(url).pathname.split('/').at(-1) ?? '',
    size: download.size,
    mimetype: 'application/octet-stream',
  };
}
