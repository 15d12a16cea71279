import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
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
    for (const file of ['meta-data', 'network-config', 'user-data'])
      writeFileSync(join(folder, 'out', node, file), `${node} ${file}\n`);
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
    names: [],
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
function ask(
  base: string,
  path: string,
  options: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, path, method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false },
      (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, body });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

describe('a node', () => {
  it('finds its three files under the URL of its serial, and is named in the log', async () => {
    const url = await start();
    for (const file of ['meta-data', 'network-config', 'user-data'])
      expect((await ask(url, `/home/cp-1/${file}`)).body).toBe(`cp-1 ${file}\n`);
    expect(seen.map(({ from, asked, status }) => [from, asked?.node, asked?.file, status])).toEqual([
      ['127.0.0.1', 'cp-1', 'meta-data', 200],
      ['127.0.0.1', 'cp-1', 'network-config', 200],
      ['127.0.0.1', 'cp-1', 'user-data', 200],
    ]);
  });

  it('gets its full configuration where a private folder has one, and the rendered files beside it', async () => {
    const url = await start('private');
    expect((await ask(url, '/home/w-1/meta-data')).body).toBe('w-1 meta-data\n');
    expect((await ask(url, '/home/w-1/user-data')).body).toBe('w-1 machine config with secrets\n');
    expect((await ask(url, '/home/cp-1/user-data')).body).toBe('cp-1 user-data\n');
  });

  it('follows an #include to its full configuration, which is served from the private folder alone', async () => {
    const url = await start('private');
    expect(await ask(url, '/home/w-1/machine-config')).toEqual({
      status: 200,
      body: 'w-1 machine config with secrets\n',
    });
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

describe('the address', () => {
  it('is one of this machine that is free, or a clear error', async () => {
    const url = await start();
    const options = {
      prefix: '',
      cluster: 'home',
      nodes: [],
      names: [],
      folders: { rendered: folder, private: null },
      onRequest: () => undefined,
    };
    await expect(serveNoCloud({ ...options, host: '127.0.0.1', port: Number(new URL(url).port) })).rejects.toThrow(
      /port \d+ of 127\.0\.0\.1 is taken/,
    );
    await expect(serveNoCloud({ ...options, host: '203.0.113.7', port: 0 })).rejects.toThrow(
      /203\.0\.113\.7 is no address of this machine/,
    );
  });

  it.each(['0.0.0.0', '::', '0', '0x0'])('is never %s where secrets are served', async (host) => {
    const options = { port: 0, prefix: '', cluster: 'home', nodes: [], names: [], onRequest: () => undefined };
    const serving = serveNoCloud({ ...options, host, folders: { rendered: folder, private: folder } });
    await expect(serving).rejects.toThrow(/secrets are not served on .*, which is every network of this machine/);
  });
});
