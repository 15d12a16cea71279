import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveNoCloud, type NoCloudRequest, type NoCloudServer } from '../../src/io/nocloud-server.ts';

let folder = '';
let server: NoCloudServer | null = null;
const seen: NoCloudRequest[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'talmox-nocloud-'));
  for (const node of ['cp-1', 'w-1']) {
    mkdirSync(join(folder, 'out', node), { recursive: true });
    for (const file of ['meta-data', 'network-config', 'user-data']) writeFileSync(join(folder, 'out', node, file), `${node} ${file}\n`);
  }
  writeFileSync(join(folder, 'out/cp-1/smbios.yaml'), 'not for nodes\n');
  mkdirSync(join(folder, 'private'));
  writeFileSync(join(folder, 'private/w-1.yaml'), 'w-1 machine config with secrets\n');
  writeFileSync(join(folder, 'outside'), 'nobody may read this\n');
  seen.length = 0;
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(secret: string | null = null, prefix = ''): Promise<string> {
  server = await serveNoCloud({
    host: '127.0.0.1',
    port: 0,
    prefix,
    cluster: 'home',
    nodes: ['cp-1', 'w-1'],
    folders: { rendered: join(folder, 'out'), private: secret === null ? null : join(folder, secret) },
    onRequest: (entry) => seen.push(entry),
  });
  return server.url;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The path goes out as it is: no client tidies it up. */
function ask(base: string, path: string, options: { method?: string; body?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, body }); });
    });
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

/**
 * What Talos does with `ds=nocloud-net;s=<url>`: three files in this order, their names appended to the
 * URL as text. No user-data means maintenance mode; anything but 200 and 404 is tried for ever.
 */
async function bootLikeTalos(url: string): Promise<{ metaData: string; networkConfig: string; userData: string | 'maintenance' }> {
  const { pathname } = new URL(url);
  const files = ['meta-data', 'network-config', 'user-data'] as const;
  const answers = [];
  for (const file of files) answers.push(await ask(url, `${pathname}${file}`));
  for (const { status } of answers) if (status !== 200 && status !== 404) throw new Error(`the node hangs at ${status}`);
  const [metaData, networkConfig, userData] = answers;
  return { metaData: metaData?.body ?? '', networkConfig: networkConfig?.body ?? '', userData: userData?.status === 200 ? userData.body : 'maintenance' };
}

describe('a node', () => {
  it('finds its three files under the URL of its serial, and is named in the log', async () => {
    const url = await start();
    expect(await bootLikeTalos(`${url}cp-1/`)).toEqual({ metaData: 'cp-1 meta-data\n', networkConfig: 'cp-1 network-config\n', userData: 'cp-1 user-data\n' });
    expect(seen.map(({ from, asked, status }) => [from, asked?.node, asked?.file, status])).toEqual([
      ['127.0.0.1', 'cp-1', 'meta-data', 200],
      ['127.0.0.1', 'cp-1', 'network-config', 200],
      ['127.0.0.1', 'cp-1', 'user-data', 200],
    ]);
  });

  it('gets its full configuration where a private folder has one, and the rendered files beside it', async () => {
    const url = await start('private');
    expect(await bootLikeTalos(`${url}w-1/`)).toMatchObject({ metaData: 'w-1 meta-data\n', userData: 'w-1 machine config with secrets\n' });
    expect(await bootLikeTalos(`${url}cp-1/`)).toMatchObject({ userData: 'cp-1 user-data\n' });
  });

  it('follows an #include to its full configuration, which is served from the private folder alone', async () => {
    const url = await start('private');
    expect(await ask(url, '/home/w-1/machine-config')).toEqual({ status: 200, body: 'w-1 machine config with secrets\n' });
    expect((await ask(url, '/home/cp-1/machine-config')).status).toBe(404);
    await server?.close();
    const open = await start();
    expect((await ask(open, '/home/w-1/machine-config')).status).toBe(404);
  });

  it('finds them below the path of the server too', async () => {
    const url = await start(null, '/boot');
    expect(url).toMatch(/\/boot\/home\/$/);
    expect((await ask(url, '/boot/home/cp-1/user-data')).status).toBe(200);
    expect((await ask(url, '/home/cp-1/user-data')).status).toBe(404);
  });
});

describe('anybody else', () => {
  it.each([
    '/', '/home', '/home/', '/home/cp-1', '/home/cp-1/', '/home/cp-1/smbios.yaml', '/home/stranger/user-data', '/other/cp-1/user-data', '/home/cp-1/user-data/',
    '/home/cp-1/../../outside', '/home/../outside', '/home/cp-1/..%2f..%2foutside', '/home/%2e%2e/outside', '/home/cp-1%2f..%2fw-1/user-data', '//home/cp-1/user-data',
    '/home/cp-1\\..\\user-data', '/home/cp-1/user-data%00', '/home/constructor/user-data', '/home/__proto__/user-data', '/private/w-1.yaml', 'http://elsewhere/home/cp-1/user-data',
  ])('finds nothing at %s', async (path) => {
    const url = await start();
    expect(await ask(url, path)).toEqual({ status: 404, body: 'not here\n' });
  });

  it('is led nowhere by a link in the folders', async () => {
    rmSync(join(folder, 'out/cp-1/user-data'));
    symlinkSync(join(folder, 'outside'), join(folder, 'out/cp-1/user-data'));
    rmSync(join(folder, 'out/w-1'), { recursive: true });
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere/user-data'), 'nobody may read this\n');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'out/w-1'));
    const url = await start();
    expect((await ask(url, '/home/cp-1/user-data')).status).toBe(404);
    expect((await ask(url, '/home/w-1/user-data')).status).toBe(404);
  });

  it('can write nothing, and is not listened to', async () => {
    const url = await start();
    expect(await ask(url, '/home/cp-1/user-data', { method: 'PUT', body: 'x'.repeat(1_000_000) })).toMatchObject({ status: 405 });
    expect(await ask(url, '/home/cp-1/user-data', { method: 'DELETE' })).toMatchObject({ status: 405 });
    expect(await ask(url, '/home/cp-1/user-data', { headers: { x: 'y'.repeat(20_000) } }).catch(() => ({ status: 0 }))).not.toMatchObject({ status: 200 });
    expect((await ask(url, '/home/cp-1/user-data')).body).toBe('cp-1 user-data\n');
  });

  it('cannot keep a node waiting with connections that say nothing', async () => {
    const url = await start();
    const { port } = new URL(url);
    const idle = Array.from({ length: 100 }, () => connect(Number(port), '127.0.0.1'));
    for (const socket of idle) socket.on('error', () => undefined).write('GET /home/cp-1/user');
    expect((await ask(url, '/home/cp-1/user-data')).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });
});

describe('the address', () => {
  it('is one of this machine that is free, or a clear error', async () => {
    const url = await start();
    const options = { prefix: '', cluster: 'home', nodes: [], folders: { rendered: folder, private: null }, onRequest: () => undefined };
    await expect(serveNoCloud({ ...options, host: '127.0.0.1', port: Number(new URL(url).port) })).rejects.toThrow(/port \d+ of 127\.0\.0\.1 is taken/);
    await expect(serveNoCloud({ ...options, host: '203.0.113.7', port: 0 })).rejects.toThrow(/203\.0\.113\.7 is no address of this machine/);
  });
});
