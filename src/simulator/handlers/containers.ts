/** Containers in lists: nothing else can be asked of them here. */

import type { Container } from '../state/containers.ts';
import type { Host } from '../state/host.ts';
import { need, type Call, type Handlers } from './call.ts';

export const CONTAINER_HANDLERS: Handlers = {
  'GET /nodes/{node}/lxc': (call) => {
    const node = need(call, 'node');
    return visible(call)
      .filter((container) => container.node === node)
      .map(({ vmid, name, running, tags, cores, memory, disk }) => ({
        vmid,
        name,
        type: 'lxc',
        status: running ? 'running' : 'stopped',
        cpus: cores,
        maxmem: memory,
        maxswap: memory,
        maxdisk: disk,
        uptime: running ? 1 : 0,
        ...NO_LOAD,
        swap: 0,
        ...(tags === '' ? {} : { tags }),
      }));
  },
};

const NO_LOAD = { cpu: 0, mem: 0, disk: 0, netin: 0, netout: 0, diskread: 0, diskwrite: 0 } as const;

function visible({ host, user }: Call): Container[] {
  return host.containers.all().filter(({ vmid }) => host.access.has(user, `/vms/${vmid}`, 'VM.Audit'));
}

/** In `cluster/resources`, beside the VMs. */
export function containerResources(call: Call): unknown[] {
  return visible(call).map((container) => containerResource(call.host, container));
}

function containerResource(host: Host, { vmid, node, name, running, tags, cores, memory, disk }: Container): unknown {
  const pool = host.pools.of(vmid);
  const hastate = host.ha.shownState(`ct:${vmid}`);
  return {
    id: `lxc/${vmid}`,
    vmid,
    node,
    type: 'lxc',
    ...(host.nodeStates.hasStatistics(node)
      ? {
          status: running ? 'running' : 'stopped',
          name,
          template: 0,
          uptime: running ? 1 : 0,
          maxcpu: cores,
          maxmem: memory,
          maxdisk: disk,
          ...NO_LOAD,
        }
      : { status: 'unknown' }),
    ...(tags === '' ? {} : { tags }),
    ...(pool === null ? {} : { pool }),
    ...(hastate === undefined ? {} : { hastate }),
  };
}
