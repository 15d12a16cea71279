/** `/nodes`. */

import { GIB } from '../schema/size.ts';
import { fail } from '../state/errors.ts';
import { need, type Call, type Handlers } from './call.ts';
import { NODE_CPUS, NODE_MEMORY_BYTES } from './cluster.ts';

export const NODE_HANDLERS: Handlers = {
  'GET /nodes': ({ host }) =>
    host.nodes.map(({ name }) => ({
      node: name,
      id: `node/${name}`,
      type: 'node',
      status: 'online',
      level: '',
      maxcpu: NODE_CPUS,
      cpu: 0.01,
      maxmem: NODE_MEMORY_BYTES,
      mem: GIB,
      maxdisk: 100 * GIB,
      disk: GIB,
      uptime: 1000,
      ssl_fingerprint: '00:00:00:00',
    })),
  'GET /nodes/{node}/status': ({ host }) => ({
    pveversion: `pve-manager/${host.release.version}/${host.release.repoid}`,
    uptime: 1000,
    cpu: 0.01,
    cpuinfo: { cpus: NODE_CPUS, cores: NODE_CPUS, sockets: 1, model: 'Simulated', mhz: '3000.000' },
    memory: { total: NODE_MEMORY_BYTES, used: GIB, free: NODE_MEMORY_BYTES - GIB },
    rootfs: { total: 100 * GIB, used: GIB, avail: 99 * GIB, free: 99 * GIB },
    loadavg: ['0.00', '0.00', '0.00'],
  }),
  'GET /nodes/{node}/version': ({ host }) => ({
    version: host.release.version,
    release: host.release.release,
    repoid: host.release.repoid,
  }),
  'GET /nodes/{node}/network': network,
  'GET /nodes/{node}/lxc': () => [],
  'GET /nodes/{node}/query-url-metadata': metadata,
};

function network(call: Call): unknown {
  const { type } = call.parameters;
  const node = call.host.nodes.find(({ name }) => name === need(call, 'node'));
  if (type !== undefined && !['bridge', 'any_bridge', 'any_local_bridge', 'include_sdn'].includes(type)) return [];
  return (node?.bridges ?? []).map((bridge, index) => ({
    iface: typeof bridge === 'string' ? bridge : bridge.name,
    type: 'bridge',
    active: 1,
    autostart: 1,
    priority: index + 3,
    families: ['inet'],
    method6: 'manual',
    bridge_vlan_aware: 1,
    // Providers take the node's address from the first interface that has one.
    ...(index === 0
      ? { method: 'static', address: '127.0.0.1', netmask: '8', cidr: '127.0.0.1/8', gateway: '127.0.0.1' }
      : { method: 'manual' }),
  }));
}

function metadata(call: Call): unknown {
  const url = need(call, 'url');
  const download = call.host.downloads.get(url) ?? fail("invalid server response: '404 Not Found'");
  return {
    filename: new URL(url).pathname.split('/').at(-1) ?? '',
    size: download.size,
    mimetype: 'application/octet-stream',
  };
}
