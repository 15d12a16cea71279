/** Whoever is no node: paths that leave the folder, links, and requests that are large, slow, many or strange. */

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNoCloudFile } from '../../src/io/nocloud-files.ts';
import { LIMITS, serveNoCloud, type NoCloudRequest, type NoCloudServer } from '../../src/io/nocloud-server.ts';
import { PATIENCE_MS, until } from '../support/program.ts';

const OUTSIDE = 'nobody may read this\n';
let folder = '';
let server: NoCloudServer;
let port = 0;
const seen: NoCloudRequest[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'talmox-attack-'));
  for (const node of ['cp-1', 'w-1']) {
    mkdirSync(join(folder, 'out', node), { recursive: true });
    for (const file of ['meta-data', 'network-config', 'user-data'])
      writeFileSync(join(folder, 'out', node, file), `${node} ${file}\n`);
  }
  mkdirSync(join(folder, 'private'));
  writeFileSync(join(folder, 'private/w-1.yaml'), 'w-1 secrets\n');
  writeFileSync(join(folder, 'private/secrets.yaml'), OUTSIDE);
  writeFileSync(join(folder, 'out/cp-1/smbios.yaml'), OUTSIDE);
  writeFileSync(join(folder, 'outside'), OUTSIDE);
  seen.length = 0;
  await serve();
});

async function serve(limits: typeof LIMITS = LIMITS): Promise<void> {
  const folders = { rendered: join(folder, 'out'), private: join(folder, 'private') };
  server = await serveNoCloud(
    {
      host: '127.0.0.1',
      port: 0,
      prefix: '',
      cluster: 'home',
      nodes: ['cp-1', 'w-1'],
      names: ['conf.example'],
      folders,
      onRequest: (entry) => seen.push(entry),
    },
    limits,
  );
  port = Number(new URL(server.url).port);
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Line {
  readonly socket: Socket;
  /** All that came back so far. */
  readonly got: () => string;
  readonly ended: Promise<string>;
}

/** A connection that says exactly this. */
function say(text: string | Buffer): Line {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let got = '';
  socket.on('error', () => undefined).on('data', (part: Buffer) => (got += part.toString('latin1')));
  socket.write(text);
  return {
    socket,
    got: () => got,
    ended: new Promise((resolve) =>
      socket.once('close', () => {
        resolve(got);
      }),
    ),
  };
}

/** The status line and the rest of one answer. */
async function ask(
  path: string,
  { method = 'GET', host = '127.0.0.1', more = '' } = {},
): Promise<{ status: number; text: string }> {
  const text = await say(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`).ended;
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
}

const isWell = async (): Promise<void> => {
  const { status, text } = await ask('/home/cp-1/user-data');
  expect([status, text.endsWith('\r\n\r\ncp-1 user-data\n')]).toEqual([200, true]);
};

describe('a path', () => {
  const up = ['..', '%2e%2e', '.%2e', '%252e%252e', '..;', '%c0%ae%c0%ae', '%uff0e%uff0e', '....'];
  const slash = ['/', '%2f', '%252f', '\\', '%5c', '%255c', '//', '/./'];
  const climbing = up.flatMap((step) => slash.map((line) => `/home/cp-1/${step}${line}${step}${line}outside`));
  const odd = [
    '/',
    '/home',
    '/home/',
    '/home/cp-1',
    '/home/cp-1/',
    '/home/cp-1/smbios.yaml',
    '/home/stranger/user-data',
    '/other/cp-1/user-data',
    '/home/cp-1/user-data/',
    '//home/cp-1/user-data',
    '/home//cp-1/user-data',
    '/home/cp-1/./user-data',
    '/HOME/cp-1/user-data',
    '/home/cp-1/USER-DATA',
    '/home/cp-1/user-data%00',
    '/home/cp-1/user-data%00.yaml',
    '/home/cp-1/%75ser-data',
    '/home/constructor/user-data',
    '/home/__proto__/user-data',
    '/home/cp-1/__proto__',
    '/private/w-1.yaml',
    '/home/secrets/machine-config',
    '/home/secrets.yaml/user-data',
    '/etc/passwd',
    '/home//etc/passwd',
    '/home/C:/user-data',
    '/home/cp-1/user-data:stream',
    'http://elsewhere/home/cp-1/user-data',
    '*',
    '/home/cp-1/machine-config',
    '/home/cp-1/vendor-data',
  ];
  it('that is none of the files finds nothing, however it is written', async () => {
    for (const path of [...climbing, ...odd]) {
      const { status, text } = await ask(path);
      expect([400, 404], path).toContain(status);
      expect(text, path).not.toContain(OUTSIDE);
    }
    await isWell();
  });

  it('with a NUL or bytes of no text finds nothing', async () => {
    for (const path of ['/home/cp-1/user-data\0', '/home/cp-1/user-data\0.yaml', '/home/\xff\xfe/user-data']) {
      const text = await say(
        Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`, 'latin1'),
      ).ended;
      expect(text, JSON.stringify(path)).not.toContain('cp-1 user-data');
    }
    await isWell();
  });

  it('is one line in the log, whatever it holds', async () => {
    await ask('/home/x%0a10.0.0.1%20cp-1%20user-data%20200');
    expect(seen.at(-1)).toMatchObject({ asked: null, status: 404 });
    expect(JSON.stringify(seen.at(-1)?.path)).not.toContain('\n');
  });
});

