/** `/pools`, in its older form with the id in the path and its newer with the id as a parameter. */

import { splitList } from '../schema/formats.ts';
import { fail } from '../state/errors.ts';
import type { Host } from '../state/host.ts';
import { changingPrivileges } from '../state/permissions.ts';
import type { Pool } from '../state/pools.ts';
import { flag, need, type Call, type Handlers } from './call.ts';
import { changing } from './changing.ts';

export const POOL_HANDLERS: Handlers = {
  'GET /pools': list,
  'GET /pools/{poolid}': (call) => detail(call),
  'POST /pools': (call) => {
    const { comment = '' } = call.parameters;
    changing('create pool failed', () => {
      call.host.pools.create(need(call, 'poolid'), comment === '' ? null : comment);
    });
  },
  'PUT /pools': update,
  'PUT /pools/{poolid}': update,
  'DELETE /pools': remove,
  'DELETE /pools/{poolid}': remove,
};

function list(call: Call): unknown {
  const { host, user, parameters } = call;
  // Pool.Audit is asked for, and the answer is not looked at.
  if (parameters['poolid'] !== undefined) return [detail(call)];
  return host.pools
    .ids()
    .filter((id) => host.access.has(user, `/pool/${id}`, 'Pool.Audit'))
    .map((id) => {
      const { comment } = host.pools.get(id);
      return { poolid: id, ...(comment === null ? {} : { comment }) };
    });
}

function detail(call: Call): Record<string, unknown> {
  const { host, parameters } = call;
  const { type } = parameters;
  const poolid = need(call, 'poolid');
  const pool = host.pools.get(poolid);
  return {
    poolid,
    ...(pool.comment === null ? {} : { comment: pool.comment }),
    members: [
      ...(type === undefined || type === 'qemu' ? vmMembers(host, pool) : []),
      ...(type === undefined || type === 'storage' ? storageMembers(host, pool) : []),
    ],
  };
}

/** Those that no longer exist are left out. */
function vmMembers(host: Host, { vmids }: Pool): unknown[] {
  const vms = [...vmids].sort((a, b) => a - b).flatMap((vmid) => host.vms.find(vmid) ?? []);
  return vms.map((vm) => ({
    id: `qemu/${vm.vmid}`,
    vmid: vm.vmid,
    node: vm.node,
    type: 'qemu',
    status: vm.pid === null ? 'stopped' : 'running',
    name: vm.config.get('name') ?? `VM ${vm.vmid}`,
  }));
}

/** Each once, on the node that answers where it has it. */
function storageMembers(host: Host, { storages }: Pool): unknown[] {
  const here = host.nodes[0]?.name ?? '';
  return [...storages].sort().flatMap((id) => {
    const storage = host.storages.find(id);
    if (storage === undefined) return [];
    const node = storage.nodes === null || storage.nodes.includes(here) ? here : [...storage.nodes].sort()[0];
    return [{ id: `storage/${node ?? here}/${id}`, node, storage: id, type: 'storage', status: 'available' }];
  });
}

/** All of it or nothing. */
function update(call: Call): void {
  const { host, parameters } = call;
  changing('update pools failed', () => {
    const pool = host.pools.get(need(call, 'poolid'));
    const vmids = splitList(parameters['vms'] ?? '').map(Number);
    const storages = splitList(parameters['storage'] ?? '');
    for (const vmid of vmids) needVmChange(call, pool, vmid);
    for (const storage of storages) needStorageChange(call, pool, storage);
    for (const vmid of vmids) {
      if (flag(call, 'delete')) host.pools.removeVm(vmid);
      else host.pools.addVm(need(call, 'poolid'), vmid);
    }
    for (const storage of storages) {
      if (flag(call, 'delete')) pool.storages.delete(storage);
      else pool.storages.add(storage);
    }
    if (parameters['comment'] !== undefined) pool.comment = parameters['comment'];
  });
}

/** The VM need not exist. */
function needVmChange(call: Call, { vmids }: Pool, vmid: number): void {
  const { host, user } = call;
  host.access.needAny(user, `/vms/${vmid}`, changingPrivileges(`/vms/${vmid}`));
  if (flag(call, 'delete')) {
    if (!vmids.has(vmid)) fail(`VM ${vmid} is not a pool member`);
    return;
  }
  if (vmids.has(vmid)) fail(`VM ${vmid} is already a pool member`);
  const other = host.pools.of(vmid);
  if (other === null) return;
  if (!flag(call, 'allow-move')) fail(`VM ${vmid} belongs already to pool '${other}' and 'allow-move' is not set`);
  host.access.need(user, `/pool/${other}`, 'Pool.Allocate');
}

/** A storage may be in several pools. */
function needStorageChange(call: Call, { storages }: Pool, storage: string): void {
  const { host, user } = call;
  host.access.needAny(user, `/storage/${storage}`, changingPrivileges(`/storage/${storage}`));
  if (flag(call, 'delete') && !storages.has(storage)) fail(`Storage '${storage}' is not a pool member`);
  if (!flag(call, 'delete') && storages.has(storage)) fail(`Storage '${storage}' is already a pool member`);
}

function remove(call: Call): void {
  const { host } = call;
  const poolid = need(call, 'poolid');
  changing('delete pool failed', () => {
    host.pools.delete(poolid, {
      vm: (vmid) => host.vms.find(vmid) !== undefined,
      storage: (id) => host.storages.find(id) !== undefined,
    });
  });
  // The entries of a nested pool stay: they are looked for in the wrong place.
  if (!poolid.includes('/')) host.access.forgetPath(`/pool/${poolid}`);
}
