/** A cluster of simulated hosts with a clock of its own, for what needs more than one host and more than a moment. */

import {
  manualClock,
  type HostSeed,
  type ManualClock,
  type SimulatorOptions,
  type VmSeed,
} from '../../src/simulator/index.ts';
import { pve, seed, type Answer, type Json, type PveClient } from './pve.ts';

export interface ClusterClient extends PveClient {
  readonly clock: ManualClock;
  /** Lets time pass, and everything happen that happens meanwhile. */
  pass(milliseconds: number): Promise<void>;
  /** Waits for a task while time passes. @returns its exit status */
  ended(upid: string): Promise<string>;
  /** Starts a task. @returns its UPID */
  begin(method: string, path: string, form?: Readonly<Record<string, string | number>>): Promise<string>;
  /** Sends a request that takes time, and lets time pass until it is answered. */
  asked(method: string, path: string, form?: Readonly<Record<string, string | number>>): Promise<Answer>;
  lines(upid: string): string[];
  vm(vmid: number): ReturnType<PveClient['simulator']['host']['vms']['all']>[number];
  /** `cluster/resources` of one guest. */
  resource(vmid: number): Promise<Json>;
}

export const SHARED = 'ceph';
const STEP_MILLISECONDS = 250;

/** Hosts `pve`, `pve2`, `pve3`; storages `local` and `local-lvm` on each, `ceph` on all together. */
export function clusterSeed(more: Partial<HostSeed> = {}): HostSeed {
  const one = seed();
  return {
    ...one,
    nodes: ['pve', 'pve2', 'pve3'].map((name) => ({ name, bridges: ['vmbr0'] })),
    storages: [...one.storages, { id: SHARED, type: 'rbd', content: ['images'] }],
    files: [],
    vms: [vmSeed(101)],
    ...more,
  };
}

/** A running VM whose disk lies where every host reaches it. */
export function vmSeed(vmid: number, more: Partial<VmSeed> = {}): VmSeed {
  return {
    vmid,
    node: 'pve',
    running: true,
    config: { name: `vm-${vmid}`, memory: '2048', net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0', ...more.config },
    drives: { scsi0: { storage: SHARED, size: 10 * 2 ** 30 } },
    ...(({ config: _config, ...rest }) => rest)(more),
  };
}

export async function pveCluster(options: SimulatorOptions = {}): Promise<ClusterClient> {
  const clock = manualClock();
  const client = await pve({
    clock,
    seed: clusterSeed(),
    unreachable: { status: 595, reason: 'No route to host', milliseconds: 0 },
    ...options,
  });
  const { host } = client.simulator;
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (milliseconds: number): Promise<void> => {
    await settle();
    for (let left = milliseconds; left > 0; left -= STEP_MILLISECONDS) {
      clock.advance(Math.min(left, STEP_MILLISECONDS));
      await settle();
    }
  };
  return {
    ...client,
    clock,
    pass,
    ended: async (upid) => {
      for (let turn = 0; turn < 10_000 && host.tasks.get(upid).exitStatus === null; turn++)
        await pass(STEP_MILLISECONDS);
      return host.tasks.get(upid).exitStatus ?? 'still running';
    },
    begin: async (method, path, form) => {
      const answer = await client.call(method, path, form);
      if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.reason}`);
      return answer.data as string;
    },
    asked: async (method, path, form) => {
      const state = { isOpen: true };
      const answer = client.call(method, path, form).finally(() => {
        state.isOpen = false;
      });
      while (state.isOpen) {
        await pass(STEP_MILLISECONDS);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return answer;
    },
    lines: (upid) => host.tasks.get(upid).lines,
    vm: (vmid) => {
      const found = host.vms.find(vmid);
      if (found === undefined) throw new Error(`there is no VM ${vmid}`);
      return found;
    },
    resource: async (vmid) =>
      (await client.get('/cluster/resources', { type: 'vm' })).find((entry: Json) => entry.vmid === vmid),
  };
}