describe('a link', () => {
  const gets404 = async (path: string): Promise<void> => {
    expect((await ask(path)).status).toBe(404);
  };

  it('to a file or a folder leads nowhere, also when it is put there while the server runs', async () => {
    await isWell();
    rmSync(join(folder, 'out/cp-1/user-data'));
    symlinkSync(join(folder, 'outside'), join(folder, 'out/cp-1/user-data'));
    await gets404('/home/cp-1/user-data');
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere/user-data'), OUTSIDE);
    writeFileSync(join(folder, 'elsewhere/meta-data'), OUTSIDE);
    renameSync(join(folder, 'out/w-1'), join(folder, 'old'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'out/w-1'));
    await gets404('/home/w-1/meta-data');
    rmSync(join(folder, 'private/w-1.yaml'));
    symlinkSync('secrets.yaml', join(folder, 'private/w-1.yaml'));
    await gets404('/home/w-1/machine-config');
  });

  it('into another node’s folder is none either', async () => {
    rmSync(join(folder, 'out/w-1'), { recursive: true });
    symlinkSync('cp-1', join(folder, 'out/w-1'));
    await gets404('/home/w-1/meta-data');
  });

  it('that changes to and fro while files are read never shows what it leads to', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere/user-data'), OUTSIDE);
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    // In a thread of its own, as fast as it can: the moment between two looks at the path is short.
    const swap = `const { renameSync, writeFileSync } = require('node:fs');
      const go = (from, to) => renameSync(${JSON.stringify(folder)} + '/' + from, ${JSON.stringify(folder)} + '/' + to);
      for (const end = Date.now() + 1_500; Date.now() < end; ) { go('out/cp-1', 'real'); go('link', 'out/cp-1'); go('out/cp-1', 'link'); go('real', 'out/cp-1'); }
      writeFileSync(${JSON.stringify(folder)} + '/done', '');`;
    const thread = new Worker(swap, { eval: true });
    const answers = new Set<string>();
    while (!existsSync(join(folder, 'done'))) {
      const content = readNoCloudFile(
        { rendered: join(folder, 'out'), private: null },
        { node: 'cp-1', file: 'user-data' },
      );
      answers.add(content?.toString() ?? 'none');
    }
    await thread.terminate();
    expect(answers).toContain('cp-1 user-data\n');
    expect(answers).not.toContain(OUTSIDE);
  });

  it('is no worse than a pipe, a folder or a file too large: none is served, and none stops the server', async () => {
    const file = join(folder, 'out/cp-1/user-data');
    rmSync(file);
    execFileSync('mkfifo', [file]);
    await gets404('/home/cp-1/user-data');
    rmSync(file);
    mkdirSync(file);
    await gets404('/home/cp-1/user-data');
    rmSync(file, { recursive: true });
    writeFileSync(file, '');
    truncateSync(file, 64 * 1024 * 1024);
    await gets404('/home/cp-1/user-data');
    rmSync(join(folder, 'out'), { recursive: true });
    await gets404('/home/cp-1/meta-data');
  });
});

