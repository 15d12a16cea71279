/** `/storage` and `/nodes/{node}/storage`: what there is. Source: pve-storage src/PVE/API2/Storage. */

import { splitList } from '../schema/formats.ts';
import { fail, parameterError } from '../state/errors.ts';
import { isActive, isEnabled } from '../state/storages.ts';
import { mayAccess, needVolumeAccess } from '../state/volume-access.ts';
import { nameOf, parseVolumeName, storageOf, systemPath } from '../state/volume-names.ts';
import type { Storage, Volume } from '../state/volume.ts';
import { flag, integer, need, type Call, type Handlers } from './call.ts';

const STORE = '/nodes/{node}/storage/{storage}';

export const STORAGE_HANDLERS: Handlers = {
  'GET /storage': (call) =>
    visible(call)
      .filter((storage) => (call.parameters['type'] ?? storage.type) === storage.type)
      .map(definition),
  'GET /storage/{storage}': (call) => definition(call.host.storages.get(need(call, 'storage'))),
  'GET /nodes/{node}/storage': list,
  [`GET ${STORE}/status`]: (call) =>
    status(call, call.host.storages.find(need(call, 'storage')) ?? parameterError({ storage: 'No such storage.' })),
  [`GET ${STORE}/content`]: content,
  [`GET ${STORE}/content/{volume}`]: volumeInfo,
  [`DELETE ${STORE}/content/{volume}`]: remove,
};

function visible({ host: { storages, access }, user }: Call): Storage[] {
  return storages
    .list()
    .filter(({ id }) => access.hasAny(user, `/storage/${id}`, ['Datastore.Audit', 'Datastore.AllocateSpace']));
}

/** What stands in the definition of a type besides what all have. */
const OF_TYPE: Readonly<Record<Storage['type'], Readonly<Record<string, string | number>>>> = {
  dir: {},
  btrfs: {},
  nfs: { server: 'nas', export: '/export' },
  cifs: { server: 'nas', share: 'share' },
  cephfs: { 'fs-name': 'cephfs' },
  lvm: { vgname: 'pve' },
  lvmthin: { vgname: 'pve', thinpool: 'data' },
  zfspool: { pool: 'rpool/data', sparse: 1 },
  rbd: { pool: 'rbd', krbd: 0 },
};

/** What is not set is not there: a storage that is not shared has no `shared`. */
function definition({ id, type, content: kinds, shared, nodes, path, disabled }: Storage): unknown {
  return {
    storage: id,
    type,
    content: kinds.join(','),
    digest: '0000000000000000000000000000000000000000',
    ...OF_TYPE[type],
    ...(path === null ? {} : { path }),
    ...(shared ? { shared: 1 } : {}),
    ...(nodes === null ? {} : { nodes: nodes.join(',') }),
    ...(disabled ? { disable: 1 } : {}),
  };
}

/** Nothing is known of the space of a storage that is not active here. */
function status(call: Call, storage: Storage): Record<string, unknown> {
  const node = need(call, 'node');
  const active = isActive(storage, node);
  return {
    type: storage.type,
    content: storage.content.join(','),
    active: active ? 1 : 0,
    enabled: isEnabled(storage, node) ? 1 : 0,
    shared: storage.shared ? 1 : 0,
    ...(active ? call.host.storages.space(node, storage) : { total: 0, used: 0, avail: 0 }),
  };
}

/** Switched off storages and those of other nodes are listed too, unless a kind of content is asked for. */
function list(call: Call): unknown {
  const { parameters } = call;
  const node = need(call, 'node');
  const kinds = parameters['content'] === undefined ? null : splitList(parameters['content']);
  const has = (storage: Storage): boolean =>
    kinds === null || (isEnabled(storage, node) && kinds.some((kind) => storage.content.includes(kind)));
  const wanted = parameters['storage'];
  if (wanted !== undefined && !call.host.storages.list().some((storage) => storage.id === wanted && has(storage)))
    parameterError({ storage: 'No such storage.' });
  const target = parameters['target'] === node ? undefined : parameters['target'];
  return visible(call)
    .filter((storage) => has(storage) && (wanted ?? storage.id) === storage.id)
    .filter(({ disabled }) => !(disabled && flag(call, 'enabled')))
    .filter(({ shared, nodes }) => target === undefined || (shared && isOn(nodes, node) && isOn(nodes, target)))
    .map((storage) => {
      const { total, used, ...rest } = status(call, storage) as { total: number; used: number };
      return {
        storage: storage.id,
        ...rest,
        total,
        used,
        ...(total === 0 ? {} : { used_fraction: used / total }),
      };
    });
}

