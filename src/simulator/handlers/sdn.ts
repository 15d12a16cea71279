/** `/cluster/sdn` and `/nodes/{node}/sdn`. Source: pve-network src/PVE/API2/Network/SDN. */

import { LOCAL_ZONE, type SdnConfig, type VnetSeed, type ZoneSeed } from '../state/sdn.ts';
import { flag, need, type Call, type Handlers } from './call.ts';

type Entry = Readonly<Record<string, string | number>>;

export const SDN_HANDLERS: Handlers = {
  'GET /cluster/sdn/zones': (call) =>
    asked(call, (config) => new Map(config.zones.map((zone) => [zone.id, zoneEntry(zone)])))
      .filter(({ id }) => maySee(call, `/sdn/zones/${id}`))
      .map(({ entry }) => entry)
      .filter(({ type }) => (call.parameters['type'] ?? type) === type),
  'GET /cluster/sdn/vnets': (call) =>
    asked(call, (config) => new Map(config.vnets.map((vnet) => [vnet.id, vnetEntry(vnet)])))
      .filter(({ id, zone }) => maySee(call, `/sdn/zones/${zone}/${id}`))
      .map(({ entry }) => entry),
  // Whoever may ask sees all of them.
  'GET /nodes/{node}/sdn/zones': (call) =>
    call.host.sdn.zonesOn(need(call, 'node')).map(({ id }) => ({ zone: id, status: 'available' })),
};

function maySee({ host, user }: Call, path: string): boolean {
  return host.access.hasAny(user, path, ['SDN.Audit', 'SDN.Allocate']);
}

interface Asked {
  readonly id: string;
  /** A VNet's zone: the one that is in force, or else the one that will be. */
  readonly zone: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** What is configured, what is applied, or the one with what the other differs in. */
function asked(call: Call, read: (config: SdnConfig) => ReadonlyMap<string, Entry>): Asked[] {
  const configured = read(call.host.sdn.configured);
  const running = read(call.host.sdn.running);
  const withPending = flag(call, 'pending');
  const first = withPending || flag(call, 'running') ? running : configured;
  const ids = withPending ? new Set([...running.keys(), ...configured.keys()]) : first.keys();
  return [...ids].sort().map((id) => ({
    id,
    zone: String((first.get(id) ?? configured.get(id))?.['zone']),
    entry: withPending ? withDifferences(running.get(id), configured.get(id)) : (first.get(id) ?? {}),
  }));
}

/** Keys that say what an entry is, and are never pending. */
const IDENTITY: ReadonlySet<string> = new Set(['zone', 'vnet', 'type']);

function withDifferences(now: Entry | undefined, next: Entry | undefined): Record<string, unknown> {
  if (next === undefined) return { ...now, state: 'deleted', pending: {} };
  const identity = Object.fromEntries(Object.entries(next).filter(([key]) => isIdentity(next, key)));
  const changed = Object.entries(next).filter(([key, value]) => !isIdentity(next, key) && now?.[key] !== value);
  const gone = Object.keys(now ?? {}).filter((key) => next[key] === undefined);
  if (now !== undefined && changed.length + gone.length === 0) return { ...now };
  const differences = Object.fromEntries([...changed, ...gone.map((key) => [key, 'deleted'] as const)]);
  return { ...identity, ...now, state: now === undefined ? 'new' : 'changed', pending: differences };
}

/** The zone of a VNet can change, that of a zone is its name. */
function isIdentity(entry: Entry, key: string): boolean {
  return IDENTITY.has(key) && !(key === 'zone' && entry['vnet'] !== undefined);
}

function zoneEntry({ id, type, nodes, mtu, bridge }: ZoneSeed): Entry {
  return {
    zone: id,
    type,
    ...(nodes === undefined ? {} : { nodes: nodes.join(',') }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(bridge === undefined ? {} : { bridge }),
  };
}

function vnetEntry({ id, zone, tag, vlanAware, alias }: VnetSeed): Entry {
  return {
    vnet: id,
    type: 'vnet',
    zone,
    ...(tag === undefined ? {} : { tag }),
    ...(vlanAware === true ? { vlanaware: 1 } : {}),
    ...(alias === undefined ? {} : { alias }),
  };
}

/**
 * Zones among the resources of the cluster: of type `sdn` until 9.0, then of type `network`, which can be had only by
 * asking for everything.
 */
export function networkResources({ host, user }: Call, type: string | undefined): unknown[] {
  const isNew = host.version === '9.1';
  if (type !== undefined && (isNew || type !== 'sdn')) return [];
  const zones = [{ id: LOCAL_ZONE, type: undefined }, ...host.sdn.running.zones];
  return zones
    .filter(({ id }) => host.access.has(user, `/sdn/zones/${id}`, 'SDN.Audit'))
    .flatMap((zone) => {
      const nodes = host.nodes.filter(
        ({ name }) => zone.id === LOCAL_ZONE || host.sdn.zonesOn(name).some(({ id }) => id === zone.id),
      );
      return nodes.map(({ name: node }) => ({
        id: isNew ? `network/${node}/zone/${zone.id}` : `sdn/${node}/${zone.id}`,
        node,
        ...(isNew ? { type: 'network', 'network-type': 'zone', network: zone.id } : { type: 'sdn', sdn: zone.id }),
        ...(isNew && zone.type !== undefined ? { 'zone-type': zone.type } : {}),
        status: zone.id === LOCAL_ZONE ? 'ok' : 'available',
      }));
    });
}
