/**
 * Bridges of a node, as a NIC finds them.
 * Source: qemu-server src/PVE/QemuServer.pm, print_netdevice_full; pve-common src/PVE/Network.pm, tap_plug.
 */

import type { PropertyValues } from '../../schema/property-string.ts';
import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import type { Bridge } from '../../state/node.ts';
import { qemuFails, type Start } from './start-context.ts';

const STANDARD_MTU = 1500;
const LEAST_MTU = 576;

/** What a NIC can be plugged into: a bridge that is up, or a VNet that is applied on the node. */
function bridgeOf(host: Host, node: string, name: string): Pick<Bridge, 'vlanAware' | 'mtu' | 'ports'> | undefined {
  const bridge = host.nodes
    .find((candidate) => candidate.name === node)
    ?.interfaces.find((candidate) => candidate.name === name && candidate.active);
  if (bridge !== undefined) return bridge;
  const vnet = host.sdn.vnetsOn(node).find(({ id }) => id === name);
  return vnet === undefined ? undefined : { vlanAware: vnet.vlanAware ?? false, mtu: null, ports: [name] };
}

/**
 * Why the host's end of a NIC cannot be plugged in. A tag works on any bridge with a port: the host makes another bridge
 * for it.
 *
 * @returns `null` where it can, and where the NIC has no bridge
 */
export function plugProblem(host: Host, node: string, { bridge, tag, trunks }: PropertyValues): string | null {
  if (bridge === undefined) return null;
  const found = bridgeOf(host, node, bridge);
  if (found === undefined) return `bridge '${bridge}' is neither a linux nor an OVS bridge!`;
  if (found.vlanAware) return null;
  if (trunks !== undefined) return 'vlan aware feature need to be enabled to use trunks';
  return tag !== undefined && found.ports.length === 0 ? `no physical interface on bridge '${bridge}'` : null;
}

function nicsOf({ host, vm }: Start): [string, PropertyValues][] {
  return [...vm.config].flatMap(([key, text]): [string, PropertyValues][] => {
    const nic = /^net\d+$/.test(key) ? host.configs.parse(key, text) : null;
    return nic === null ? [] : [[key, nic]];
  });
}

/** Only a VirtIO NIC is told the MTU of its bridge; 1 means exactly that one. */
export function needMtu(start: Start): void {
  for (const [key, { model, mtu, bridge }] of nicsOf(start)) {
    if (model !== 'virtio' || bridge === undefined) continue;
    const found = bridgeOf(start.host, start.vm.node, bridge) ?? fail(`bridge '${bridge}' does not exist`);
    if (mtu === undefined || mtu === '1') continue;
    const most = found.mtu ?? STANDARD_MTU;
    if (Number(mtu) < LEAST_MTU) fail(`netdev ${key}: MTU '${mtu}' is smaller than the IP minimum MTU '${LEAST_MTU}'`);
    if (Number(mtu) > most) fail(`netdev ${key}: MTU '${mtu}' is bigger than the bridge MTU '${most}'`);
  }
}

/** What is found out only when QEMU calls the script that plugs a NIC in. */
export function needPlugs(start: Start): void {
  for (const [, nic] of nicsOf(start)) {
    const problem = plugProblem(start.host, start.vm.node, nic);
    if (problem !== null) qemuFails(start, problem);
  }
}