function isOn(nodes: Storage['nodes'], node: string): boolean {
  return nodes === null || nodes.includes(node);
}

/** What the storage is not for is not listed, and neither is what the asker may not see. */
function content(call: Call): unknown {
  const { host, parameters } = call;
  const storage = host.storages.active(need(call, 'node'), need(call, 'storage'));
  const kind = parameters['content'];
  const vmid = parameters['vmid'] === undefined ? null : integer(call, 'vmid', 0);
  return host.storages
    .volumes(need(call, 'node'), storage.id)
    .filter((volume) => storage.content.includes(volume.content))
    .filter((volume) => (kind ?? volume.content) === volume.content && (vmid === null || volume.vmid === vmid))
    .filter(({ volid }) => mayAccess(call, volid))
    .sort((a, b) => (a.volid.toLowerCase() < b.volid.toLowerCase() ? -1 : 1))
    .map((volume) => ({
      volid: volume.volid,
      size: volume.size,
      format: listedFormat(volume),
      content: volume.content,
      ctime: volume.ctime,
      ...(volume.vmid === null ? {} : { vmid: volume.vmid }),
      ...(volume.parent === null ? {} : { parent: volume.parent }),
    }));
}

function listedFormat({ volid, content: kind, format }: Volume): string {
  if (kind === 'iso') return 'iso';
  if (kind === 'snippets') return 'snippet';
  return kind === 'vztmpl' ? `t${/\.tar\.(\w+)$/.exec(volid)?.[1] ?? 'ar'}` : format;
}

function volumeId(call: Call): string {
  const [volume, storage] = [need(call, 'volume'), need(call, 'storage')];
  if (!volume.includes(':')) return `${storage}:${volume}`;
  if (storageOf(volume) !== storage)
    parameterError({ volume: `storage ID mismatch (${storageOf(volume)} != ${storage})\n` });
  return volume;
}

/** The size that a guest would see, where there is a disk inside. */
function volumeInfo(call: Call): unknown {
  const { storages } = call.host;
  const id = volumeId(call);
  const storage = storages.get(need(call, 'storage'));
  needVolumeAccess(call, id);
  const { path } = storage;
  const volume =
    storages.volume(need(call, 'node'), id) ??
    fail(
      path === null
        ? `no such volume: ${systemPath(storage, 'images', nameOf(id))}`
        : `volume_size_info on '${id}' failed - no format`,
    );
  const isImage = volume.content === 'images' || volume.content === 'import';
  return {
    path: systemPath(storage, volume.content, nameOf(id)),
    size: volume.content === 'import' ? volume.virtualSize : volume.size,
    used: volume.size,
    format: isImage ? volume.format : 'raw',
  };
}

/** Nobody looks at who uses it. A volume that is not there is gone already. */
function remove(call: Call): unknown {
  const { host, user } = call;
  const node = need(call, 'node');
  const id = volumeId(call);
  const storage = host.storages.get(need(call, 'storage'));
  const { content: kind, owner } = parseVolumeName(storage, nameOf(id));
  if (kind === 'backup' && owner !== null) {
    host.access.need(user, `/storage/${storage.id}`, 'Datastore.AllocateSpace');
    host.access.need(user, `/vms/${owner}`, 'VM.Backup');
  } else host.access.need(user, `/storage/${storage.id}`, 'Datastore.Allocate');
  const upid = call.start('imgdel', owner === null ? storage.id : `${owner}@${storage.id}`, async ({ pause, log }) => {
    host.storages.active(node, storage.id);
    await pause();
    if (host.storages.volume(node, id) === undefined)
      log(`disk image '${systemPath(storage, kind, nameOf(id))}' does not exist`);
    else host.storages.free(node, id);
    log(`Removed volume '${id}'`);
  });
  return call.parameters['delay'] === undefined ? upid : removedWithin(call, upid, integer(call, 'delay', 0));
}

/** @returns nothing where the task ends within so many seconds, else its UPID */
async function removedWithin({ host }: Call, upid: string, seconds: number): Promise<unknown> {
  await Promise.race([host.tasks.ended(upid), host.clock.sleep(seconds * 1_000)]);
  const { exitStatus } = host.tasks.get(upid);
  if (exitStatus === null) return upid;
  return exitStatus === 'OK' || exitStatus.startsWith('WARNINGS') ? null : fail(exitStatus);
}
