/** `/version` and `/cluster`. */

import { GIB } from '../schema/size.ts';
import { parameterError } from '../state/errors.ts';
import type { Host } from '../state/host.ts';
import { STORAGE_TOTAL_BYTES } from '../state/storages.ts';
import type { VirtualMachine } from '../state/vms.ts';
import type { Call, Handlers } from './call.ts';
import { containerResources } from './containers.ts';
import { clusterStatus, seenNode, seenStorage } from './membership.ts';
import { taskSummary } from './tasks.ts';

export const NODE_CPUS = 16;
export const NODE_MEMORY_BYTES = 64 * GIB;

export const CLUSTER_HANDLERS: Handlers = {
  'GET /version': ({ host }) => ({
    version: host.release.version,
    release: host.release.release,
    repoid: host.release.repoid,
  }),
  'GET /cluster/nextid': nextId,
  'GET /cluster/resources': resources,
  'GET /cluster/status': ({ host }) => clusterStatus(host),
  'GET /cluster/tasks': ({ host, user }) =>
    host.tasks
      .list()
      .filter((task) => task.user === user || host.access.has(user, '/', 'Sys.Audit'))
      .map(taskSummary),
};

/** As text: in Perl the counter of the loop has been one. */
function nextId({ host, parameters: { vmid } }: Call): string {
  if (vmid !== undefined) {
    if (host.guest(Number(vmid)) !== null) parameterError({ vmid: `VM ${vmid} already exists` });
    return vmid;
  }
  let next = 100;
  while (host.guest(next) !== null) next++;
  return String(next);
}

function resources(call: Call): unknown[] {
  const { host, user, parameters } = call;
  const { type } = parameters;
  const { access } = host;
  const wants = (kind: string): boolean => type === undefined || type === kind;
  return [
    ...(wants('vm')
      ? host.vms
          .all()
          .filter(({ vmid }) => access.has(user, `/vms/${vmid}`, 'VM.Audit'))
          .map((vm) => vmResource(host, vm))
      : []),
    ...(wants('vm') ? containerResources(call) : []),
    ...(type === undefined
      ? host.pools
          .ids()
          .filter((id) => access.has(user, `/pool/${id}`, 'Pool.Audit'))
          .map((pool) => ({ id: `/pool/${pool}`, pool, type: 'pool' }))
      : []),
    ...(wants('node') ? host.nodes.map(({ name }) => seenNode(host, name, nodeResource(name))) : []),
    ...(wants('storage') ? storageResources(host, user) : []),
    ...(wants('sdn')
      ? host.nodes
          .filter(() => access.has(user, '/sdn/zones/localnetwork', 'SDN.Audit'))
          .map(({ name }) => ({
            id: `sdn/${name}/localnetwork`,
            node: name,
            sdn: 'localnetwork',
            status: 'ok',
            type: 'sdn',
          }))
      : []),
  ];
}

/** Id, node, lock and tags are of now; everything else is as the last broadcast had it. */
function vmResource(host: Host, vm: VirtualMachine): unknown {
  const heard = host.heardOf(vm);
  const lock = vm.config.get('lock');
  const tags = vm.config.get('tags');
  const pool = host.pools.of(vm.vmid);
  const hastate = host.ha.shownState(`vm:${vm.vmid}`);
  return {
    id: `qemu/${vm.vmid}`,
    vmid: vm.vmid,
    node: vm.node,
    type: 'qemu',
    ...(heard === null
      ? { status: 'unknown' }
      : {
          status: heard.running ? 'running' : 'stopped',
          name: heard.name,
          template: heard.template ? 1 : 0,
          uptime: heard.running ? uptime(host, heard.startedAt) : 0,
          maxcpu: heard.cpus,
          maxmem: heard.memoryBytes,
          maxdisk: heard.diskBytes,
          ...NO_LOAD,
        }),
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
    ...(pool === null ? {} : { pool }),
    ...(hastate === undefined ? {} : { hastate }),
  };
}

/** Nothing runs in a simulated guest. */
export const NO_LOAD = { cpu: 0, mem: 0, disk: 0, netin: 0, netout: 0, diskread: 0, diskwrite: 0 } as const;

/** Seconds; a guest that has just started is up for one. */
export function uptime(host: Host, startedAt: number): number {
  return Math.max(1, Math.round((host.clock.now() - startedAt) / 1000));
}

function nodeResource(name: string): Readonly<Record<string, unknown>> {
  return {
    id: `node/${name}`,
    node: name,
    type: 'node',
    status: 'online',
    level: '',
    maxcpu: NODE_CPUS,
    cpu: 0,
    maxmem: NODE_MEMORY_BYTES,
    mem: GIB,
    maxdisk: 100 * GIB,
    disk: 0,
    uptime: 1000,
    'cgroup-mode': 2,
  };
}

function storageResources(host: Host, user: string): unknown[] {
  return host.nodes.flatMap(({ name }) =>
    host.storages
      .list()
      .filter(
        ({ id, nodes }) =>
          (nodes === null || nodes.includes(name)) && host.access.has(user, `/storage/${id}`, 'Datastore.Audit'),
      )
      .map(({ id, type, content, shared }) =>
        seenStorage(host, name, {
          id: `storage/${name}/${id}`,
          node: name,
          storage: id,
          type: 'storage',
          plugintype: type,
          content: content.join(','),
          shared: shared ? 1 : 0,
          status: 'available',
          disk: 0,
          maxdisk: STORAGE_TOTAL_BYTES,
        }),
      ),
  );
}
