/**
 * What becomes of a call while the cluster has no quorum: reads go on, and the cluster's own file system takes no
 * writes. Some calls ask before they begin; the others notice when they write, after they have done what they do to
 * disks. Sources: qemu-server src/PVE/API2/Qemu.pm, pve-cluster src/PVE/Cluster.pm, src/pmxcfs.
 */

import { fail } from '../state/errors.ts';
import { needQuorum, needWritable } from '../state/quorum.ts';
import type { TaskRun } from '../state/tasks.ts';
import { guarded, need, vmOf, type Guard, type Call, type Handlers } from './call.ts';

type Work = (run: TaskRun) => void | Promise<void>;

const VM = '/nodes/{node}/qemu/{vmid}';

/** Calls that ask first. HA's own ask in their handlers, where something else comes before. */
const ASKS_FIRST = ['POST /nodes/{node}/qemu', `POST ${VM}/clone`, `POST ${VM}/status/start`, `GET ${VM}/migrate`];

/** What writes the file of users, tokens, roles, entries and pools, and how each says that it failed. */
const USER_CONFIG: Readonly<Record<string, string>> = {
  'POST /pools': 'create pool failed',
  'PUT /pools': 'update pools failed',
  'PUT /pools/{poolid}': 'update pools failed',
  'DELETE /pools': 'delete pool failed',
  'DELETE /pools/{poolid}': 'delete pool failed',
  'POST /access/roles': 'create role failed',
  'PUT /access/roles/{roleid}': 'update role failed',
  'DELETE /access/roles/{roleid}': 'delete role failed',
  'POST /access/users': 'create user failed',
  'PUT /access/users/{userid}': 'update user failed',
  'DELETE /access/users/{userid}': 'delete user failed',
  'POST /access/users/{userid}/token/{tokenid}': 'generating token failed',
  'PUT /access/users/{userid}/token/{tokenid}': 'updating token info failed',
  'DELETE /access/users/{userid}/token/{tokenid}': 'deleting token failed',
  'PUT /access/acl': 'ACL update failed',
};

/** Without a quorum these stand in front of the handlers of the same name. */
const WITHOUT_QUORUM: Readonly<Record<string, Guard>> = {
  ...Object.fromEntries(
    ASKS_FIRST.map((name) => [
      name,
      ({ host }: Call): void => {
        needQuorum(host);
      },
    ]),
  ),
  [`PUT ${VM}/config`]: writesNothing,
  [`PUT ${VM}/unlink`]: writesNothing,
  [`POST ${VM}/config`]: failsInTask(writeError),
  [`POST ${VM}/template`]: failsInTask(writeError),
  [`PUT ${VM}/resize`]: (call, handler) => handler(withTask(call, (work) => growsFirst(call, work))),
  ...Object.fromEntries(Object.entries(USER_CONFIG).map(([name, what]) => [name, noUserConfig(what)] as const)),
  'DELETE /nodes/{node}/storage/{storage}/content/{volume}': failsInTask(sharedStorageError),
};

/** The same handlers, each with what becomes of it without a quorum. */
export function withQuorum(handlers: Handlers): Handlers {
  const guards = Object.entries(WITHOUT_QUORUM).map(([name, instead]): [string, Guard] => [
    name,
    (call, handler) => (call.host.nodeStates.quorate ? handler(call) : instead(call, handler)),
  ]);
  return guarded(handlers, Object.fromEntries(guards));
}

function writeError(call: Call): void {
  needWritable(call.host, need(call, 'node'), Number(need(call, 'vmid')));
}

function writesNothing(call: Call): void {
  vmOf(call);
  writeError(call);
}

/** What the handler refuses at once it still refuses; its task does nothing. */
function failsInTask(error: (call: Call) => void): Guard {
  return (call, handler) =>
    handler(
      withTask(call, (work) => async (run) => {
        error(call);
        await work(run);
      }),
    );
}

function withTask(call: Call, change: (work: Work) => Work): Call {
  return { ...call, start: (type, id, work) => call.start(type, id, change(work)) };
}

/** The disk has its new size, and the configuration still speaks of the old one. */
function growsFirst(call: Call, work: Work): Work {
  return async (run) => {
    const vm = call.host.vms.get(need(call, 'node'), Number(need(call, 'vmid')));
    const before = new Map(vm.config);
    await work(run);
    vm.config = before;
    writeError(call);
  };
}

function noUserConfig(what: string): () => never {
  return () => fail(`${what}: cfs-lock 'file-user_cfg' error: no quorum!`);
}

/** The lock of a shared storage is a file of the cluster. */
function sharedStorageError(call: Call): void {
  const id = need(call, 'storage');
  if (call.host.storages.get(id).shared) fail(`cfs-lock 'storage-${id}' error: no quorum!`);
}
