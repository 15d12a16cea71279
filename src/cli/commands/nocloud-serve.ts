import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NOCLOUD_FILES } from '../../io/nocloud-files.ts';
import { serveNoCloud, type NoCloudRequest } from '../../io/nocloud-server.ts';
import type { Cluster } from '../../model/cluster.ts';
import { UsageError } from '../../model/errors.ts';
import { shown } from '../../model/shown.ts';
import { printIssues } from '../report.ts';
import { demandCurrent, rendered } from '../pipeline.ts';
import type { Session } from '../session.ts';

export interface ServeOptions {
  /** `address:port`; by default those of `nocloud.server_url`. */
  readonly listen?: string;
  /** Folder of full machine configurations. */
  readonly private?: string;
}

/** Serves the rendered NoCloud files to nodes until interrupted. @returns 0 */
export async function nocloudServe(session: Session, options: ServeOptions, signal: AbortSignal): Promise<number> {
  const current = rendered(session);
  printIssues(session, current.generated.issues);
  demandCurrent(current);
  const { cluster } = current;
  const secret = privateFolder(session, options.private);
  demandPrivate(cluster, secret);
  const served = new Map<string, Set<string>>();
  const server = await serveNoCloud({
    ...addressOf(cluster, options.listen),
    cluster: cluster.name,
    nodes: cluster.nodes.map(({ name }) => name),
    names: cluster.nocloud.serverUrl === null ? [] : [new URL(cluster.nocloud.serverUrl).hostname],
    folders: { rendered: join(session.outDirectory, 'nocloud'), private: secret },
    onRequest: (request) => {
      session.output.out(requestLine(request));
      if (request.asked !== null && request.status === 200) note(served, request.asked.node, request.asked.file);
    },
  });
  session.output.err(`serving ${cluster.nodes.length} nodes of ${cluster.name} at ${server.url}<node>/; Ctrl-C ends`);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => {
      done();
    });
  });
  await server.close();
  for (const line of summary(cluster, served)) session.output.err(line);
  return 0;
}

function addressOf({ nocloud }: Cluster, listen: string | undefined): { host: string; port: number; prefix: string } {
  const url = nocloud.serverUrl === null ? null : new URL(nocloud.serverUrl);
  const prefix = url === null ? '' : url.pathname.replace(/\/$/, '');
  if (listen !== undefined) {
    const match = /^(?:\[([0-9a-f:.]+)\]|([^:]+)):(\d{1,5})$/i.exec(listen);
    const port = Number(match?.[3]);
    if (match === null || port > 65_535)
      throw new UsageError(`--listen takes address:port, such as 10.10.10.9:8080, not ${shown(listen)}`);
    return { host: match[1] ?? match[2] ?? '', port, prefix };
  }
  if (url === null)
    throw new UsageError(
      'there is no address to serve on; write --listen address:port, or nocloud.server_url in cluster.yaml',
    );
  if (url.protocol !== 'http:')
    throw new UsageError(
      'nocloud.server_url is https, and talmox serves plain HTTP: name an address behind your proxy with --listen address:port',
    );
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port === '' ? 80 : url.port), prefix };
}

function privateFolder(session: Session, path: string | undefined): string | null {
  if (path === undefined) return null;
  const folder = resolve(session.directory, path);
  if (!existsSync(folder))
    throw new UsageError(`${path} is not there; \`task talos:config\` makes out/talos/clusterconfig`);
  return folder;
}

/** Nodes that are sent here for their configuration must find it. */
function demandPrivate({ nocloud }: Cluster, secret: string | null): void {
  if (secret !== null || nocloud.userData !== 'include') return;
  throw new UsageError(
    'with nocloud.user_data include, nodes fetch their full configuration here; serve it with --private out/talos/clusterconfig',
  );
}

/** `10.10.10.11 cp-1 user-data 200 231 bytes` */
function requestLine({ from, method, path, asked, status, bytes }: NoCloudRequest): string {
  const what = asked === null ? `${method} ${JSON.stringify(path.slice(0, 200))}` : `${asked.node} ${asked.file}`;
  return `${from.replace(/^::ffff:/, '')} ${what} ${status} ${bytes} bytes`;
}

function note(served: Map<string, Set<string>>, node: string, file: string): void {
  served.set(node, (served.get(node) ?? new Set()).add(file));
}

/** Which node fetched what. A node that fetched nothing has no address, or another URL. */
function summary({ nodes }: Cluster, served: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return nodes.map(({ name }) => {
    const files = NOCLOUD_FILES.filter((file) => served.get(name)?.has(file) === true);
    return `${name}: ${files.length === 0 ? 'fetched nothing' : `fetched ${files.join(', ')}`}`;
  });
}
