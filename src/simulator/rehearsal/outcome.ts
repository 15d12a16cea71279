/** What a change did to each VM of the cluster: seen on the host, whoever did it. */

import type { VmCluster } from '../../model/cluster.ts';
import type { Host } from '../state/host.ts';
import type { LogEntry } from '../state/log.ts';
import { isSlot } from '../state/config.ts';
import type { VirtualMachine } from '../state/vms.ts';

/** From the gravest to nothing. */
export const OUTCOMES = [
  'replaced',
  'deleted',
  'created',
  'stopped',
  'restarted',
  'migrated',
  'waits for a restart',
  'changed in place',
  'left',
  'none',
] as const;

/**
 * `replaced`: deleted with its disks, and made anew, maybe under another id. `left`: in the model no longer, on the host
 * still. `stopped`: it ran before. `migrated`: it ran on all the way, or was stopped before. `waits for a restart`: the guest has
 * part of the change after its next power cycle.
 */
export type Outcome = (typeof OUTCOMES)[number];

export interface VmOutcome {
  /** Of the machine that went or lost a disk, else of the one that the model has under this id. */
  readonly name: string;
  readonly vmid: number;
  readonly outcome: Outcome;
  /** What else there is to say: `from pve1 to pve2`, `scsi1 waits for a restart`. One line each. */
  readonly details: readonly string[];
  /** Disks that were in its slots, and are in none any more, where the VM is the same: `local-lvm:vm-9999-pvc-1 of scsi1`. */
  readonly takenOff: readonly string[];
  /** The writes about it. */
  readonly requests: readonly LogEntry[];
}

/** The machine is gone, and what was on its disks with it. */
export function isLoss(outcome: Outcome): boolean {
  return outcome === 'replaced' || outcome === 'deleted';
}

interface Seen {
  /** The machine itself: made anew under the same id, it is another. */
  readonly vm: VirtualMachine;
  readonly node: string;
  readonly isRunning: boolean;
  readonly starts: number;
  readonly config: ReadonlyMap<string, string>;
  readonly pool: string | null;
}

/** How the VMs of some ids are now. */
export type Sighting = ReadonlyMap<number, Seen>;

export function sight(host: Host, vmids: Iterable<number>): Sighting {
  return new Map(
    [...vmids].flatMap((vmid): [number, Seen][] => {
      const vm = host.vms.find(vmid);
      if (vm === undefined) return [];
      const { node, pid, starts } = vm;
      const config = new Map(vm.config);
      return [[vmid, { vm, node, isRunning: pid !== null, starts, config, pool: host.pools.of(vmid) }]];
    }),
  );
}

/** VM id -> name, of the nodes and the templates of a cluster. */
export function namesOf({ nodes, proxmox }: VmCluster): ReadonlyMap<number, string> {
  return new Map([
    ...proxmox.templates.map(({ vmId, name }) => [vmId, name] as const),
    ...nodes.map(({ vm }) => [vm.vmId, vm.name] as const),
  ]);
}

/**
 * @param before how the VMs of both models were
 * @param mark of the log, where the change began
 * @returns one outcome per VM of the old and the new model, by id
 */
export function outcomes(host: Host, from: VmCluster, to: VmCluster, before: Sighting, mark: number): VmOutcome[] {
  const [old, wanted] = [namesOf(from), namesOf(to)];
  const vmids = [...new Set([...old.keys(), ...wanted.keys()])].sort((a, b) => a - b);
  const made = new Map(
    [...wanted].filter(([vmid]) => isNew(host, before, vmid)).map(([vmid, name]) => [name, vmid] as const),
  );
  return vmids.map((vmid) => {
    const [was, is] = [old.get(vmid), wanted.get(vmid)];
    const successor = made.get(was ?? '');
    const found = judge(host, before.get(vmid), vmid, { isWanted: is !== undefined, successor });
    // What is lost is the machine that had the id, and not the one that is to have it.
    const isLost = isLoss(found.outcome) || found.takenOff.length > 0;
    const name = (isLost ? (was ?? is) : (is ?? was)) ?? '';
    const heir = isLost && is !== undefined && is !== name ? [`its id is that of ${is} now`] : [];
    return { name, vmid, ...found, details: [...found.details, ...heir], requests: host.log.writesTo([vmid], mark) };
  });
}

