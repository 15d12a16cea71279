/** The virtual machines of a host, and what the rest of the cluster has heard of them. */

import type { Clock } from './clock.ts';
import { fail } from './errors.ts';

/** Key -> raw value, as it stands in the VM's configuration file. */
export type VmConfig = Map<string, string>;

export interface VirtualMachine {
  readonly vmid: number;
  node: string;
  config: VmConfig;
  /** Changes that a running guest takes only after a stop and a start. */
  pending: VmConfig;
  /** Keys that go with them -> whether their volumes go too. */
  pendingDeletes: Map<string, boolean>;
  /**
   * Where the image of the cloud-init drive is not what the configuration says: key -> value in the image, `null` for
   * a key that the image has not heard of.
   */
  readonly imageDifferences: Map<string, string | null>;
  /** Process id of the guest; `null`: stopped. A move to another host gives a running one another. */
  pid: number | null;
  /** How often it was started: a stopped guest got a process. */
  readonly starts: number;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** What the status daemon tells the cluster about a VM, every ten seconds. */
export interface Broadcast {
  readonly name: string;
  readonly running: boolean;
  readonly template: boolean;
  readonly startedAt: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

interface Heard {
  readonly at: number;
  readonly broadcast: Broadcast;
}

class Guest implements VirtualMachine {
  readonly vmid: number;
  node: string;
  config: VmConfig;
  pending: VmConfig = new Map();
  pendingDeletes = new Map<string, boolean>();
  readonly imageDifferences = new Map<string, string | null>();
  startedAt = 0;
  #pid: number | null = null;
  #starts = 0;

  constructor(vmid: number, node: string, config: VmConfig) {
    this.vmid = vmid;
    this.node = node;
    this.config = config;
  }

  get pid(): number | null {
    return this.#pid;
  }

  set pid(pid: number | null) {
    if (this.#pid === null && pid !== null) this.#starts += 1;
    this.#pid = pid;
  }

  get starts(): number {
    return this.#starts;
  }
}

export class VirtualMachines {
  readonly #vms = new Map<number, VirtualMachine>();
  readonly #heard = new Map<number, Heard[]>();
  readonly #clock: Clock;
  readonly #staleMilliseconds: number;
  readonly #describe: (vm: VirtualMachine) => Broadcast;
  /** Called after every change of a VM. */
  onChange: (vm: VirtualMachine) => void = () => undefined;
  /** Called before a VM goes; what it throws keeps the VM. */
  beforeRemove: (vm: VirtualMachine) => void = () => undefined;

  constructor(clock: Clock, staleMilliseconds: number, describe: (vm: VirtualMachine) => Broadcast) {
    this.#clock = clock;
    this.#staleMilliseconds = staleMilliseconds;
    this.#describe = describe;
  }

  /** By id, ascending. */
  all(): readonly VirtualMachine[] {
    return [...this.#vms.values()].sort((a, b) => a.vmid - b.vmid);
  }

  find(vmid: number): VirtualMachine | undefined {
    return this.#vms.get(vmid);
  }

  /** @throws ApiError with the text by which clients recognise that a VM is gone */
  get(node: string, vmid: number): VirtualMachine {
    const vm = this.#vms.get(vmid);
    return vm?.node === node ? vm : fail(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
  }

  /** @throws ApiError with the text of calls that first look whether the VM runs: it says nothing of "does not exist" */
  getByState(node: string, vmid: number): VirtualMachine {
    const vm = this.#vms.get(vmid);
    return vm?.node === node ? vm : fail(`unable to find configuration file for VM ${vmid} on node '${node}'`);
  }

  add(vmid: number, node: string, config: VmConfig): VirtualMachine {
    const vm = new Guest(vmid, node, config);
    this.#vms.set(vmid, vm);
    return vm;
  }

  remove(vmid: number): void {
    const vm = this.#vms.get(vmid);
    if (vm !== undefined) this.beforeRemove(vm);
    this.#vms.delete(vmid);
    this.#heard.delete(vmid);
  }

  /** Tells the cluster how a VM is now: to be called after every change of it. */
  announce(vm: VirtualMachine): void {
    this.onChange(vm);
    if (this.#staleMilliseconds === 0) return;
    const heard = this.#heard.get(vm.vmid) ?? [];
    const limit = this.#clock.now() - this.#staleMilliseconds;
    // All but the newest that everybody has heard are history.
    while (heard[1] !== undefined && heard[1].at <= limit) heard.shift();
    heard.push({ at: this.#clock.now(), broadcast: this.#describe(vm) });
    this.#heard.set(vm.vmid, heard);
  }

  /** A VM that was there all along. */
  announceAsOld(vm: VirtualMachine): void {
    this.#heard.set(vm.vmid, [{ at: -Infinity, broadcast: this.#describe(vm) }]);
  }

  /**
   * What the cluster knows: as it was one broadcast ago, or `null` if it has not heard of the VM yet.
   * @param until when its host was last heard, in milliseconds since 1970
   */
  heardOf(vm: VirtualMachine, until = Infinity): Broadcast | null {
    if (this.#staleMilliseconds === 0) return this.#describe(vm);
    const limit = Math.min(this.#clock.now(), until) - this.#staleMilliseconds;
    return this.#heard.get(vm.vmid)?.findLast(({ at }) => at <= limit)?.broadcast ?? null;
  }
}
