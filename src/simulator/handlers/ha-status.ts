/** `GET /cluster/ha/status/current`. Source: pve-ha-manager src/PVE/API2/HA/Status.pm, Tools.pm. */

import type { HaSettings } from '../state/ha-config.ts';
import type { Service } from '../state/ha-service.ts';
import type { Host } from '../state/host.ts';

/** A daemon that has not written for so long is taken for dead. */
const SILENT_SECONDS = 30;

export function haStatus(host: Host): unknown[] {
  const { config, services } = host.ha;
  const sids = [...services.keys()].sort();
  const others = [...config.resources.keys()].sort().filter((sid) => !services.has(sid));
  return [quorum(host), ...daemons(host), ...[...sids, ...others].map((sid) => service(host, sid))];
}

function quorum({ nodes, nodeStates: { quorate } }: Host): unknown {
  const node = nodes[0]?.name ?? '';
  return {
    id: 'quorum',
    type: 'quorum',
    node,
    status: quorate ? 'OK' : `No quorum on node '${node}'!`,
    quorate: quorate ? 1 : 0,
  };
}

/** The master is the first host that is there, and there is none before the first resource. */
function daemons(host: Host): unknown[] {
  const { lastRound, config } = host.ha;
  if (lastRound === null) return [];
  const hasWork = config.resources.size > 0;
  const [master = ''] = host.nodeStates.online();
  const masterTime = host.nodeStates.quorate ? host.seconds() : Math.floor(lastRound / 1000);
  const masterState = isSilent(host, masterTime) ? 'old timestamp - dead?' : hasWork ? 'active' : 'idle';
  return [
    entry('master', 'master', master, masterState, masterTime),
    ...host.nodes
      .map(({ name }) => name)
      .sort()
      .map((name) => {
        const time = host.nodeStates.isOnline(name)
          ? host.seconds()
          : host.seconds() - Math.floor(host.nodeStates.age(name) / 1000);
        return entry(`lrm:${name}`, 'lrm', name, localState(host, name, time), time);
      }),
  ];
}

function localState(host: Host, node: string, time: number): string {
  if (isSilent(host, time)) return 'old timestamp - dead?';
  return [...host.ha.services.values()].some((it) => isActive(it) && (it.node === node || it.target === node))
    ? 'active'
    : 'idle';
}

function isSilent(host: Host, time: number): boolean {
  return host.seconds() - time > SILENT_SECONDS;
}

function isActive({ state }: Service): boolean {
  return !['stopped', 'error', 'request_start'].includes(state);
}

function entry(id: string, type: string, node: string, state: string, timestamp: number): unknown {
  const at = Number.isFinite(timestamp) ? timestamp : 0;
  return { id, type, node, status: `${node} (${state}, ${new Date(at * 1000).toUTCString()})`, timestamp: at };
}

const SHOWN = ['group', 'max_restart', 'max_relocate', 'failback', 'comment'] as const;
const DEFAULTS: HaSettings = { max_restart: 1, max_relocate: 1 };

function service(host: Host, sid: string): unknown {
  const { config, services } = host.ha;
  const settings = config.resources.get(sid);
  const known = services.get(sid);
  const vmid = Number(sid.slice(sid.indexOf(':') + 1));
  const node = known?.node ?? host.guest(vmid)?.node;
  const state = verboseState(host, sid, known);
  const all: HaSettings = { ...DEFAULTS, ...(host.version === '8.4' ? {} : { failback: 1 }), ...settings };
  return {
    id: `service:${sid}`,
    type: 'service',
    sid,
    ...(node === undefined ? {} : { node }),
    ...(known === undefined ? {} : { crm_state: known.state }),
    state,
    status: `${sid} (${node ?? '---'}, ${state})`,
    ...(settings === undefined ? {} : { request_state: config.requestOf(sid) }),
    ...(settings === undefined
      ? {}
      : Object.fromEntries(SHOWN.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])))),
  };
}

/** What a person is told: ahead of the manager where it has not begun yet. */
function verboseState(host: Host, sid: string, known: Service | undefined): string {
  const request = host.ha.config.requestOf(sid);
  if (request === null) return 'deleting';
  if (request === 'ignored') return 'ignored';
  if (host.guest(Number(sid.slice(sid.indexOf(':') + 1))) === null) return 'not found';
  if (known === undefined) return 'queued';
  const { state, running } = known;
  if (state === 'stopped') return request === 'started' ? 'starting' : request === 'disabled' ? 'disabled' : state;
  if (state === 'started') {
    if (!running) return 'starting';
    return request === 'started' ? state : 'stopping';
  }
  return state === 'error' && request === 'disabled' ? 'clearing error flag' : state;
}
