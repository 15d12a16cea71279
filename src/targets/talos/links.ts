/** A node's network as Talos documents. NICs are found by MAC address: their names depend on the machine. */

import type { Bond, BondMember, Cluster, Link, Node, Route } from '../../model/cluster.ts';
import { document, unlessEmpty, type Document } from './document.ts';

export function links(cluster: Cluster, node: Node): Document[] {
  const documents = node.links.flatMap(linkDocuments);
  // The virtual IP belongs to control planes only: Talos does not refuse it on workers.
  if (node.role !== 'controlplane') return documents;
  return [...documents, document('Layer2VIPConfig', { name: cluster.endpoint.vip, link: addressLink(node.links[0]) })];
}

function linkDocuments(link: Link): Document[] {
  const addressing = addressingOf(link);
  const untagged = link.vlanTag === null ? addressing : {};
  return [
    ...(link.bond?.members ?? [link]).map(alias),
    // The parent of a VLAN has to be described too, or it stays down.
    link.bond === null
      ? document('LinkConfig', { name: link.alias, up: true, mtu: link.mtu, ...untagged })
      : document('BondConfig', { name: link.alias, ...bonding(link.bond), up: true, mtu: link.mtu, ...untagged }),
    ...(link.vlanTag === null
      ? []
      : [
          document('VLANConfig', {
            name: addressLink(link),
            vlanID: link.vlanTag,
            parent: link.alias,
            up: true,
            mtu: link.mtu,
            ...addressing,
          }),
        ]),
  ];
}

function alias({ alias: name, macAddress }: BondMember): Document {
  return document('LinkAliasConfig', { name, selector: { match: `mac(link.permanent_addr) == "${macAddress}"` } });
}

function bonding({ members, mode, miimon, delay, lacpRate, xmitHashPolicy }: Bond): Document {
  return {
    links: members.map(({ alias: name }) => name),
    bondMode: mode,
    ...(lacpRate === null ? {} : { lacpRate }),
    ...(xmitHashPolicy === null ? {} : { xmitHashPolicy }),
    miimon,
    updelay: delay,
    downdelay: delay,
  };
}

function addressingOf({ addresses, gateway, routes }: Link): Document {
  return {
    ...unlessEmpty(
      'addresses',
      addresses.map((address) => ({ address })),
    ),
    ...unlessEmpty('routes', [...(gateway === null ? [] : [{ gateway }]), ...routes.map(routeOf)]),
  };
}

function routeOf({ network, gateway, metric }: Route): Document {
  return { destination: network, gateway, ...(metric === null ? {} : { metric }) };
}

/** The link that carries the address: the VLAN where Talos tags. */
function addressLink(link: Link): string {
  return link.vlanTag === null ? link.alias : `${link.alias}.${link.vlanTag}`;
}
