/** Five thousand requests that nobody should send. */

import fc from 'fast-check';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { endpointsOf } from '../../src/simulator/index.ts';
import { attach } from '../../src/simulator/server/server.ts';
import { FaultCounter } from '../../src/simulator/state/faults.ts';
import type { Host, HostSeed } from '../../src/simulator/state/host.ts';
import { seededHost } from '../../src/simulator/state/seed.ts';
import { PATIENCE_MS } from '../support/program.ts';
import { pve, seed } from '../support/pve.ts';

const REQUESTS = 4_600;
const TLS_REQUESTS = 400;
const AT_ONCE = 48;

const AUDITOR = 'audit@pve!t=cccccccc-0000-4000-8000-000000000003';
const ROOT = 'root@pam!rehearsal=5eed0000-0000-4000-8000-000000000001';

/** One token may do everything, the other only look. */
function fuzzSeed(): HostSeed {
  const { access, ...rest } = seed();
  const [id = '', secret = ''] = AUDITOR.split('=');
  return seed({
    ...rest,
    access: {
      users: [...access.users, { id: 'audit@pve' }],
      tokens: [...access.tokens, { id, secret, privilegeSeparation: false }],
      acl: [{ path: '/', who: 'audit@pve', role: 'PVEAuditor' }],
    },
  });
}

const value = fc.oneof(
  fc.constantFrom(
    '101',
    '9000',
    'pve',
    'local',
    'local-lvm',
    'scsi0',
    '1',
    '0',
    'images',
    'local:import/talos.qcow2',
    '20G',
    'talos',
    'a=b',
    'order=scsi0',
    'local-lvm:5',
    'virtio,bridge=vmbr0',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '%',
    '%00',
    '%zz',
    '..',
    '%2e%2e%2f',
    'ä',
    '\u0000',
    '__proto__',
    'constructor',
    'x'.repeat(3_000),
    '[]',
    '{}',
    '-1',
    '1e309',
    'NaN',
    '=',
    ',,',
    ';',
  ),
);
const keys = [...new Set(endpointsOf('9.1').flatMap(({ parameters }) => [...parameters.keys()]))].filter(
  (key) => !/[2-9]$|\d\d$/.test(key),
);
const key = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...keys) }, { weight: 1, arbitrary: value });
const loose = (text: string): string => text.replaceAll(/[\r\n\0 ]/g, '_');
const pairs = fc.array(fc.tuple(key, value), { maxLength: 6 });
const form = pairs.map((list) =>
  list.map(([name, text]) => `${fc.stringify(name).slice(1, -1)}=${safeEncode(text)}`).join('&'),
);
const json = fc.oneof(
  pairs.map((list) => JSON.stringify(Object.fromEntries(list))),
  fc.json(),
  fc.constantFrom('{', 'null', '[1]', '"x"'),
);
const multipart = value.map(
  (text) => `--B\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n--B\r\n${text}\r\n\r\n${text}--B--`,
);

function safeEncode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ff';
  }
}

const template = fc.constantFrom(
  ...endpointsOf('9.1').map(({ path }) => path),
  '/',
  '/nodes/{node}/ceph',
  '/{a}/{b}',
  '',
);
/** Mostly what is there, so that requests get past the router. */
const KNOWN: Readonly<Record<string, string>> = {
  node: 'pve',
  vmid: '9000',
  storage: 'local-lvm',
  volume: 'local:import/talos.qcow2',
  poolid: 'talos',
};
const path = fc
  .tuple(
    template,
    fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value }), {
      minLength: 4,
      maxLength: 4,
    }),
  )
  .map(([text, values]) => {
    let index = 0;
    return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const given = values[index++] ?? null;
      return given === null ? (KNOWN[name] ?? 'x') : safeEncode(given);
    });
  });
const method = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE') },
  { weight: 1, arbitrary: fc.constantFrom('PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'BREW', 'get') },
);
const prefix = fc.oneof(
  { weight: 12, arbitrary: fc.constant('/api2/json') },
  { weight: 1, arbitrary: fc.constantFrom('/api2/extjs', '/api2', '', '/api2/json/api2/json', 'http://x/api2/json') },
);
const body = fc.oneof(
  fc.constant({ type: '', text: '' }),
  form.map((text) => ({ type: 'application/x-www-form-urlencoded', text })),
  json.map((text) => ({ type: 'application/json', text })),
  multipart.map((text) => ({ type: 'multipart/form-data; boundary=B', text })),
  value.map((text) => ({ type: 'multipart/form-data', text })),
  value.map((text) => ({ type: loose(text), text })),
);
const wire = fc.record({
  method,
  prefix,
  path,
  query: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, form),
  body,
  authorization: fc.constantFrom('auditor', 'auditor', 'root', 'none', 'wrong', 'garbage'),
  /** How the length told differs from the real one. */
  lie: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, fc.constantFrom(-3, 5, 1e9)),
  framing: fc.oneof(
    { weight: 20, arbitrary: fc.constant('') },
    fc.constantFrom(
      'Transfer-Encoding: chunked\r\n',
      'Expect: 100-continue\r\n',
      'X: \u0001\r\n',
      'Broken\r\n',
      'Upgrade: h2c\r\nConnection: Upgrade\r\n',
    ),
  ),
  abort: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, fc.constant(true)),
});
type Wire = typeof wire extends fc.Arbitrary<infer T> ? T : never;

