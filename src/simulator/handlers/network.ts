/** `GET /nodes/{node}/network`. Source: pve-manager PVE/API2/Network.pm. */

import type { Access } from '../state/access.ts';
import type { Bridge, Node } from '../state/node.ts';
import { LOCAL_ZONE, type VnetSeed } from '../state/sdn.ts';
import { need, type Call, type Handlers } from './call.ts';
import { Answer } from './answer.ts';

export const NETWORK_HANDLERS: Handlers = { 'GET /nodes/{node}/network': network };

type Interface = Readonly<Record<string, unknown>> & { readonly iface: string; readonly type: string };

/** What is configured, also where it waits to be applied: then the answer says what would change. */
function network(call: Call): unknown {
  const { host, parameters } = call;
  const { type } = parameters;
  const node = host.nodes.find(({ name }) => name === need(call, 'node'));
  if (node === undefined) return [];
  const configured = [...ports(node), ...node.interfaces.map(bridgeEntry)].filter((entry) => isAsked(entry, type));
  const seen = configured.filter((entry) => !isBridge(entry) || maySee(call, LOCAL_ZONE, entry.iface));
  const found = [...seen, ...(asksVnets(call, type) ? vnets(call, node) : [])];
  const waiting = node.interfaces.filter(({ pending }) => pending);
  if (waiting.length === 0) return found;
  return new Answer(found, {
    changes: waiting.map(({ name }) => `+auto ${name}\n+iface ${name} inet manual\n`).join(''),
  });
}

function isBridge({ type }: Interface): boolean {
  return type === 'bridge' || type === 'OVSBridge';
}

function isAsked(entry: Interface, type: string | undefined): boolean {
  if (type === undefined || type === 'include_sdn') return true;
  return type === 'any_bridge' || type === 'any_local_bridge' ? isBridge(entry) : entry.type === type;
}

function asksVnets({ host }: Call, type: string | undefined): boolean {
  return type === 'any_bridge' || (host.version !== '8.4' && (type === 'include_sdn' || type === 'vnet'));
}

/** A right on the bridge itself, or on one of the VLANs that entries name. */
function maySee({ host: { access }, user }: Call, zone: string, bridge: string): boolean {
  if (user === 'root@pam') return true;
  const path = `/sdn/zones/${zone}/${bridge}`;
  return [path, ...namedBelow(access, path)].some((at) => access.hasAny(user, at, ['SDN.Audit', 'SDN.Use']));
}

function namedBelow(access: Access, path: string): readonly string[] {
  return [...new Set(access.acl().map((entry) => entry.path))].filter((named) => named.startsWith(`${path}/`));
}

function ports({ interfaces }: Node): Interface[] {
  const names = [...new Set(interfaces.flatMap((bridge) => bridge.ports))];
  return names.map((iface, index) => ({
    iface,
    type: 'eth',
    exists: 1,
    active: 1,
    priority: index + 3,
    families: ['inet'],
    method: 'manual',
    method6: 'manual',
  }));
}

/** What is not set is not there. */
function bridgeEntry(bridge: Bridge, index: number): Interface {
  const { name, type, active, vlanAware, mtu } = bridge;
  const ofType =
    type === 'bridge'
      ? { bridge_ports: bridge.ports.join(' '), bridge_stp: 'off', bridge_fd: '0' }
      : { ovs_ports: bridge.ports.join(' ') };
  return {
    iface: name,
    type,
    autostart: 1,
    priority: index + 10,
    families: ['inet'],
    method6: 'manual',
    ...ofType,
    ...(active ? { active: 1 } : {}),
    ...(vlanAware ? { bridge_vlan_aware: 1, bridge_vids: '2-4094' } : {}),
    ...(mtu === null ? {} : { mtu: String(mtu) }),
    // Providers take the node's address from the first interface that has one.
    ...(index === 0
      ? { method: 'static', address: '127.0.0.1', netmask: '8', cidr: '127.0.0.1/8', gateway: '127.0.0.1' }
      : { method: 'manual' }),
  };
}

function vnets(call: Call, { name }: Node): Interface[] {
  return call.host.sdn
    .vnetsOn(name)
    .filter(({ id, zone }) => maySee(call, zone, id))
    .map(({ id, vlanAware, alias }: VnetSeed) => ({
      iface: id,
      type: 'vnet',
      active: '1',
      ipam: 0,
      vlanaware: vlanAware === true ? 1 : 0,
      comments: alias ?? null,
    }));
}