describe('a request', () => {
  it('of any other method changes nothing and is told so', async () => {
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const { status, text } = await ask('/home/cp-1/user-data', { method });
      expect([method, status, /\r\nallow: (.*)\r\n/i.exec(text)?.[1]]).toEqual([method, 405, 'GET, HEAD']);
    }
    const text = await say('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n').ended;
    expect(text).not.toContain('200');
    await isWell();
  });

  it('HEAD is answered as GET, without the file', async () => {
    const { status, text } = await ask('/home/cp-1/user-data', { method: 'HEAD' });
    expect([status, /content-length: (\d+)/i.exec(text)?.[1], text.split('\r\n\r\n')[1]]).toEqual([
      200,
      String('cp-1 user-data\n'.length),
      '',
    ]);
  });

  it('by another name is refused: no page that resolves to this address reads a file', async () => {
    for (const host of ['rebound.example', 'rebound.example:8080', '127.0.0.1.rebound.example', ''])
      expect((await ask('/home/cp-1/user-data', { host })).status, host).toBe(421);
    for (const host of ['127.0.0.1:8080', '10.10.10.9', '[fd00::1]:80', 'conf.example', 'CONF.example:443'])
      expect((await ask('/home/cp-1/user-data', { host })).status, host).toBe(200);
    expect(await say('GET /home/cp-1/user-data HTTP/1.1\r\nConnection: close\r\n\r\n').ended).not.toContain(
      'cp-1 user-data',
    );
  });

  it('in a row with others is answered in order', async () => {
    const request = (file: string): string => `GET /home/cp-1/${file} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
    const text = await say(
      `${request('meta-data')}\r\n${request('network-config')}\r\n${request('user-data')}Connection: close\r\n\r\n`,
    ).ended;
    expect(text.match(/cp-1 [a-z-]+\n/g)).toEqual(['cp-1 meta-data\n', 'cp-1 network-config\n', 'cp-1 user-data\n']);
  });

  it('in a row of thousands is not answered for ever', async () => {
    const text = await say('GET /home/cp-1/user-data HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(5_000)).ended;
    expect(text.match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThanOrEqual(32);
    await isWell();
  });

  it('with a line, headers or a number of headers beyond a node’s ends the connection', async () => {
    for (const text of [
      `GET /home/cp-1/user-data?${'a'.repeat(100_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
      `GET /home/cp-1/user-data HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
      `GET /home/cp-1/user-data HTTP/1.1\r\nHost: 127.0.0.1\r\n${Array.from({ length: 20_000 }, (_, index) => `X${index}: a\r\n`).join('')}\r\n`,
      'a'.repeat(100_000),
    ])
      expect(await say(text).ended).not.toContain('200 OK');
    await isWell();
  });

  it('that is smuggled in another’s body is not answered', async () => {
    const inner = 'GET /home/w-1/machine-config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    const both = `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${inner.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`;
    expect(await say(both).ended).not.toContain('secrets');
  });

  it('has seconds, not minutes', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, idleTimeout } = LIMITS;
    expect(Math.max(headersTimeout, requestTimeout, keepAliveTimeout, idleTimeout)).toBeLessThan(10_000);
  });

  it('that is slow in any way loses its connection in time: byte by byte, with a body that never ends, or without reading', async () => {
    await server.close();
    // A connection that is only kept for another request stays for longer than the last bound below.
    await serve({
      ...LIMITS,
      headersTimeout: 1_000,
      requestTimeout: 1_600,
      keepAliveTimeout: 600_000,
      connectionsCheckingInterval: 200,
      idleTimeout: 1_000,
    });
    const drip = say('GET /home/cp-1/user-data HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    const endless = say('POST /home/cp-1/user-data HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n');
    writeFileSync(join(folder, 'private/w-1.yaml'), Buffer.alloc(4 * 1024 * 1024, 'a'));
    const lazy = Array.from({ length: 20 }, () =>
      say('GET /home/w-1/machine-config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
    );
    for (const { socket } of lazy) socket.pause();
    const pouring = setInterval(() => {
      drip.socket.write('X');
      endless.socket.write(Buffer.alloc(65_536));
    }, 100);
    const started = Date.now();
    await Promise.all([drip.ended, endless.ended]);
    clearInterval(pouring);
    // The bounds are far above what they take: what is not cut off is not cut off at all, or after a minute.
    expect(Date.now() - started).toBeLessThan(50_000);
    expect(endless.got()).toContain('405');
    await isWell();
    // From here on their time runs that nobody reads what they are sent; it is over before this timer is.
    await until(() => seen.filter(({ path }) => path.endsWith('machine-config')).length === lazy.length);
    await new Promise((done) => setTimeout(done, 3_000));
    const resumed = Date.now();
    for (const { socket } of lazy) socket.resume();
    await Promise.all(lazy.map(({ ended }) => ended));
    // What was to be had lay in the kernel: nobody was waiting for them any more, or they would now be kept for another request.
    expect(Date.now() - resumed).toBeLessThan(PATIENCE_MS);
  });
});

describe('connections', () => {
  it('by the thousand, half of a request in each, keep no node out: the quietest ones go', async () => {
    await server.close();
    // None of them ends because its time is up.
    await serve({
      ...LIMITS,
      headersTimeout: 120_000,
      requestTimeout: 120_000,
      keepAliveTimeout: 120_000,
      idleTimeout: 120_000,
    });
    const idle = Array.from({ length: 1_000 }, () => say('GET /home/cp-1/user'));
    await isWell();
    let gone = 0;
    for (const { ended } of idle) void ended.then(() => (gone += 1));
    await until(() => gone > 700);
    await isWell();
  });

  it('end with the server, those that say nothing too', async () => {
    await server.close();
    // None of them ends because its time is up: a server that waits for them waits for longer than this test may take.
    await serve({
      ...LIMITS,
      headersTimeout: 3_600_000,
      requestTimeout: 3_600_000,
      keepAliveTimeout: 3_600_000,
      idleTimeout: 3_600_000,
    });
    say('GET /home');
    await isWell();
    const over = new AbortController();
    const closed = server.close().then(() => 'closed');
    const late = sleep(PATIENCE_MS, 'late', { signal: over.signal });
    expect(await Promise.race([closed, late])).toBe('closed');
    over.abort();
    await expect(late).rejects.toThrow();
  });
});
