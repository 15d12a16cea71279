/** The HTTPS server: loopback only. */

import { createServer, type Server } from 'node:https';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Certificates } from './certificates.ts';
import { dispatch, type Dispatcher, type Outcome } from './dispatch.ts';
import { send } from './reply.ts';

export interface RunningServer {
  readonly port: number;
  /** Breaks what is open and resolves when the port is free. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const BAD_REQUEST = 'HTTP/1.1 400 bad request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** @param port 0: any free one. @throws the system's error where the port cannot be had */
export async function serve(
  dispatcher: Dispatcher,
  { certPem, keyPem }: Certificates,
  port: number,
): Promise<RunningServer> {
  const server = createServer({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2', keepAliveTimeout: 30_000 });
  attach(server, dispatcher);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (socket) => socket.on('error', ignore));
  await listen(server, port);
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

/** Lets a server answer. Noise on the wire is answered or dropped, and never ends the process. */
export function attach(server: HttpServer, dispatcher: Dispatcher): void {
  server.on('request', (request, response) => {
    request.on('error', ignore);
    response.on('error', ignore);
    void answer(dispatcher, request, response);
  });
  server.on('clientError', (_error, socket) => {
    socket.on('error', ignore);
    if (socket.writable) socket.end(BAD_REQUEST);
    else socket.destroy();
  });
}

async function answer(dispatcher: Dispatcher, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const outcome = await dispatch(dispatcher, request);
  if (outcome.delayMilliseconds === 0) finish(outcome, request, response);
  else
    void dispatcher.host.clock.sleep(outcome.delayMilliseconds).then(() => {
      finish(outcome, request, response);
    });
}

function finish({ reply }: Outcome, request: IncomingMessage, response: ServerResponse): void {
  if (reply === null) request.socket.destroy();
  else send(response, reply);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

function ignore(): void {
  // A client that has gone is no news.
}
