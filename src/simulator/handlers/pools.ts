/** `/pools`, in its older form with the id in the path and its newer with the id as a parameter. */

import { splitList } from '../schema/formats.ts';
import { fail } from '../state/errors.ts';
import type { Host } from '../state/host.ts';
import { flag, need, type Call, type Handlers } from './call.ts';

export const POOL_HANDLERS: Handlers = {
  'GET /pools': list,
  'GET /pools/{poolid}': (call) => {
    const { comment, members } = detail(call.host, need(call, 'poolid'));
    return { ...(comment === undefined ? {} : { comment }), members };
  },
  'POST /pools': (call) => {
    call.host.pools.create(need(call, 'poolid'), call.parameters['comment'] ?? null);
  },
  'PUT /pools': update,
  'PUT /pools/{poolid}': update,
  'DELETE /pools': remove,
  'DELETE /pools/{poolid}': remove,
};

function list({ host, user, parameters: { poolid } }: Call): unknown {
  if (poolid !== undefined) {
    host.access.need(user, `/pool/${poolid}`, 'Pool.Audit');
    return [detail(host, poolid)];
  }
  return host.pools
    .ids()
    .filter((id) => host.access.has(user, `/pool/${id}`, 'Pool.Audit'))
    .map((id) => {
      const { comment } = host.pools.get(id);
      return { poolid: id, ...(comment === null ? {} : { comment }) };
    });
}

function detail(
  host: Host,
  poolid: string,
): { readonly poolid: string; readonly comment?: string; readonly members: unknown[] } {
  const { comment, vmids, storages } = host.pools.get(poolid);
  const vms = [...vmids].sort((a, b) => a - b).flatMap((vmid) => host.vms.find(vmid) ?? []);
  return {
    poolid,
    ...(comment === null ? {} : { comment }),
    members: [
      ...vms.map((vm) => ({
        id: `qemu/${vm.vmid}`,
        vmid: vm.vmid,
        node: vm.node,
        type: 'qemu',
        status: vm.pid === null ? 'stopped' : 'running',
        name: vm.config.get('name') ?? `VM ${vm.vmid}`,
      })),
      ...[...storages].sort().flatMap((id) =>
        host.nodes.map(({ name }) => ({
          id: `storage/${name}/${id}`,
          node: name,
          storage: id,
          type: 'storage',
          status: 'available',
        })),
      ),
    ],
  };
}

function update(call: Call): void {
  const { host, user, parameters } = call;
  const id = need(call, 'poolid');
  const pool = host.pools.get(id);
  const vmids = splitList(parameters['vms'] ?? '').map(Number);
  for (const vmid of vmids) {
    host.access.need(user, `/vms/${vmid}`, 'VM.Allocate');
    const other = host.pools.of(vmid);
    if (flag(call, 'delete')) {
      if (!pool.vmids.has(vmid)) fail(`VM ${vmid} is not a pool member`);
    } else if (other !== null && other !== id && !flag(call, 'allow-move'))
      fail(`VM ${vmid} belongs already to pool '${other}' and allow-move is not set`);
    else if (other === id) fail(`VM ${vmid} is already a pool member`);
  }
  for (const vmid of vmids) {
    if (flag(call, 'delete')) host.pools.removeVm(vmid);
    else host.pools.addVm(id, vmid);
  }
  for (const storage of splitList(parameters['storage'] ?? '')) {
    host.access.need(user, `/storage/${storage}`, 'Datastore.Allocate');
    if (flag(call, 'delete')) pool.storages.delete(storage);
    else pool.storages.add(host.storages.get(storage).id);
  }
  if (parameters['comment'] !== undefined) pool.comment = parameters['comment'];
}

function remove(call: Call): void {
  call.host.pools.delete(need(call, 'poolid'));
}
