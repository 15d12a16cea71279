/** `/storage` and `/nodes/{node}/storage`. */

import { splitList } from '../schema/formats.ts';
import { fail, parameterError } from '../state/errors.ts';
import { STORAGE_TOTAL_BYTES } from '../state/storages.ts';
import type { Storage, Volume } from '../state/volume.ts';
import { integer, need, type Call, type Handlers } from './call.ts';

const STORE = '/nodes/{node}/storage/{storage}';

export const STORAGE_HANDLERS: Handlers = {
  'GET /storage': ({ host, user, parameters: { type } }) =>
    visible(host.storages.list(), host.access, user)
      .filter((storage) => type === undefined || storage.type === type)
      .map(definition),
  'GET /storage/{storage}': (call) => definition(call.host.storages.get(need(call, 'storage'))),
  'GET /nodes/{node}/storage': list,
  [`GET ${STORE}/status`]: (call) => status(call.host.storages.on(need(call, 'node'), need(call, 'storage'))),
  [`GET ${STORE}/content`]: content,
  [`GET ${STORE}/content/{volume}`]: volumeInfo,
  [`DELETE ${STORE}/content/{volume}`]: remove,
  [`POST ${STORE}/download-url`]: download,
  [`POST ${STORE}/upload`]: upload,
};

function visible(storages: readonly Storage[], access: Call['host']['access'], user: string): Storage[] {
  return storages.filter(({ id }) =>
    ['Datastore.Audit', 'Datastore.AllocateSpace'].some((privilege) => access.has(user, `/storage/${id}`, privilege)),
  );
}

function definition({ id, type, content: kinds, shared, nodes, path }: Storage): unknown {
  return {
    storage: id,
    type,
    content: kinds.join(','),
    shared: shared ? 1 : 0,
    digest: '0000000000000000000000000000000000000000',
    ...(path === null ? {} : { path }),
    ...(nodes === null ? {} : { nodes: nodes.join(',') }),
  };
}

function status({ type, content: kinds, shared, full }: Storage): Record<string, unknown> {
  const used = full ? STORAGE_TOTAL_BYTES : STORAGE_TOTAL_BYTES / 100;
  return {
    type,
    content: kinds.join(','),
    active: 1,
    enabled: 1,
    shared: shared ? 1 : 0,
    total: STORAGE_TOTAL_BYTES,
    used,
    avail: STORAGE_TOTAL_BYTES - used,
  };
}

function list(call: Call): unknown {
  const { host, user, parameters } = call;
  const node = need(call, 'node');
  const wanted = splitList(parameters['content'] ?? '');
  return visible(host.storages.list(), host.access, user)
    .filter(
      ({ id, nodes }) =>
        (nodes === null || nodes.includes(node)) &&
        (parameters['storage'] === undefined || parameters['storage'] === id),
    )
    .filter((storage) => wanted.length === 0 || wanted.some((kind) => storage.content.includes(kind)))
    .map((storage) => ({ storage: storage.id, ...status(storage), used_fraction: storage.full ? 1 : 0.01 }));
}

function content(call: Call): unknown {
  const { host, parameters } = call;
  const storage = host.storages.on(need(call, 'node'), need(call, 'storage'));
  const vmid = parameters['vmid'] === undefined ? null : integer(call, 'vmid', 0);
  return host.storages
    .volumes(need(call, 'node'), storage.id)
    .filter(
      (volume) =>
        (parameters['content'] === undefined || volume.content === parameters['content']) &&
        (vmid === null || volume.vmid === vmid),
    )
    .map((volume) => ({
      volid: volume.volid,
      size: volume.size,
      format: volume.format,
      content: volume.content,
      ctime: volume.ctime,
      ...(volume.vmid === null ? {} : { vmid: volume.vmid }),
      ...(volume.parent === null ? {} : { parent: volume.parent }),
    }));
}

function volumeId(call: Call): string {
  const volume = need(call, 'volume');
  return volume.includes(':') ? volume : `${need(call, 'storage')}:${volume}`;
}

