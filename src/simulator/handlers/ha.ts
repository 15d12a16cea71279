/** `/cluster/ha/resources` and `/cluster/ha/status`. Source: pve-ha-manager src/PVE/API2/HA/{Resources,Status}.pm. */

import { splitList } from '../schema/formats.ts';
import { fail } from '../state/errors.ts';
import { checkedSettings, typeOf, underHaLock, withoutKeys, type HaSettings } from '../state/ha-config.ts';
import { relatives } from '../state/ha-placement.ts';
import type { Host } from '../state/host.ts';
import { needQuorum } from '../state/quorum.ts';
import { need, type Call, type Handlers } from './call.ts';
import { haStatus } from './ha-status.ts';

const RESOURCE = '/cluster/ha/resources/{sid}';

export const HA_HANDLERS: Handlers = {
  'GET /cluster/ha/resources': ({ host, parameters: { type } }) =>
    [...host.ha.config.resources.keys()]
      .filter((sid) => type === undefined || typeOf(sid) === type)
      .map((sid) => ({ ...answer(host, sid), ...groupErrors(host, sid) })),
  'POST /cluster/ha/resources': create,
  [`GET ${RESOURCE}`]: (call) => answer(call.host, sidOf(call)),
  [`PUT ${RESOURCE}`]: update,
  [`DELETE ${RESOURCE}`]: remove,
  [`POST ${RESOURCE}/migrate`]: (call) => move(call, 'migrate'),
  [`POST ${RESOURCE}/relocate`]: (call) => move(call, 'relocate'),
  'GET /cluster/ha/status/current': ({ host }) => haStatus(host),
};

/** A bare number is the guest of that id. @throws ApiError for one that is not there */
function sidOf(call: Call): string {
  const text = need(call, 'sid');
  if (!/^\d+$/.test(text)) return text;
  const guest = call.host.guest(Number(text)) ?? fail(`unable do detect SID from VMID - VM/CT ${text} does not exist`);
  return `${guest.kind === 'VM' ? 'vm' : 'ct'}:${text}`;
}

function answer({ ha: { config } }: Host, sid: string): HaSettings {
  const settings = config.resources.get(sid) ?? fail(`no such resource '${sid}'`);
  const { group, ...others } = settings;
  const shown = group === undefined || config.groupsMigrated ? others : settings;
  return { ...shown, sid, digest: config.digest('resources') };
}

function groupErrors({ ha: { config } }: Host, sid: string): { readonly errors?: Readonly<Record<string, string>> } {
  const group = config.resources.get(sid)?.['group'];
  if (group === undefined || config.groupsMigrated || config.groups.has(String(group))) return {};
  return { errors: { group: `group '${group}' does not exist` } };
}

/** Asked for by HA itself too: `ha-managed` of a new VM. */
export function addResource(host: Host, sid: string, settings: HaSettings): void {
  const { config } = host.ha;
  underHaLock(host.nodeStates.quorate, 'create resource failed', () => {
    if (config.resources.has(sid)) fail(`resource ID '${sid}' already defined`);
    config.resources.set(sid, { type: typeOf(sid), ...settings });
  });
  host.ha.notice();
}

function create(call: Call): void {
  const { host, parameters } = call;
  needQuorum(host);
  const sid = sidOf(call);
  const { sid: _sid, type, ...settings } = parameters;
  needType(sid, type);
  if (settings['group'] !== undefined) needGroups(host);
  const id = sid.slice(sid.indexOf(':') + 1);
  if (!/^[1-9][0-9]+$/.test(id)) fail('invalid VMID');
  if (host.guest(Number(id)) === null) fail(`resource '${sid}' does not exist in cluster`);
  addResource(host, sid, checkedSettings(typeOf(sid), settings, true));
}

function needType(sid: string, type: string | undefined): void {
  if (type !== undefined && type !== typeOf(sid)) fail('types does not match');
  if (!['vm', 'ct'].includes(typeOf(sid))) fail(`unknown section type '${typeOf(sid)}'`);
}

