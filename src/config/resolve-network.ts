/** The network of a node: its links as Talos configures them. */

import type { Bond, Link, Route } from '../model/cluster.ts';
import type { NodeFile } from '../model/files.gen.ts';
import { derivedMac } from '../model/identity.ts';
import { BOND_DEFAULTS, NODE_DEFAULTS } from './defaults.ts';
import { entryOf, type NodeContext, type NodeNetwork } from './node-context.ts';
import { builtIn, derived, inNodes } from './origin.ts';

export function resolveNetwork(context: NodeContext, hasVms: boolean): NodeNetwork {
  const { written, settings, defaults, scope, nodeKey, file } = context;
  const mac = scope
    .pick(
      'mac_addr',
      [nodeKey('mac_addr')],
      derived(derivedMac(settings.name, written.name, 0), 'cluster and node name'),
    )
    .toLowerCase();
  const vlan = Number(scope.pick<string | number>('vlan_tag', [nodeKey('vlan_tag')], defaults.vlanTag));
  const proxmoxTags = hasVms && (file.proxmox_vlan_mode ?? false);
  const bond = resolveBond(context, mac);
  const first: Link = {
    alias: bond === null ? 'lan0' : 'bond0',
    macAddress: mac,
    mtu: scope.pick('mtu', [nodeKey('mtu')], builtIn<number>(NODE_DEFAULTS.mtu)),
    // A VLAN is tagged by Talos or by Proxmox, never by both: a frame with two tags is dropped.
    vlanTag: vlan === 0 || proxmoxTags ? null : vlan,
    addresses: [`${written.address}/${settings.network.prefixLength}`],
    gateway: settings.network.gateway,
    routes: scope
      .pick<readonly WrittenRoute[]>('routes', [nodeKey('routes')], builtIn(NODE_DEFAULTS.routes))
      .map(route),
    bond,
  };
  return {
    links: [first, ...extraLinks(context, bond?.members.length ?? 1)],
    proxmoxVlanTag: vlan === 0 || !proxmoxTags ? null : vlan,
  };
}

/** The NIC of `mac_addr` and those of the bond, in this order. */
function resolveBond({ scope, nodeKey, index }: NodeContext, mac: string): Bond | null {
  // Addresses that are wrong are missing here, which is reported.
  const bond = scope.pick<Partial<NonNullable<NodeFile['bond']>> | null>('bond', [nodeKey('bond')], builtIn(null));
  if (bond?.mac_addrs === undefined) return null;
  const pick = <T>(key: keyof typeof bond & string, value: T | undefined, fallback: T): T =>
    scope.pick(`bond.${key}`, [inNodes(value, `/nodes/${index}/bond/${key}`)], builtIn(fallback));
  const miimon = pick<number>('miimon', bond.miimon, BOND_DEFAULTS.miimon);
  const macs = [mac, ...bond.mac_addrs.map((other) => other.toLowerCase())];
  return {
    members: macs.map((macAddress, position) => ({ alias: `lan${position}`, macAddress })),
    mode: pick<Bond['mode']>('mode', bond.mode, BOND_DEFAULTS.mode),
    miimon,
    // A multiple of the interval, as the kernel wants it; Talos warns of an 802.3ad bond without one.
    delay: 2 * miimon,
    lacpRate: pick<Bond['lacpRate']>('lacp_rate', bond.lacp_rate, null),
    xmitHashPolicy: pick<Bond['xmitHashPolicy']>('xmit_hash_policy', bond.xmit_hash_policy, null),
  };
}

/** Extra NICs are tagged by Proxmox, if at all: their VLAN belongs to the bridge port. */
function extraLinks(context: NodeContext, firstAlias: number): Link[] {
  const { written, settings } = context;
  return (written.vm_extra_nics ?? []).map((nic, position) => {
    const pick = entryOf(context, 'vm_extra_nics', position);
    const mac = derivedMac(settings.name, written.name, position + 1);
    return {
      alias: `lan${position + firstAlias}`,
      macAddress: pick('mac_addr', nic.mac_addr, derived(mac, 'cluster and node name')).toLowerCase(),
      mtu: pick<number>('mtu', nic.mtu, builtIn(NODE_DEFAULTS.mtu)),
      vlanTag: null,
      addresses: nic.address === undefined ? [] : [nic.address],
      gateway: null,
      routes: pick<readonly WrittenRoute[]>('routes', nic.routes, builtIn(NODE_DEFAULTS.routes)).map(route),
      bond: null,
    };
  });
}

interface WrittenRoute {
  readonly network: string;
  readonly gateway: string;
  readonly metric?: number;
}

function route({ network, gateway, metric }: WrittenRoute): Route {
  return { network, gateway, metric: metric ?? null };
}
