/** Disks and NICs as variables of an inventory host, with what Proxmox stores of them: what the role compares. */

import type { Disk, Nic } from '../../model/cluster.ts';
import { resultsOf, type PerField } from '../../model/per-field.ts';

type Variables = Readonly<Record<string, unknown>>;

/** A disk with its options as Proxmox stores them. */
export function diskVariables({ slot, storage, sizeGiB, ...options }: Disk): Variables {
  return { slot, storage, size_gib: sizeGiB, options: Object.assign({}, ...resultsOf(DISK_OPTIONS, options, null)) };
}

const DISK_OPTIONS: PerField<Omit<Disk, 'slot' | 'storage' | 'sizeGiB'>, Variables> = {
  backup: (on) => ({ backup: flag(on) }),
  discard: (on) => ({ discard: on ? 'on' : 'ignore' }),
  iothread: (on) => ({ iothread: flag(on) }),
  replicate: (on) => ({ replicate: flag(on) }),
  serial: (serial) => (serial === null ? {} : { serial }),
  ssd: (on) => ({ ssd: flag(on) }),
};

/** What a field of a NIC is to the module, and in the text that Proxmox stores. */
interface NicPart {
  readonly argument?: Variables;
  readonly stored?: string;
}

const NIC: PerField<Nic, NicPart> = {
  slot: (slot) => ({ argument: { slot } }),
  model: (model) => ({ argument: { model } }),
  bridge: (bridge) => ({ argument: { bridge }, stored: `bridge=${bridge}` }),
  macAddress: (mac) => ({ argument: { mac } }), // stored with the model
  vlanTag: (tag) => ({ argument: { vlan: tag ?? 0 }, ...(tag === null ? {} : { stored: `tag=${tag}` }) }),
  mtu: (mtu) => ({ argument: { mtu: mtu ?? 0 }, ...(mtu === null ? {} : { stored: `mtu=${mtu}` }) }),
  queues: (queues) => ({ argument: { queues }, ...(queues === 0 ? {} : { stored: `queues=${queues}` }) }),
  firewall: (firewall) => ({ argument: { firewall }, ...(firewall ? { stored: 'firewall=1' } : {}) }),
};

/** A NIC, and the text that Proxmox stores of it: model and address first, then the options in alphabetical order. */
export function nicVariables(nic: Nic): Variables {
  const parts = resultsOf(NIC, nic, null);
  const options = parts.flatMap(({ stored }) => stored ?? []).sort();
  return {
    ...(Object.assign({}, ...parts.map(({ argument }) => argument)) as Variables),
    stored: [`${nic.model}=${nic.macAddress}`, ...options].join(','),
  };
}

function flag(on: boolean): string {
  return on ? '1' : '0';
}
