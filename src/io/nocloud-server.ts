/**
 * Serves NoCloud files to nodes over plain HTTP, as Talos fetches them.
 *
 * A file that is missing is answered 404. Talos asks for `meta-data` and `network-config` again for three minutes and
 * then does without; without `user-data`, or what it includes, it waits in maintenance mode at once. An error of the
 * server's own would be asked again for ever.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo, type Socket } from 'node:net';
import { UsageError } from '../model/errors.ts';
import { askedFor, readNoCloudFile, type Asked, type NoCloudFolders } from './nocloud-files.ts';

export interface NoCloudRequest {
  /** Address of who asked. */
  readonly from: string;
  readonly method: string;
  readonly path: string;
  /** `null`: nothing that is served. */
  readonly asked: Asked | null;
  readonly status: number;
  readonly bytes: number;
}

export interface NoCloudServerOptions {
  /** One address of this machine; never all of them unless that is asked for. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Path of the server's URL, without a slash at its end. */
  readonly prefix: string;
  readonly cluster: string;
  readonly nodes: readonly string[];
  /** Names that a request may call this server by, besides addresses. */
  readonly names: readonly string[];
  readonly folders: NoCloudFolders;
  readonly onRequest: (request: NoCloudRequest) => void;
}

export interface NoCloudServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A node sends one line and five short headers, for three small files; what needs more than these limits is no node.
 * A connection that is slower, larger or idle for longer is closed, so that it uses up nothing of the server.
 */
export const LIMITS = {
  /** Headers of a node are below 300 bytes. */
  maxHeaderSize: 4_096,
  headersTimeout: 5_000,
  /** With the body, which is thrown away: longer than the headers may take. */
  requestTimeout: 8_000,
  keepAliveTimeout: 5_000,
  /** How often the times above are checked; by default every 30 seconds. */
  connectionsCheckingInterval: 1_000,
  /** For a client that does not read the answer; twice that where part of it was sent meanwhile. */
  idleTimeout: 5_000,
};
/** A node asks for four files; more of them in a row come on another connection. */
const MAX_REQUESTS_PER_CONNECTION = 32;
/** All nodes of a large cluster that start at once. Beyond it the connection that has been quiet for longest is closed. */
const MAX_CONNECTIONS = 256;
/** Time for answers that are being sent when the server is interrupted. */
const GRACE_MS = 1_000;

/** Every address of the machine, however it was written. */
const WILDCARD = /^(?:0\.0\.0\.0|::|::ffff:0\.0\.0\.0|::ffff:0:0)$/;

/**
 * @param limits bytes and milliseconds
 * @throws UsageError when the address is not available, and when it would offer secrets to every network
 */
export async function serveNoCloud(
  options: NoCloudServerOptions,
  limits: typeof LIMITS = LIMITS,
): Promise<NoCloudServer> {
  const nodes = new Set(options.nodes);
  const server = createServer(limits, (request, response) => {
    answer(options, nodes, request, response);
  });
  server.setTimeout(limits.idleTimeout);
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('dropRequest', (_request, socket) => socket.destroy());
  boundConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(cannotListen(options, error));
    });
    server.listen(options.port, options.host, resolve);
  });
  const { port, address } = server.address() as AddressInfo;
  if (options.folders.private !== null && WILDCARD.test(address)) {
    server.close();
    throw new UsageError(
      `secrets are not served on ${options.host}, which is every network of this machine; name the address of one with --listen address:port`,
    );
  }
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}${options.prefix}/${options.cluster}/`,
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => {
          server.closeAllConnections();
        }, GRACE_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Held connections keep no node out: a new one is always accepted, and the quietest one is closed. */
function boundConnections(server: Server): void {
  const open = new Set<Socket>();
  const heard = (socket: Socket): void => {
    open.delete(socket);
    open.add(socket);
  };
  server.on('connection', (socket: Socket) => {
    heard(socket);
    socket.once('close', () => open.delete(socket));
    const [quietest] = open;
    if (open.size > MAX_CONNECTIONS) quietest?.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    heard(socket);
  });
}

function answer(
  options: NoCloudServerOptions,
  nodes: ReadonlySet<string>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method = '', url = '', socket } = request;
  const path = url.replace(/\?.*$/s, '');
  const asked = askedFor(path, options.prefix, options.cluster, nodes);
  // The body of a request is not read: no request needs one.
  request.resume();
  const { status, content } = reply(options, request, asked);
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': content.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : content);
  options.onRequest({
    from: socket.remoteAddress ?? '',
    method,
    path,
    asked,
    status,
    bytes: method === 'HEAD' ? 0 : content.length,
  });
}

function reply(
  options: NoCloudServerOptions,
  { method, headers }: IncomingMessage,
  asked: Asked | null,
): { status: number; content: Buffer } {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, content: Buffer.from('only GET and HEAD\n') };
  if (!isOwnName(options, headers.host ?? '')) return { status: 421, content: Buffer.from('unknown host name\n') };
  const content = asked === null ? null : readNoCloudFile(options.folders, asked);
  return content === null ? { status: 404, content: Buffer.from('not here\n') } : { status: 200, content };
}

/**
 * An address, or a name of this server. A web page that resolves its own name to this address would otherwise read
 * the files with the browser of its reader.
 */
function isOwnName({ names, host }: NoCloudServerOptions, asked: string): boolean {
  const name = asked.replace(/:\d*$/, '').toLowerCase();
  return isIP(name.replace(/^\[|\]$/g, '')) > 0 || [...names, host].some((known) => known.toLowerCase() === name);
}

function cannotListen({ host, port }: NoCloudServerOptions, error: NodeJS.ErrnoException): UsageError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is taken; name another one with --listen`,
    EADDRNOTAVAIL: `${host} is no address of this machine; name one that nodes can reach with --listen address:port`,
    ENOTFOUND: `${host} cannot be found; write an address`,
    EACCES: `port ${port} needs more rights than this user has; name a port above 1023`,
  };
  return new UsageError(why[error.code ?? ''] ?? `cannot listen on ${host}:${port}: ${error.message}`, {
    cause: error,
  });
}
