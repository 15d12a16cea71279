/** One request from its first byte to its effect: faults, authentication, route, permission, schema, handler. */

import type { IncomingMessage } from 'node:http';
import { HANDLERS } from '../handlers/index.ts';
import { allocationsOf } from '../handlers/allocations.ts';
import type { Call, Upload } from '../handlers/call.ts';
import { touchedVms } from '../handlers/touched.ts';
import { decodePath } from '../schema/form.ts';
import type { Route } from '../schema/router.ts';
import type { Endpoint, RawParameters } from '../schema/types.ts';
import { normalizeLists, validate } from '../schema/validate.ts';
import { withinTime } from '../state/clock.ts';
import { lockFor } from '../state/config-lock.ts';
import { ApiError, parameterError } from '../state/errors.ts';
import type { FaultCounter, FaultEffect } from '../state/faults.ts';
import type { Host } from '../state/host.ts';
import type { LogEntry } from '../state/log.ts';
import type { Unreachable } from '../state/node-states.ts';
import { checkPermissions } from '../state/permissions.ts';
import { authenticate } from './authenticate.ts';
import { readBody, readParameters } from './request.ts';
import { failure, success, type Reply } from './reply.ts';

/** What the connection has to do. */
export interface Outcome {
  /** `null`: break the connection. */
  readonly reply: Reply | null;
  readonly delayMilliseconds: number;
}

export interface Dispatcher {
  readonly host: Host;
  readonly faults: () => FaultCounter;
  /** How long a refused login is kept waiting. */
  readonly authDelayMilliseconds: number;
}

/** Never rejects. */
export async function dispatch(dispatcher: Dispatcher, request: IncomingMessage): Promise<Outcome> {
  const { host } = dispatcher;
  const method = request.method ?? 'GET';
  const [rawPath = '', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const path = decodePath(rawPath);
  const entry = host.log.add(host.clock.now(), method, path.replace(/^\/api2\/(?:json|extjs)(?=\/|$)/, ''));
  try {
    return await carryOut(dispatcher, request, { method, path, query, entry });
  } catch (error) {
    return answerError(dispatcher, entry, error);
  }
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly entry: LogEntry;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE']);

async function carryOut(dispatcher: Dispatcher, message: IncomingMessage, request: Request): Promise<Outcome> {
  const { host } = dispatcher;
  const { method, path, query, entry } = request;
  if (!METHODS.has(method)) throw new ApiError(501, `method '${method}' not available`);
  const relative = /^\/api2\/(?:json|extjs)(\/.*)?$/.exec(path);
  if (relative === null) throw new ApiError(501, 'no such uri');
  const route = host.router(method, relative[1] ?? '/');
  entry.endpoint = route?.endpoint.name ?? null;
  const body = await readBody(message);
  const { values, upload } = readParameters(message, body, query);
  const effects = strike(dispatcher, route, request, values);
  if (effects.some(({ kind }) => kind === 'drop-before')) return { reply: null, delayMilliseconds: 0 };
  const answered = effects.find((effect) => effect.kind === 'status');
  if (answered !== undefined) throw new ApiError(answered.status, answered.reason);
  const user = identify(dispatcher, message, route, request, effects);
  const call = prepare(host, user, route, request, values, upload);
  const result = HANDLERS[call.route.endpoint.name]?.(makeCall(host, call, entry, effects));
  const data = result instanceof Promise ? await inTime(host, call.route.endpoint, result) : result;
  const reply = success(data);
  entry.status = 200;
  entry.reason = reply.reason;
  return after(effects, entry, reply);
}

/** The daemon that is asked waits for the one behind it only so long; the work goes on. */
async function inTime(host: Host, endpoint: Endpoint, result: Promise<unknown>): Promise<unknown> {
  if (!endpoint.protected) return result;
  const answered = await withinTime(
    host.clock,
    host.callLimitMilliseconds,
    result.then((data) => ({ data })),
  );
  if (answered !== null) return answered.data;
  result.catch(() => undefined);
  throw new ApiError(596, 'Connection timed out');
}

function after(effects: readonly FaultEffect[], entry: LogEntry, reply: Reply): Outcome {
  if (effects.length === 0) return { reply, delayMilliseconds: 0 };
  const slow = effects.find((effect) => effect.kind === 'slow');
  const delayMilliseconds = slow?.milliseconds ?? 0;
  if (!effects.some(({ kind }) => kind === 'drop-after')) return { reply, delayMilliseconds };
  entry.status = null;
  return { reply: null, delayMilliseconds };
}

/** Counts the request against the fault plan and does what the host suffers from it. */
function strike(
  { host, faults }: Dispatcher,
  route: Route | null,
  { method, entry }: Request,
  values: RawParameters,
): readonly FaultEffect[] {
  const touched = touchedVms(entry.endpoint, method, route === null ? values : { ...values, ...route.path });
  entry.vmids = touched.written;
  const effects = faults().strike({ method, endpoint: entry.endpoint, vmids: touched.named });
  if (effects.length === 0) return effects;
  entry.faults = effects;
  for (const effect of effects) {
    if (effect.kind === 'storage-full') host.storages.get(effect.storage).full = true;
    const vmid = touched.named[0];
    if (effect.kind === 'lock-held' && vmid !== undefined) host.locks.seize(vmid, effect.milliseconds);
    const vm = vmid === undefined ? undefined : host.vms.find(vmid);
    if (effect.kind === 'config-locked' && vm !== undefined) void lockFor(host, vm, effect.lock, effect.milliseconds);
  }
  return effects;
}

/** @returns `''` where anybody may ask */
function identify(
  { host }: Dispatcher,
  { headers }: IncomingMessage,
  route: Route | null,
  { method, entry }: Request,
  effects: readonly FaultEffect[],
): string {
  if (route?.endpoint.permissions.user === 'world') return '';
  if (effects.some(({ kind }) => kind === 'token-revoked')) host.access.accounts.revoke(tokenOf(headers.authorization));
  const user = authenticate(host.access, headers, method, host.seconds());
  entry.user = user;
  return user;
}

function tokenOf(authorization: string | undefined): string {
  return /^PVEAPIToken[=:]\s*([^=\s]+)=/.exec(authorization ?? '')?.[1] ?? '';
}

/** The host that was meant does not answer. */
class UnreachableError extends ApiError {
  readonly milliseconds: number;
  constructor({ status, reason, milliseconds }: Unreachable) {
    super(status, reason);
    this.milliseconds = milliseconds;
  }
}

interface Prepared {
  readonly user: string;
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
  readonly upload: Upload | null;
}

function prepare(
  host: Host,
  user: string,
  route: Route | null,
  { method, entry }: Request,
  values: RawParameters,
  upload: Upload | null,
): Prepared {
  if (route === null) {
    entry.unimplemented = true;
    throw new ApiError(501, `Method '${method} ${entry.path}' not implemented`);
  }
  const { endpoint, path } = route;
  if (user.includes('!') && !endpoint.allowsToken) {
    throw new ApiError(
      403,
      `Permission check failed (URI '${entry.path}' not available with API token, need proper ticket.)`,
    );
  }
  const all = merged(path, values);
  const node = path['node'] === 'localhost' ? host.nodes[0]?.name : path['node'];
  const resolved = node === undefined ? all : { ...all, node };
  entry.parameters = masked(resolved);
  checkPermissions(host.access, endpoint.permissions, user, resolved);
  if (node !== undefined && !host.hasNode(node)) {
    throw new ApiError(
      500,
      `hostname lookup '${node}' failed - failed to get address info for: ${node}: Name or service not known`,
    );
  }
  // The host that is meant looks at the rest.
  if (node !== undefined && endpoint.proxied && !host.nodeStates.isOnline(node))
    throw new UnreachableError(host.nodeStates.unreachable(node));
  const parameters = normalizeLists(endpoint, resolved);
  const errors = validate(endpoint, parameters);
  if (Object.keys(errors).length > 0) {
    entry.schemaErrors = errors;
    parameterError(errors);
  }
  // No endpoint here takes an array, so what has passed is text throughout.
  return { user, route, parameters: parameters as Readonly<Record<string, string>>, upload };
}

/** Body and query may repeat what the path says, but not contradict it. `_dc` only keeps caches away. */
function merged(path: Readonly<Record<string, string>>, { _dc, ...values }: RawParameters): RawParameters {
  const conflicts = Object.keys(path).filter((key) => values[key] !== undefined && values[key] !== path[key]);
  if (conflicts.length > 0) {
    const message = 'duplicate parameter (already defined in URI) with conflicting values!';
    parameterError(Object.fromEntries(conflicts.map((key) => [key, message])));
  }
  return { ...values, ...path };
}

const SECRET = /^(password|cipassword|otp|tfa-challenge)$/;

function masked(values: RawParameters): RawParameters {
  for (const key in values) {
    if (SECRET.test(key))
      return Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, SECRET.test(name) ? '***' : value]),
      );
  }
  return values;
}

