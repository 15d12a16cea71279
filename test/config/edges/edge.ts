/** What an edge of a rule is: the last input that passes and the first that does not. */

import { validate, type IssueCode } from '../../../src/validate.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Input {
  readonly cluster: Fields;
  readonly nodes: readonly Fields[];
}

export interface Edge {
  /** What is at the edge: `a control plane has 2 cores`. */
  readonly what: string;
  readonly code: IssueCode;
  /** Inputs in which nothing at all is wrong, but for `besides`. */
  readonly passes: readonly Input[];
  readonly fails: Input;
  /** Where the fault is told: `nodes.yaml/nodes/0/vm_cores`. */
  readonly at: string;
  /** Part of the message: what is wrong, or what to write instead. */
  readonly says: string;
  /** Nothing follows it in the message. */
  readonly isEnd: boolean;
  /** Codes that all inputs of the row have, whatever the rule says. */
  readonly besides: readonly IssueCode[];
}

interface Sides {
  /** One input or several; left out where an earlier row has it. */
  readonly passes?: Input | readonly Input[];
  readonly fails: Input;
  readonly at: string;
  readonly says: string;
  readonly isEnd?: true;
  readonly besides?: readonly IssueCode[];
}

/** @returns the rows of one rule */
export function edgesOf(code: IssueCode, rows: Readonly<Record<string, Sides>>): Edge[] {
  return Object.entries(rows).map(([what, { passes = [], besides = [], isEnd = false, ...sides }]) => ({
    what,
    code,
    ...sides,
    besides,
    isEnd,
    passes: 'nodes' in passes ? [passes] : passes,
  }));
}

/** @returns the same rows for each of the values, which `row` makes */
export function each<T>(values: readonly T[], row: (value: T) => Sides): Record<string, Sides> {
  return Object.fromEntries(values.map((value) => [JSON.stringify(value), row(value)]));
}

const CLUSTER: Fields = {
  cluster_name: 'lab',
  node_cidr: '10.10.10.0/24',
  cluster_api_addr: '10.10.10.5',
  talos_version: '1.13.9',
  kubernetes_version: '1.36.3',
};
const PROXMOX: Fields = { proxmox_api_url: 'https://10.10.10.2:8006', proxmox_node: 'pve1' };
const CONTROL_PLANE: Fields = { name: 'cp-1', address: '10.10.10.11', controller: true };
const WORKER: Fields = { name: 'w-1', address: '10.10.10.21', controller: false };
const METAL = [
  { disk: '/dev/nvme0n1', mac_addr: 'bc:24:11:00:00:0b' },
  { disk: '/dev/nvme0n1', mac_addr: 'bc:24:11:00:00:15' },
];

/** A control plane and a worker that are VMs, with other settings; `undefined` takes a setting away. */
export function vms(cluster: Fields, controlPlane: Fields = {}, worker: Fields = {}, ...others: Fields[]): Input {
  return {
    cluster: { ...CLUSTER, ...PROXMOX, ...cluster },
    nodes: [{ ...CONTROL_PLANE, ...controlPlane }, { ...WORKER, ...worker }, ...others],
  };
}

/** The same as real machines. Every such input warns of it: `METAL_WARNS`. */
export function metal(cluster: Fields, controlPlane: Fields = {}, worker: Fields = {}): Input {
  return {
    cluster: { ...CLUSTER, ...cluster },
    nodes: [
      { ...CONTROL_PLANE, ...METAL[0], ...controlPlane },
      { ...WORKER, ...METAL[1], ...worker },
    ],
  };
}

export const METAL_WARNS: readonly IssueCode[] = ['BARE_METAL'];

/** One more node, by the last part of its address. */
export function node(last: number, controller: boolean, more: Fields = {}): Fields {
  return { name: `n-${last}`, address: `10.10.10.${last}`, controller, ...more };
}

/** What `talmox validate` finds in the input, written as JSON, which is YAML. */
export function findings({ cluster, nodes }: Input): ReturnType<typeof validate>['issues'] {
  const encoder = new TextEncoder();
  return validate({
    clusterText: encoder.encode(JSON.stringify(cluster)),
    nodesText: encoder.encode(JSON.stringify({ nodes })),
  }).issues;
}