function volumeInfo(call: Call): unknown {
  const id = volumeId(call);
  const storage = call.host.storages.on(need(call, 'node'), need(call, 'storage'));
  const volume =
    call.host.storages.volume(need(call, 'node'), id) ?? fail(`volume_size_info on '${id}' failed - no format`);
  return { path: filePath(storage, volume), size: volume.size, used: volume.size, format: volume.format };
}

function filePath({ path, id }: Storage, { volid, content: kind }: Volume): string {
  const name = volid.slice(volid.indexOf(':') + 1);
  if (path === null) return `/dev/${id}/${name}`;
  return kind === 'images' ? `${path}/images/${name}` : kind === 'iso' ? `${path}/template/${name}` : `${path}/${name}`;
}

function remove(call: Call): unknown {
  const { host, user } = call;
  const node = need(call, 'node');
  const storage = host.storages.on(node, need(call, 'storage'));
  host.access.need(user, `/storage/${storage.id}`, 'Datastore.Allocate');
  const id = volumeId(call);
  const owner = host.storages.volume(node, id)?.vmid ?? null;
  return call.start('imgdel', owner === null ? storage.id : `${owner}@${storage.id}`, async ({ pause, log }) => {
    await pause();
    if (host.storages.volume(node, id) === undefined) fail(`volume '${id}' does not exist`);
    host.storages.free(node, id);
    log(`Removed volume '${id}'`);
  });
}

function download(call: Call): unknown {
  const { host, parameters } = call;
  const node = need(call, 'node');
  const storage = host.storages.on(node, need(call, 'storage'));
  if (storage.path === null) fail(`can't upload to storage type '${storage.type}', not a file based storage!`);
  const kind = need(call, 'content');
  const fileName = checkedFileName(storage, kind, need(call, 'filename'));
  const url = need(call, 'url');
  return call.start('download', fileName, async ({ pause, log }) => {
    const source = host.downloads.get(url);
    const checksum = parameters['checksum'];
    const actual = source?.checksums?.[parameters['checksum-algorithm'] ?? ''];
    if (host.storages.volume(node, `${storage.id}:${kind}/${fileName}`) !== undefined) {
      if (checksum === undefined || checksum !== actual) fail(`refusing to override existing file '${fileName}'`);
      log('OK, got correct file already, no need to download');
      return;
    }
    log(`downloading ${url} to ${storage.path ?? ''}/${fileName}`);
    await pause(source?.size);
    if (source === undefined) fail("download failed: 500 Can't connect: the simulated host reaches no such URL");
    if (checksum !== undefined && actual !== checksum)
      fail(`checksum mismatch: got '${actual ?? 'unknown'}' != expect '${checksum}'`);
    host.storages.putFile(node, storage.id, kind, fileName, source.size, source.virtualSize ?? source.size);
  });
}

function upload(call: Call): unknown {
  const { host } = call;
  const node = need(call, 'node');
  const storage = host.storages.on(node, need(call, 'storage'));
  const kind = need(call, 'content');
  const fileName = checkedFileName(storage, kind, need(call, 'filename'));
  const { size } = call.upload ?? parameterError({ filename: 'missing file upload' });
  // The host that was asked takes the file and hands it on by ssh.
  if (!host.nodeStates.isOnline(node))
    fail(`can't activate storage '${storage.id}' on node '${node}': command '/usr/bin/ssh' failed: exit code 255`);
  return call.start('imgcopy', '', async ({ pause }) => {
    await pause(size);
    host.storages.putFile(node, storage.id, kind, fileName, size, size);
  });
}

const EXTENSIONS: Readonly<Record<string, RegExp>> = {
  iso: /\.(iso|img)$/i,
  vztmpl: /\.tar\.(gz|xz|zst|bz2)$/i,
  import: /\.(ova|qcow2|raw|vmdk)$/,
};

/** @returns the name as it is stored: whatever is not plain becomes `_` */
function checkedFileName(storage: Storage, kind: string, name: string): string {
  if (!storage.content.includes(kind)) fail(`storage '${storage.id}' is not configured for content-type '${kind}'`);
  if (EXTENSIONS[kind]?.test(name) !== true) {
    parameterError({ filename: kind === 'import' ? 'invalid filename or wrong extension' : 'wrong file extension' });
  }
  return name.replace(/^.*[/\\]/, '').replaceAll(/[^-a-zA-Z0-9_.]/g, '_');
}