function makeCall(
  host: Host,
  { user, route, parameters, upload }: Prepared,
  entry: LogEntry,
  faults: readonly FaultEffect[],
): Call {
  return {
    host,
    user,
    parameters,
    upload,
    start: (type, id, work) => {
      const node =
        route.path['node'] === 'localhost' || route.path['node'] === undefined
          ? (host.nodes[0]?.name ?? '')
          : route.path['node'];
      const allocate = allocationsOf(host, route.endpoint.name, parameters);
      const upid = host.tasks.start(
        { node, type, id: String(id), user, faults, ...(allocate === null ? {} : { allocate }) },
        work,
      );
      // A task may start another: the client was told of the first.
      entry.upid ??= upid;
      return upid;
    },
    touch: (vmid) => {
      if (!entry.vmids.includes(vmid)) entry.vmids = [...entry.vmids, vmid];
    },
  };
}

function answerError({ authDelayMilliseconds }: Dispatcher, entry: LogEntry, error: unknown): Outcome {
  const isExpected = error instanceof ApiError;
  if (!isExpected) entry.crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const status = isExpected ? error.status : 500;
  if (status === 501) entry.unimplemented = true;
  const message = isExpected ? error.message : 'the simulator failed at this request';
  const reply = failure(status, message, isExpected ? error.errors : null);
  entry.status = status;
  entry.reason = reply.reason;
  return {
    ...after(entry.faults, entry, reply),
    ...(status === 401 ? { delayMilliseconds: authDelayMilliseconds } : {}),
    ...(error instanceof UnreachableError ? { delayMilliseconds: error.milliseconds } : {}),
  };
}