const AUTHORIZATION: Readonly<Record<string, string>> = {
  auditor: `Authorization: PVEAPIToken=${AUDITOR}\r\n`,
  root: `Authorization: PVEAPIToken=${ROOT}\r\n`,
  none: '',
  wrong: 'Authorization: PVEAPIToken=root@pam!rehearsal=nope\r\n',
  garbage: 'Authorization: \u00ff=!=!\r\nCookie: PVEAuthCookie=PVE:::\r\n',
};

function bytes(request: Wire): Buffer {
  const content = Buffer.from(request.body.text);
  const length = Math.max(0, content.length + request.lie);
  const type = request.body.type === '' ? '' : `Content-Type: ${request.body.type}\r\n`;
  const head = `${request.method} ${request.prefix}${request.path}${request.query === '' ? '' : `?${loose(request.query)}`} HTTP/1.1\r\nHost: x\r\n`;
  const sized = content.length === 0 && request.lie === 0 ? '' : `Content-Length: ${length}\r\n`;
  return Buffer.concat([
    Buffer.from(
      `${head}${AUTHORIZATION[request.authorization] ?? ''}${type}${sized}${request.framing}Connection: close\r\n\r\n`,
    ),
    content,
  ]);
}

/** Sends one request on its own connection. @returns the status line, or `''` */
function send(port: number, request: Wire): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', (error) => (text += error.message === 'no answer' ? error.message : ''));
    socket.on('close', () => {
      resolve(text.split('\r\n')[0] ?? '');
    });
    const content = bytes(request);
    if (request.abort) socket.write(content.subarray(0, Math.floor(content.length / 2)), () => socket.destroy());
    // A half-closed connection is what a body that never comes looks like.
    else if (request.lie > 0) socket.end(content);
    else socket.write(content);
  });
}

/** Runs at most `AT_ONCE` at a time. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Everything but the counters. */
function state(host: Host): unknown {
  return {
    vms: host.vms.all().map(({ vmid, node, config, pending }) => [vmid, node, [...config], [...pending]]),
    volumes: host.storages.allVolumes(),
    pools: host.pools.ids(),
    tasks: host.tasks.list().length,
  };
}

test(`${REQUESTS} malformed requests on the wire`, async () => {
  const host = seededHost(fuzzSeed(), { version: '9.1', lockTimeoutMilliseconds: 20 });
  const faults = new FaultCounter([]);
  // The same listeners without the cost of thousands of handshakes.
  const server = createServer();
  attach(server, { host, faults: () => faults, authDelayMilliseconds: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const requests = fc.sample(wire, REQUESTS);
  const before = state(host);
  const statuses = new Map<string, number>();
  const silent: Wire[] = [];
  const attempt = async (request: Wire): Promise<void> => {
    const line = await send(port, request);
    const status = line.split(' ')[1] ?? line;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (!request.abort && request.lie <= 0 && (line === '' || line === 'no answer')) silent.push(request);
  };

  await each(
    requests.filter(({ authorization }) => authorization !== 'root'),
    attempt,
  );
  await host.tasks.settled();
  expect(state(host), 'who may only look has changed nothing').toEqual(before);
  await each(
    requests.filter(({ authorization }) => authorization === 'root'),
    attempt,
  );
  await host.tasks.settled();

  expect(host.log.crashes().map(({ method: m, path: p, crash }) => [m, p, crash])).toEqual([]);
  expect(silent.map(bytes).map(String).slice(0, 3)).toEqual([]);
  // It got through to handlers, and was refused for every reason there is.
  for (const status of ['200', '400', '401', '403', '500', '501'])
    expect(statuses.get(status) ?? 0, status).toBeGreaterThan(10);
  for (const { node, vmid } of host.vms.all())
    expect(host.configs.answer(host.vms.get(node, vmid), false)).toHaveProperty('digest');
  expect(
    await send(port, {
      ...(requests[0] as Wire),
      method: 'GET',
      prefix: '/api2/json',
      path: '/version',
      query: '',
      body: { type: '', text: '' },
      authorization: 'root',
      lie: 0,
      framing: '',
      abort: false,
    }),
  ).toBe('HTTP/1.1 200 OK');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test(`${TLS_REQUESTS} broken TLS connections`, async () => {
  const client = await pve({ seed: fuzzSeed() });
  const { port, caPem, log, host } = client.simulator;
  const before = state(host);
  const noise = fc.sample(
    fc.tuple(fc.constantFrom('plain', 'noise', 'vanish', 'distrust', 'half'), fc.uint8Array({ maxLength: 200 })),
    TLS_REQUESTS,
  );
  await each(
    noise,
    ([kind, content]) =>
      new Promise<void>((resolve) => {
        const options = { port, host: '127.0.0.1', ...(kind === 'distrust' ? {} : { ca: caPem }) };
        const isTls = kind === 'distrust' || kind === 'half';
        const socket = isTls ? connectTls(options) : connect(options);
        socket.setTimeout(PATIENCE_MS, () => socket.destroy());
        socket.on('error', () => undefined);
        socket.on('close', () => {
          resolve();
        });
        socket.on('data', () => undefined);
        socket.on(isTls ? 'secureConnect' : 'connect', () => {
          if (kind === 'vanish') socket.destroy();
          else if (kind === 'half')
            socket.write('POST /api2/json/pools HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\npoolid=', () =>
              socket.destroy(),
            );
          else
            socket.end(kind === 'plain' ? 'GET /api2/json/version HTTP/1.1\r\nHost: x\r\n\r\n' : Buffer.from(content));
        });
      }),
  );
  expect(await client.get('/version')).toHaveProperty('version');
  expect(log.crashes()).toEqual([]);
  expect(state(host)).toEqual(before);
  await client.close();
});