function needGroups({ ha }: Host): void {
  if (ha.config.groupsMigrated) fail("invalid parameter 'group': ha groups have been migrated to rules");
}

function update(call: Call): void {
  const { host, parameters } = call;
  const { config } = host.ha;
  const sid = sidOf(call);
  const { sid: _sid, type, digest, delete: deletes = '', ...settings } = parameters;
  if (type !== undefined && type !== typeOf(sid)) fail('types does not match');
  const { group } = settings;
  if (group !== undefined) {
    needGroups(host);
    if (!config.groups.has(group)) fail(`HA group '${group}' does not exist`);
  }
  needNoError(host, sid, settings['state']);
  underHaLock(host.nodeStates.quorate, 'update resources config failed', () => {
    config.needUnchanged('resources', digest);
    const before = config.resources.get(sid) ?? fail(`no such resource '${sid}'`);
    const merged = { ...before, ...checkedSettings(typeOf(sid), settings, false) };
    config.resources.set(sid, withoutKeys(typeOf(sid), merged, splitList(deletes)));
  });
  host.ha.notice();
}

/** Whoever is in error does nothing until it has been disabled. @throws ApiError */
export function needNoError({ ha }: Host, sid: string, asked?: string): void {
  if (ha.isManaged(sid) && ha.stateOf(sid) === 'error' && asked !== 'disabled')
    fail(`service '${sid}' in error state, must be disabled and fixed first`);
}

function remove(call: Call): void {
  const { host, parameters } = call;
  const sid = sidOf(call);
  if (!host.ha.config.resources.has(sid)) fail(`cannot delete service '${sid}', not HA managed!`);
  deleteResource(host, sid, parameters['purge'] !== '0');
}

/** Rules are left alone before 9.1, whatever is asked for. */
export function deleteResource(host: Host, sid: string, purge: boolean): void {
  underHaLock(host.nodeStates.quorate, 'delete resource failed', () => {
    host.ha.config.removeResource(sid, purge && host.version === '9.1');
  });
  host.ha.notice();
}

function move(call: Call, kind: 'migrate' | 'relocate'): unknown {
  const { host } = call;
  const sid = sidOf(call);
  const node = need(call, 'node');
  requestMove(host, sid, node, kind);
  if (host.version === '8.4') return null;
  const { together, blocking } = motionOf(host, sid);
  const inTheWay = blocking.get(node);
  return {
    sid,
    'requested-node': node,
    ...(together.length === 0 ? {} : { 'comigrated-resources': together }),
    ...(inTheWay === undefined ? {} : { 'blocking-resources': inTheWay }),
  };
}

export function requestMove(host: Host, sid: string, node: string, kind: 'migrate' | 'relocate'): void {
  if (!host.ha.isManaged(sid)) fail(`resource '${sid}' is not HA managed`);
  needNoError(host, sid);
  underHaLock(host.nodeStates.quorate, null, () => {
    host.ha.command({ kind, sid, node });
  });
}

export interface Motion {
  /** Resources that go along. */
  readonly together: readonly string[];
  /** By host: those that keep it away. */
  readonly blocking: ReadonlyMap<string, readonly { readonly sid: string; readonly cause: 'resource-affinity' }[]>;
}

export function motionOf(host: Host, sid: string): Motion {
  if (!host.ha.isManaged(sid)) return { together: [], blocking: new Map() };
  const { services, config } = host.ha;
  const { positive, negative } = relatives({ sid, config, nodes: host.nodes.map(({ name }) => name) });
  const blocking = new Map<string, { sid: string; cause: 'resource-affinity' }[]>();
  for (const other of negative) {
    const node = services.get(other)?.node;
    if (node !== undefined)
      blocking.set(node, [...(blocking.get(node) ?? []), { sid: other, cause: 'resource-affinity' }]);
  }
  return { together: positive.filter((other) => services.has(other)), blocking };
}
