/**
 * `network-config` version 1, in the subset that Talos reads: physical links found by MAC address,
 * static addresses, VLANs, name servers. Never the virtual IP, which moves between nodes.
 * Source: siderolabs/talos platform/nocloud/metadata.go.
 */

import type { Cluster, Link, Node } from '../../model/cluster.ts';

type Entry = Readonly<Record<string, unknown>>;

export function networkConfig(cluster: Cluster, node: Node): Entry {
  return {
    version: 1,
    config: [
      ...node.links.flatMap((link, position) => linkEntries(link, `eth${position}`)),
      { type: 'nameserver', address: cluster.network.nameservers },
    ],
  };
}

/**
 * @param name the kernel's name, by which a VLAN refers to its link. The VLAN has the name that the machine
 * configuration gives it: Talos knows a link that it makes by nothing else, and under another name it would make
 * the same VLAN twice, which the kernel refuses.
 */
function linkEntries(link: Link, name: string): Entry[] {
  const physical = { type: 'physical', name, mac_address: link.macAddress, mtu: link.mtu };
  if (link.vlanTag === null) return [{ ...physical, subnets: subnets(link) }];
  const vlan = { type: 'vlan', name: `${link.alias}.${link.vlanTag}`, vlan_id: link.vlanTag, vlan_link: name, mtu: link.mtu };
  return [physical, { ...vlan, subnets: subnets(link) }];
}

function subnets({ addresses, gateway }: Link): Entry[] {
  return addresses.map((address) => ({ type: 'static', address, ...(gateway === null ? {} : { gateway }) }));
}
