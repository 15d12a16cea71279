/** Every way to change one value of a VM into another that its type allows. */

import type { Vm, VmCluster } from '../../src/model/cluster.ts';
import { leavesOf, VM_FILE, type Leaf } from './model-type.ts';

/** Leaf of a VM, or part that it may lack -> what its type allows there. */
export const VM_LEAVES: ReadonlyMap<string, Leaf> = leavesOf('Vm', VM_FILE);

export interface Change {
  /** Of the type, without positions: `nics.bridge`. */
  readonly leaf: string;
  /** What was done, for messages: `nics.1.bridge: "vmbr0" -> "vmbr0x"`. */
  readonly what: string;
  readonly vm: Vm;
}

/** Each leaf of a VM changed, one at a time. @param cluster whose boot files there are to choose from */
export function changesOf(vm: Vm, cluster: VmCluster): Change[] {
  return [...changes(vm, '', '', cluster)].map(({ value, ...rest }) => ({ ...rest, vm: value as Vm }));
}

/** The leaves that a VM has: those of what is not there are missing. */
export function leavesIn(vm: Vm, cluster: VmCluster): ReadonlySet<string> {
  return new Set(changesOf(vm, cluster).map(({ leaf }) => leaf));
}

interface Step {
  readonly leaf: string;
  readonly what: string;
  readonly value: unknown;
}

function* changes(value: unknown, leaf: string, place: string, cluster: VmCluster): Generator<Step> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const step of changes(item, leaf, `${place}.${index}`, cluster)) {
        yield { ...step, value: value.with(index, step.value) };
      }
    }
  } else if (typeof value === 'object' && value !== null) {
    if (VM_LEAVES.get(leaf)?.kind === 'part') yield { leaf, what: `${place} -> null`, value: null };
    const source = (value as Readonly<Record<string, unknown>>)['source'];
    const here = typeof source === 'string' ? `${leaf}.${source}` : leaf;
    for (const [key, item] of Object.entries(value)) {
      const below = (path: string): string => (path === '' ? key : `${path}.${key}`);
      for (const step of changes(item, below(here), below(place), cluster)) {
        yield { ...step, value: { ...value, [key]: step.value } };
      }
    }
  } else if (!['part', undefined].includes(VM_LEAVES.get(leaf)?.kind)) {
    for (const other of others(value, leaf, cluster)) {
      yield { leaf, what: `${place}: ${JSON.stringify(value)} -> ${JSON.stringify(other)}`, value: other };
    }
  }
}

/** What Proxmox VE knows besides the one word that the type allows. */
const ANOTHER_WORD: Readonly<Record<string, string>> = {
  'boot.iso.drive': 'ide3',
  'cloudInit.drive': 'ide1',
  'efiDisk.type': '2m',
  'nics.model': 'e1000',
  'tpm.version': 'v1.2',
  'watchdog.model': 'ib700',
};

/** Other values that a leaf may have. */
function others(value: unknown, leaf: string, { proxmox }: VmCluster): readonly unknown[] {
  const { kind, words, nullable } = VM_LEAVES.get(leaf) ?? never(leaf);
  if (value === null)
    return [kind === 'number' ? 7 : kind === 'boolean' ? true : leaf.endsWith('.gateway') ? '10.0.0.1' : 'other'];
  const absent = nullable ? [null] : [];
  if (typeof value === 'boolean') return [!value, ...absent];
  if (typeof value === 'number') return [value + 1, ...absent];
  if (leaf.endsWith('.imageKey')) return proxmox.images.map(({ key }) => key).filter((key) => key !== value);
  const text = value as string;
  if (words.length === 1) return [ANOTHER_WORD[leaf] ?? never(leaf), ...absent];
  if (words.length > 1) return [...words.filter((word) => word !== text), ...absent];
  return [/[0-9A-F]$/.test(text) ? text.replace(/.$/, (last) => (last === '1' ? '2' : '1')) : `${text}x`, ...absent];
}

function never(leaf: string): never {
  throw new Error(`nobody knows another value for ${leaf}`);
}
