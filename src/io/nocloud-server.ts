/**
 * Serves NoCloud files to nodes over plain HTTP, as Talos fetches them.
 *
 * A file that is missing is answered 404, which Talos takes for a hiccup and asks again for three
 * minutes; an error of the server's own would be asked again for ever.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  readonly folders: NoCloudFolders;
  readonly onRequest: (request: NoCloudRequest) => void;
}

export interface NoCloudServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A node asks for three small files: whoever needs more than this is no node. */
const LIMITS = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, maxHeaderSize: 8_192 } as const;
const MAX_CONNECTIONS = 256;

/** @throws UsageError when the address cannot be had */
export async function serveNoCloud(options: NoCloudServerOptions): Promise<NoCloudServer> {
  const nodes = new Set(options.nodes);
  const server = createServer(LIMITS, (request, response) => { answer(options, nodes, request, response); });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => { reject(cannotListen(options, error)); });
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}${options.prefix}/${options.cluster}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => { resolve(); });
        server.closeAllConnections();
      }),
  };
}

function answer(options: NoCloudServerOptions, nodes: ReadonlySet<string>, request: IncomingMessage, response: ServerResponse): void {
  const { method = '', url = '', socket } = request;
  const path = url.replace(/\?.*$/s, '');
  const asked = askedFor(path, options.prefix, options.cluster, nodes);
  // What is sent along is not read: nobody has anything to send.
  request.resume();
  const { status, content } = reply(options.folders, method, asked);
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': content.length,
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : content);
  options.onRequest({ from: socket.remoteAddress ?? '', method, path, asked, status, bytes: method === 'HEAD' ? 0 : content.length });
}

function reply(folders: NoCloudFolders, method: string, asked: Asked | null): { status: number; content: Buffer } {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, content: Buffer.from('only GET and HEAD\n') };
  const content = asked === null ? null : readNoCloudFile(folders, asked);
  return content === null ? { status: 404, content: Buffer.from('not here\n') } : { status: 200, content };
}

function cannotListen({ host, port }: NoCloudServerOptions, error: NodeJS.ErrnoException): UsageError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is taken; name another one with --listen`,
    EADDRNOTAVAIL: `${host} is no address of this machine; name one that nodes can reach with --listen address:port`,
    ENOTFOUND: `${host} cannot be found; write an address`,
    EACCES: `port ${port} needs more rights than this user has; name one above 1023`,
  };
  return new UsageError(why[error.code ?? ''] ?? `${host}:${port} cannot be had: ${error.message}`, { cause: error });
}
