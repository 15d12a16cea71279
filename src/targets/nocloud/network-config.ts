/**
 * `network-config` version 1, in the subset that Talos reads: physical links found by MAC address, bonds, VLANs,
 * static addresses, name servers. Version 1 has no routes besides the default gateway: others come with the machine
 * configuration. Never the virtual IP, which moves between nodes.
 * Source: siderolabs/talos platform/nocloud/metadata.go.
 */

import type { Bond, Cluster, Link, Node } from '../../model/cluster.ts';

type Entry = Readonly<Record<string, unknown>>;

export function networkConfig(cluster: Cluster, node: Node): Entry {
  // A name for each NIC, by which a bond or a VLAN refers to it; Talos takes the one with the MAC address.
  const nics = node.links.flatMap(({ bond, macAddress }) =>
    (bond?.members ?? [{ macAddress }]).map((nic) => nic.macAddress),
  );
  const nameOf = (mac: string): string => `eth${nics.indexOf(mac)}`;
  return {
    version: 1,
    config: [
      ...node.links.flatMap((link) => linkEntries(link, nameOf)),
      { type: 'nameserver', address: cluster.network.nameservers },
    ],
  };
}

/**
 * Bonds and VLANs have the names that the machine configuration gives them: Talos knows a link that it makes by nothing
 * else, and under another name it would make the same VLAN twice, which the kernel refuses.
 */
function linkEntries(link: Link, nameOf: (mac: string) => string): Entry[] {
  const { bond, mtu, vlanTag } = link;
  const addressed = { subnets: subnets(link) };
  const untagged = vlanTag === null ? addressed : {};
  const physical = (mac: string): Entry => ({ type: 'physical', name: nameOf(mac), mac_address: mac, mtu });
  const name = bond === null ? nameOf(link.macAddress) : link.alias;
  return [
    ...(bond === null
      ? [{ ...physical(link.macAddress), ...untagged }]
      : [
          ...bond.members.map(({ macAddress }) => physical(macAddress)),
          { type: 'bond', name, mtu, ...bonding(bond, nameOf), ...untagged },
        ]),
    ...(vlanTag === null
      ? []
      : [{ type: 'vlan', name: `${link.alias}.${vlanTag}`, vlan_id: vlanTag, vlan_link: name, mtu, ...addressed }]),
  ];
}

function bonding(
  { members, mode, miimon, delay, lacpRate, xmitHashPolicy }: Bond,
  nameOf: (mac: string) => string,
): Entry {
  return {
    bond_interfaces: members.map(({ macAddress }) => nameOf(macAddress)),
    params: {
      'bond-mode': mode,
      'bond-miimon': miimon,
      ...(lacpRate === null ? {} : { 'bond-lacp-rate': lacpRate }),
      ...(xmitHashPolicy === null ? {} : { 'bond-xmit-hash-policy': xmitHashPolicy }),
      'up-delay': delay,
      'down-delay': delay,
    },
  };
}

function subnets({ addresses, gateway }: Link): Entry[] {
  return addresses.map((address) => ({ type: 'static', address, ...(gateway === null ? {} : { gateway }) }));
}
