/** `/version` and `/cluster`. */

import { allowedTags, answeredOptions, idRange } from '../state/datacenter.ts';
import { fail, parameterError } from '../state/errors.ts';
import type { Host } from '../state/host.ts';
import type { Node } from '../state/node.ts';
import { isActive, isEnabled } from '../state/storages.ts';
import type { VirtualMachine } from '../state/vms.ts';
import { splitList } from '../schema/formats.ts';
import type { Call, Handlers } from './call.ts';
import { containerResources } from './containers.ts';
import { clusterStatus, seenNode, seenStorage } from './membership.ts';
import { networkResources } from './sdn.ts';
import { nodeStatistics } from './nodes.ts';
import { taskSummary } from './tasks.ts';

export const CLUSTER_HANDLERS: Handlers = {
  'GET /version': ({ host }) => ({
    version: host.release.version,
    release: host.release.release,
    repoid: host.release.repoid,
  }),
  'GET /cluster/nextid': nextId,
  'GET /cluster/options': options,
  'GET /cluster/resources': resources,
  'GET /cluster/status': ({ host }) => clusterStatus(host),
  'GET /cluster/tasks': ({ host, user }) =>
    host.tasks
      .list()
      .filter((task) => task.user === user || host.access.has(user, '/', 'Sys.Audit'))
      .map(taskSummary),
  ...Object.fromEntries(
    (['pci', 'usb', 'dir'] as const).map((kind) => [`GET /cluster/mapping/${kind}`, mappings(kind)]),
  ),
};

/** Sees every guest, whatever the asker may see. As text: in Perl the counter of the loop has been one. */
function nextId({ host, parameters: { vmid } }: Call): string {
  if (vmid !== undefined) {
    if (host.guest(Number(vmid)) !== null) parameterError({ vmid: `VM ${vmid} already exists` });
    return vmid;
  }
  const { lower, upper } = idRange(host.datacenter);
  for (let next = lower; next < upper; next++) if (host.guest(next) === null) return String(next);
  return fail(`unable to get any free VMID in range [${lower}, ${upper}]`);
}

/** Without the right to audit only what a user interface needs. */
function options({ host, user }: Call): unknown {
  const { access, datacenter } = host;
  const privileged = access.has(user, '/', 'Sys.Modify');
  const seen = tagsSeenBy(host, user);
  return {
    ...(access.has(user, '/', 'Sys.Audit') ? answeredOptions(datacenter) : {}),
    'allowed-tags': [...allowedTags(datacenter, { privileged, seen })].sort(),
  };
}

/** Tags of the VMs that somebody may see. */
export function tagsSeenBy({ vms, access }: Host, user: string): Set<string> {
  const visible = vms.all().filter(({ vmid }) => access.has(user, `/vms/${vmid}`, 'VM.Audit'));
  return new Set(visible.flatMap(({ config }) => splitList(config.get('tags') ?? '')));
}

const MAPPING_PRIVILEGES = ['Mapping.Modify', 'Mapping.Use', 'Mapping.Audit'];

function mappings(kind: 'pci' | 'usb' | 'dir'): (call: Call) => unknown {
  return ({ host, user, parameters }) =>
    host.mappings
      .filter(
        (mapping) =>
          mapping.kind === kind && host.access.hasAny(user, `/mapping/${kind}/${mapping.id}`, MAPPING_PRIVILEGES),
      )
      .map(({ id, map, description }) => ({
        id,
        map,
        description: description ?? '',
        type: kind,
        ...(parameters['check-node'] === undefined ? {} : { checks: checksOf(map, parameters['check-node']) }),
      }));
}

/** A node that is asked about has to have what the mapping leads to. */
function checksOf(map: readonly string[], node: string): unknown[] {
  const isThere = map.some((entry) => entry.split(',').includes(`node=${node}`));
  return isThere ? [] : [{ severity: 'warning', message: `No mapping for node ${node}.` }];
}

function resources(call: Call): unknown[] {
  const { host, user, parameters } = call;
  const { access } = host;
  const { type } = parameters;
  const wants = (kind: string): boolean => type === undefined || type === kind;
  return [
    ...(wants('vm')
      ? host.vms
          .all()
          .filter(({ vmid }) => access.has(user, `/vms/${vmid}`, 'VM.Audit'))
          .map((vm) => vmResource(call, vm))
      : []),
    ...(wants('vm') ? containerResources(call) : []),
    ...(type === undefined
      ? host.pools
          .ids()
          .filter((id) => access.has(user, `/pool/${id}`, 'Pool.Audit'))
          .map((pool) => ({ id: `/pool/${pool}`, pool, type: 'pool' }))
      : []),
    ...(wants('node') ? host.nodes.map((node) => seenNode(host, node.name, nodeResource(call, node))) : []),
    ...(wants('storage') ? storageResources(host, user) : []),
    ...networkResources(call, type),
  ];
}

/** Id, node, lock and tags are of now; everything else is as the last broadcast had it. */
function vmResource({ host, user }: Call, vm: VirtualMachine): unknown {
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
          ...(host.version === '8.4' ? {} : { memhost: 0 }),
          ...NO_LOAD,
        }),
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
    ...(pool === null || !host.access.has(user, `/pool/${pool}`, 'Pool.Audit') ? {} : { pool }),
    ...(hastate === undefined ? {} : { hastate }),
  };
}

/** Nothing runs in a simulated guest. */
export const NO_LOAD = { cpu: 0, mem: 0, disk: 0, netin: 0, netout: 0, diskread: 0, diskwrite: 0 } as const;

/** Seconds; a guest that has just started is up for one. */
export function uptime(host: Host, startedAt: number): number {
  return Math.max(1, Math.round((host.clock.now() - startedAt) / 1000));
}

function nodeResource(call: Call, node: Node): Readonly<Record<string, unknown>> {
  return { ...nodeStatistics(call, node), 'cgroup-mode': 2 };
}

/** Those of other nodes and the disabled ones are left out; of an inactive one nothing is known. */
function storageResources(host: Host, user: string): unknown[] {
  return host.storages
    .list()
    .filter(({ id }) => host.access.has(user, `/storage/${id}`, 'Datastore.Audit'))
    .flatMap((storage) =>
      host.nodes
        .filter(({ name }) => isEnabled(storage, name))
        .map(({ name }) => {
          const { total, used } = host.storages.space(name, storage);
          return seenStorage(host, name, {
            id: `storage/${name}/${storage.id}`,
            node: name,
            storage: storage.id,
            type: 'storage',
            plugintype: storage.type,
            content: storage.content.join(','),
            shared: storage.shared ? 1 : 0,
            ...(isActive(storage, name) ? { status: 'available', disk: used, maxdisk: total } : { status: 'unknown' }),
          });
        }),
    );
}
