/** Rules about the MAC addresses of nodes, those that somebody wrote and those that talmox makes of names. */

import type { Node } from '../../model/cluster.ts';
import { spareMac } from '../../model/identity.ts';
import { isLocalMac, isMulticastMac, PROXMOX_OUI } from '../../model/net.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { clashes, inNodes, place, type Owned } from './finding.ts';

interface OwnedMac extends Owned {
  /** The NIC whose address talmox made of its names; `null` for one that somebody wrote. */
  readonly derivedFor: { readonly node: string; readonly nic: number } | null;
}

function macAddresses({ cluster, nodesFile }: RuleContext): OwnedMac[] {
  return cluster.nodes.flatMap((node) => [
    ...node.links.map((link, position): OwnedMac => {
      const written = nodesFile.nodes[node.index];
      const extra = written?.vm_extra_nics?.[position - 1];
      const isDerived = (position === 0 ? written : extra)?.mac_addr === undefined;
      const key =
        position === 0
          ? 'mac_addr'
          : `vm_extra_nics/${position - 1}${extra?.mac_addr === undefined ? '' : '/mac_addr'}`;
      return {
        value: link.macAddress,
        owner: position === 0 ? node.name : `${node.name} net${position}`,
        file: 'nodes.yaml',
        pointer: nodePointer(node, key),
        derivedFor: isDerived ? { node: node.name, nic: position } : null,
      };
    }),
    ...bondMembers(node),
  ]);
}

/** The first one is the node's own. */
function bondMembers(node: Node): OwnedMac[] {
  return (node.links[0].bond?.members.slice(1) ?? []).map(({ macAddress }, position) => ({
    value: macAddress,
    owner: `${node.name} bond`,
    file: 'nodes.yaml',
    pointer: nodePointer(node, `bond/mac_addrs/${position}`),
    derivedFor: null,
  }));
}

function duplicateMacs(context: RuleContext): Finding[] {
  // Two nodes with one name get one derived address: the name is what is wrong.
  const all = macAddresses(context);
  const found = clashes(all).filter(
    ({ first, later }) => first.owner !== later.owner || later.pointer.includes('/bond/'),
  );
  const taken = new Set(all.map(({ value }) => value));
  return found.map(({ first, later }) => {
    const derived = later.derivedFor === null ? first : later;
    if (derived.derivedFor === null)
      return inNodes(
        later.pointer,
        `mac_addr ${later.value} of ${later.owner} is used by ${place(context, first)} too; give one of them another MAC address`,
      );
    const { node, nic } = derived.derivedFor;
    const spare = spareMac(context.cluster.name, node, nic, taken);
    taken.add(spare);
    const other = derived === later ? first : later;
    return inNodes(later.pointer, derivedClash(context, derived, other, spare));
  });
}

/** Nobody wrote what is wrong: 24 bits of a hash are the same by chance. Which of the two may change only the user knows. */
function derivedClash(context: RuleContext, derived: OwnedMac, other: OwnedMac, spare: string): string {
  const { value, owner } = derived;
  return other.derivedFor === null
    ? `talmox derives the MAC address ${value} from the name of ${owner}, and by chance it is the mac_addr of ${place(context, other)}; if ${owner} is not built yet, write mac_addr: ${spare} for it, else give ${other.owner} another one`
    : `talmox derives the MAC address ${value} from the names of both ${other.owner} (${context.at(other.file, other.pointer)}) and ${owner}: it takes 24 bits of a hash, which are the same by chance; write mac_addr: ${spare} for the one of them that is not built yet`;
}

function multicastMacs(context: RuleContext): Finding[] {
  return macAddresses(context)
    .filter(({ value }) => isMulticastMac(value))
    .map(({ value, owner, pointer }) => {
      const fixed = (Number.parseInt(value.slice(0, 2), 16) & 0xfe).toString(16).padStart(2, '0');
      return inNodes(
        pointer,
        `mac_addr ${value} of ${owner} is a multicast address, which no NIC can have; did you mean ${fixed}${value.slice(2)}?`,
      );
    });
}

/** An address of another vendor's range may belong to a real device on the same network. */
function foreignMacs(context: RuleContext): Finding[] {
  if (context.cluster.proxmox === null) return [];
  return macAddresses(context)
    .filter(({ value }) => !isMulticastMac(value) && !isLocalMac(value) && !value.startsWith(PROXMOX_OUI))
    .map(({ value, owner, pointer }) =>
      inNodes(
        pointer,
        `mac_addr ${value} of VM ${owner} is in another vendor's range; prefer ${PROXMOX_OUI}:… or a locally administered one (02:…)`,
      ),
    );
}

export const macRules = [
  {
    code: 'MAC_DUPLICATE',
    severity: 'error',
    summary: 'NICs have different MAC addresses.',
    check: duplicateMacs,
  },
  {
    code: 'MAC_MULTICAST',
    severity: 'error',
    summary: 'The MAC address of a NIC is no multicast address.',
    check: multicastMacs,
  },
  {
    code: 'MAC_FOREIGN',
    severity: 'warning',
    summary: 'A VM has a MAC address of the Proxmox range or a locally administered one.',
    check: foreignMacs,
  },
] as const satisfies readonly RuleRow[];
