/** A node's network as Talos documents. NICs are found by MAC address: their names depend on the machine. */

import type { Cluster, Link, Node } from '../../model/cluster.ts';
import { document, type Document } from './document.ts';

export function links(cluster: Cluster, node: Node): Document[] {
  const documents = node.links.flatMap(linkDocuments);
  // The virtual IP belongs to control planes only: Talos does not refuse it on workers.
  if (node.role !== 'controlplane') return documents;
  return [...documents, document('Layer2VIPConfig', { name: cluster.endpoint.vip, link: addressLink(node.links[0]) })];
}

function linkDocuments(link: Link): Document[] {
  const alias = document('LinkAliasConfig', {
    name: link.alias,
    selector: { match: `mac(link.permanent_addr) == "${link.macAddress}"` },
  });
  const addressing = addressingOf(link);
  if (link.vlanTag === null) {
    return [alias, document('LinkConfig', { name: link.alias, up: true, mtu: link.mtu, ...addressing })];
  }
  return [
    alias,
    // The parent has to be described too, or it stays down.
    document('LinkConfig', { name: link.alias, up: true, mtu: link.mtu }),
    document('VLANConfig', {
      name: addressLink(link),
      vlanID: link.vlanTag,
      parent: link.alias,
      up: true,
      mtu: link.mtu,
      ...addressing,
    }),
  ];
}

function addressingOf({ addresses, gateway }: Link): Document {
  return {
    ...(addresses.length > 0 ? { addresses: addresses.map((address) => ({ address })) } : {}),
    ...(gateway === null ? {} : { routes: [{ gateway }] }),
  };
}

/** The link that carries the address: the VLAN where Talos tags. */
function addressLink(link: Link): string {
  return link.vlanTag === null ? link.alias : `${link.alias}.${link.vlanTag}`;
}