function isNew(host: Host, before: Sighting, vmid: number): boolean {
  const vm = host.vms.find(vmid);
  return vm !== undefined && before.get(vmid)?.vm !== vm;
}

interface Place {
  readonly isWanted: boolean;
  /** Id of a new VM that bears the name of this one. */
  readonly successor: number | undefined;
}

type Judged = Pick<VmOutcome, 'outcome' | 'details' | 'takenOff'>;

function judge(host: Host, was: Seen | undefined, vmid: number, { isWanted, successor }: Place): Judged {
  const is = host.vms.find(vmid);
  if (was === undefined) return is === undefined ? judged('none', ['it was not made']) : judged('created');
  if (is === undefined) return lost(vmid, successor);
  if (is !== was.vm) return judged('replaced', ['deleted and made anew under the same id']);
  const gone = takenOff(was.config, is.config);
  const changes = changesOf(host, was, is, gone);
  const [gravest = { outcome: 'none', detail: null }] = changes;
  const details = changes.flatMap(({ detail }) => detail ?? []);
  if (isWanted || gravest.outcome !== 'none') return judged(gravest.outcome, details, gone);
  const twin = successor === undefined ? [] : [`VM ${successor} was made beside it under the same name`];
  return judged('left', ['not in nodes.yaml any more', ...twin], gone);
}

function judged(outcome: Outcome, details: readonly string[] = [], gone: readonly string[] = []): Judged {
  return { outcome, details, takenOff: gone };
}

function lost(vmid: number, successor: number | undefined): Judged {
  return successor === undefined
    ? judged('deleted')
    : judged('replaced', [`VM ${vmid} was deleted, VM ${successor} was made`]);
}

/** The gravest first. */
function changesOf(
  host: Host,
  was: Seen,
  is: VirtualMachine,
  gone: readonly string[],
): { outcome: Outcome; detail: string | null }[] {
  const keys = changedKeys(was.config, is.config);
  const pool = host.pools.of(is.vmid);
  const waiting = [...new Set([...is.pending.keys(), ...is.pendingDeletes.keys()])].sort();
  return [
    ...(was.isRunning && is.pid === null ? [{ outcome: 'stopped' as const, detail: null }] : []),
    ...(was.isRunning && is.pid !== null && is.starts > was.starts
      ? [{ outcome: 'restarted' as const, detail: null }]
      : []),
    ...(is.node === was.node ? [] : [{ outcome: 'migrated' as const, detail: `from ${was.node} to ${is.node}` }]),
    ...(waiting.length === 0
      ? []
      : [{ outcome: 'waits for a restart' as const, detail: `${waiting.join(', ')} after its next power cycle` }]),
    ...(keys.length === 0 ? [] : [{ outcome: 'changed in place' as const, detail: `${keys.join(', ')} changed` }]),
    ...gone.map((disk) => ({ outcome: 'changed in place' as const, detail: `${disk} was taken off` })),
    ...(pool === was.pool
      ? []
      : [{ outcome: 'changed in place' as const, detail: `pool from ${was.pool ?? 'none'} to ${pool ?? 'none'}` }]),
  ];
}

/** Volumes that the VM had, and that no slot of it names any more. */
function takenOff(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const named = new Set([...after].flatMap(([key, value]) => (isSlot(key) ? volumeOf(value) : [])));
  return [...before].flatMap(([key, value]) =>
    isSlot(key) && !/media=cdrom/.test(value)
      ? volumeOf(value)
          .filter((volume) => !named.has(volume))
          .map((volume) => `${volume} of ${key}`)
      : [],
  );
}

function volumeOf(drive: string): string[] {
  const [volume = ''] = drive.split(',');
  return volume.includes(':') ? [volume] : [];
}

function changedKeys(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort();
}
