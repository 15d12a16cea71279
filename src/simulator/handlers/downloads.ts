/** Files that come to a storage: downloads and uploads. Source: pve-storage src/PVE/API2/Storage/Status.pm. */

import { fail, parameterError } from '../state/errors.ts';
import { checksumsOf, type Checksums } from '../state/checksums.ts';
import type { PveVersion } from '../schema/types.ts';
import type { Storage } from '../state/volume.ts';
import type { TaskRun } from '../state/tasks.ts';
import { systemPath } from '../state/volume-names.ts';
import { need, type Call, type Handlers } from './call.ts';

const STORE = '/nodes/{node}/storage/{storage}';

export const DOWNLOAD_HANDLERS: Handlers = {
  [`POST ${STORE}/download-url`]: download,
  [`POST ${STORE}/upload`]: upload,
};

const COMPRESSIONS: ReadonlySet<string> = new Set(['gz', 'lzo', 'zst', 'bz2']);

interface Checksum {
  readonly algorithm: string;
  readonly expected: string;
}

function download(call: Call): unknown {
  const { host } = call;
  const node = need(call, 'node');
  const storage = host.storages.on(node, need(call, 'storage'));
  if (storage.path === null) fail(`can't upload to storage type '${storage.type}', not a file based storage!`);
  const kind = need(call, 'content');
  if (!storage.content.includes(kind)) fail(`storage '${storage.id}' is not configured for content-type '${kind}'`);
  const fileName = checkedFileName(host.version, kind, need(call, 'filename'));
  host.storages.active(node, storage.id);
  return call.start('download', fileName, (run) => fetchFile(call, storage, fileName, run));
}

async function fetchFile(call: Call, storage: Storage, name: string, { log, pause }: TaskRun): Promise<void> {
  const { host, parameters } = call;
  const [node, content, url] = [need(call, 'node'), need(call, 'content'), need(call, 'url')];
  needUnpacking(parameters['compression'], content);
  const target = systemPath(storage, content, `${content}/${name}`);
  log(`downloading ${url} to ${target}`);
  const checksum = askedChecksum(call);
  if (isThere(call, `${storage.id}:${content}/${name}`, target, checksum)) {
    log('OK, got correct file already, no need to download');
    return;
  }
  const found = host.download(url);
  await pause(found?.size);
  const source = found ?? fail("download failed: 500 Can't connect: the simulated host reaches no such URL");
  const checksums = checksumsOf(url, source.checksums);
  if (checksum !== null) needChecksum(checksum, checksums, '');
  const { size, virtualSize } = source;
  host.storages.putFile(node, storage.id, { content, name, size, virtualSize, checksums });
  log(`download of '${url}' to '${target}' finished`);
}

/** Asked for in the request, and looked at in the task: the schema takes any word. */
function needUnpacking(compression: string | undefined, content: string): void {
  if (compression === undefined) return;
  if (content !== 'iso') fail(`decompression not supported for ${content}`);
  if (!COMPRESSIONS.has(compression)) fail('no decompression method found');
}

function askedChecksum({ parameters }: Call): Checksum | null {
  const { checksum: expected, 'checksum-algorithm': algorithm } = parameters;
  return expected === undefined || algorithm === undefined ? null : { algorithm, expected };
}

/** Nothing is ever overwritten. @throws ApiError for another file of that name, or one that nothing is known of */
function isThere(call: Call, volid: string, target: string, checksum: Checksum | null): boolean {
  const there = call.host.storages.volume(need(call, 'node'), volid);
  if (there === undefined) return false;
  if (checksum === null) fail(`refusing to override existing file '${target}'`);
  needChecksum(checksum, there.checksums ?? checksumsOf(volid), ', aborting');
  return true;
}

function needChecksum({ algorithm, expected }: Checksum, checksums: Checksums, end: string): void {
  const actual = checksums[algorithm] ?? '';
  if (actual.toLowerCase() !== expected.toLowerCase())
    fail(`checksum mismatch: got '${actual}' != expect '${expected}'${end}`);
}

/** Whatever is there is overwritten without a word. */
function upload(call: Call): unknown {
  const { host } = call;
  const node = need(call, 'node');
  const storage = host.storages.on(node, need(call, 'storage'));
  if (storage.path === null) fail(`can't upload to storage type '${storage.type}'`);
  const kind = need(call, 'content');
  const { size } = call.upload ?? fail('missing temporary file name');
  const name = checkedFileName(host.version, kind, need(call, 'filename'));
  if (!storage.content.includes(kind)) fail(`storage '${storage.id}' does not support '${kind}' content`);
  host.storages.active(node, storage.id);
  // The host that was asked takes the file and hands it on by ssh.
  if (!host.nodeStates.isOnline(node))
    fail(`can't activate storage '${storage.id}' on node '${node}': command '/usr/bin/ssh' failed: exit code 255`);
  return call.start('imgcopy', '', async ({ pause }) => {
    await pause(size);
    host.storages.putFile(node, storage.id, { content: kind, name, size });
  });
}

/** @returns the name as it is stored: without folders, and whatever is not plain becomes `_` */
function checkedFileName(version: PveVersion, kind: string, asked: string): string {
  const name = asked.replace(/^.*[/\\]/, '').replaceAll(/[^-a-zA-Z0-9_.]/g, '_');
  if (!extensionOf(version, kind).test(name))
    parameterError({ filename: kind === 'import' ? 'invalid filename or wrong extension' : 'wrong file extension' });
  return name;
}

function extensionOf(version: PveVersion, kind: string): RegExp {
  if (kind === 'iso') return /[^/]\.(iso|img)$/i;
  if (kind === 'import') return /[\w.+=-]\.(ova|qcow2|raw|vmdk)$/;
  return version === '9.1' ? /[^/]\.tar(\.(gz|xz|zst|bz2))?$/i : /[^/]\.tar\.(gz|xz|zst|bz2)$/i;
}
