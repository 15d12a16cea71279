/** A simulated Proxmox VE: one host or a small cluster, all of its state, nothing global. */

import { endpointsOf, vmConfigProperties } from '../schema/facts.ts';
import { makeRouter, type Router } from '../schema/router.ts';
import { MIB, parseSize } from '../schema/size.ts';
import type { PveVersion } from '../schema/types.ts';
import { Access, type AccessSeed } from './access.ts';
import { realClock, type Clock } from './clock.ts';
import { ConfigReader } from './config.ts';
import type { DatacenterSeed } from './datacenter.ts';
import { fail } from './errors.ts';
import { factoryImage } from './image-factory.ts';
import { RequestLog } from './log.ts';
import { Containers, type ContainerSeed } from './containers.ts';
import { haRoundOf, NO_DURATION, type TaskDurations } from './durations.ts';
import { HighAvailability, type HaSeed } from './ha.ts';
import { Locks, migrationLock, storageLock, vmLock } from './locks.ts';
import { makeNode, type BridgeSeed, type Node } from './node.ts';
import { NodeStates, type NodeState, type Unreachable } from './node-states.ts';
import { Pools, type PoolSeed } from './pools.ts';
import { needWritable } from './quorum.ts';
import { seededRandom, type Random } from './random.ts';
import { Sdn, type SdnSeed } from './sdn.ts';
import { Storages } from './storages.ts';
import { Tasks } from './tasks.ts';
import type { StorageSeed } from './volume.ts';
import { VirtualMachines, type Broadcast, type VirtualMachine } from './vms.ts';

export interface NodeSeed {
  readonly name: string;
  /** A name alone is a plain Linux bridge that is up, as the installer makes it. */
  readonly bridges: readonly (string | BridgeSeed)[];
  /** Threads; 16 by default. */
  readonly cpus?: number;
  /** 64 GiB by default. */
  readonly memoryBytes?: number;
  readonly cpuModel?: string;
  /** As /proc/cpuinfo has them; all of x86-64-v3, and hardware virtualization, by default. */
  readonly cpuFlags?: readonly string[];
  /** Processor models that its own processor can be, besides `host`; all by default. */
  readonly supportedCpuModels?: readonly string[];
  /** How far its clock is ahead; 0 by default. */
  readonly clockOffsetSeconds?: number;
  /** Online by default; the first node, which clients talk to, cannot be offline. */
  readonly state?: NodeState;
}

/** Hardware or a folder of the cluster's nodes, as guests may be given it. */
export interface MappingSeed {
  readonly kind: 'pci' | 'usb' | 'dir';
  readonly id: string;
  /** One property string for each node that has it: `node=pve1,path=0000:01:00.0,id=10de:2204`. */
  readonly map: readonly string[];
  readonly description?: string;
}

/** A file that the host can download. */
export interface Download {
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of the disk inside an image; its size by default. */
  readonly virtualSize?: number;
  /** Algorithm -> hex digest. */
  readonly checksums?: Readonly<Record<string, string>>;
}

export interface Guests {
  /** The guest obeys a shutdown request. */
  readonly powersDown: boolean;
  /** Where a VM is configured for an agent, the guest runs one. */
  readonly agentRuns: boolean;
}

/** A file on a storage. */
export interface FileSeed {
  readonly node: string;
  readonly storage: string;
  readonly content: 'backup' | 'import' | 'iso' | 'snippets' | 'vztmpl';
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly virtualSize?: number;
  /** Algorithm -> hex digest. */
  readonly checksums?: Readonly<Record<string, string>>;
}

export interface DriveSeed {
  readonly storage: string;
  /** Bytes; ignored for a cloud-init drive. */
  readonly size: number;
  readonly cloudInit?: boolean;
  /** Sub-keys of the drive besides volume and size: `{ discard: 'on' }`. */
  readonly options?: Readonly<Record<string, string>>;
}

/** A VM that is there from the start. */
export interface VmSeed {
  readonly vmid: number;
  readonly node: string;
  /** Options as they are stored, without drives. */
  readonly config: Readonly<Record<string, string>>;
  readonly drives?: Readonly<Record<string, DriveSeed>>;
  /** Its disks are base volumes. */
  readonly template?: boolean;
  readonly running?: boolean;
  readonly pool?: string;
}

/** The state a host starts with. */
export interface HostSeed {
  readonly nodes: readonly NodeSeed[];
  readonly storages: readonly StorageSeed[];
  readonly access: AccessSeed;
  /** A pool's parents need not be listed. */
  readonly pools?: readonly (string | PoolSeed)[];
  /** No zones and no VNets by default. */
  readonly sdn?: SdnSeed;
  readonly datacenter?: DatacenterSeed;
  readonly mappings?: readonly MappingSeed[];
  /** Besides what an Image Factory makes, which every host can download. */
  readonly downloads?: readonly Download[];
  readonly files?: readonly FileSeed[];
  readonly vms?: readonly VmSeed[];
  readonly containers?: readonly ContainerSeed[];
  readonly ha?: HaSeed;
}

export interface HostOptions {
  readonly version: PveVersion;
  readonly clock?: Clock;
  /** None by default. */
  readonly taskDurations?: TaskDurations;
  /** How far `cluster/resources` lags behind; 10 s by default, as on a real cluster; 0: not at all. */
  readonly staleMilliseconds?: number;
  /** How long a request waits for a VM's lock; by default 10 s, shortened as the durations are. */
  readonly lockTimeoutMilliseconds?: number;
  /** What is heard of a host that is not there, and when: 595 after 3 s by default. */
  readonly unreachable?: Unreachable;
  /** Of the identifiers that the host draws. */
  readonly randomSeed?: number;
}

/** What `GET /version` answers, and the QEMU that makes VMs. */
const RELEASES: Readonly<
  Record<PveVersion, { readonly version: string; readonly repoid: string; readonly qemu: string }>
> = {
  '8.4': { version: '8.4.14', repoid: 'b502d23c55afcba1', qemu: '9.2.0' },
  '9.0': { version: '9.0.11', repoid: '3bf5476b8a4699e2', qemu: '10.0.2' },
  '9.1': { version: '9.1.6', repoid: '71482d1833ded40a', qemu: '10.1.2' },
};

/** Of the proxy before `protected` calls. Source: pve-http-server src/PVE/APIServer/AnyEvent.pm. */
const CALL_LIMIT_MILLISECONDS = 30_000;

export class Host {
  readonly version: PveVersion;
  readonly release: {
    readonly version: string;
    readonly release: string;
    readonly repoid: string;
    readonly qemu: string;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly router: Router;
  readonly nodes: readonly Node[];
  readonly sdn: Sdn;
  readonly datacenter: DatacenterSeed;
  readonly mappings: readonly MappingSeed[];
  readonly access: Access;
  readonly storages: Storages;
  readonly vms: VirtualMachines;
  readonly configs: ConfigReader;
  readonly tasks: Tasks;
  /** By VM id: who changes a VM. */
  readonly locks: Locks<number>;
  /** By `storageLockKey`. */
  readonly storageLocks: Locks<string>;
  /** By VM id. */
  readonly migrationLocks: Locks<number>;
  /** How long a call may take before the daemon in front of it gives up. */
  readonly callLimitMilliseconds: number;
  readonly nodeStates: NodeStates;
  readonly containers: Containers;
  readonly ha: HighAvailability;
  readonly pools: Pools;
  readonly downloads: Map<string, Download>;
  readonly log = new RequestLog();
  /** How guests behave; may be changed at any time. */
  guests: Guests = { powersDown: true, agentRuns: true };

  /** Without its VMs: `seededHost` adds them. @throws ApiError for a seed that cannot be: an unknown storage, node, pool, role or privilege */
  constructor(seed: HostSeed, options: HostOptions) {
    const { version, clock = realClock } = options;
    this.version = version;
    this.release = { release: version, ...RELEASES[version] };
    this.clock = clock;
    this.random = seededRandom(options.randomSeed ?? 1);
    this.router = makeRouter(endpointsOf(version));
    this.sdn = new Sdn(seed.sdn);
    this.nodes = seed.nodes.map((node) => makeNode(node, this.sdn));
    this.datacenter = seed.datacenter ?? {};
    this.mappings = seed.mappings ?? [];
    this.nodeStates = new NodeStates(clock, seed.nodes, options.unreachable);
    this.configs = new ConfigReader(vmConfigProperties(version));
    this.storages = new Storages(seed.storages, () => this.seconds());
    this.vms = new VirtualMachines(clock, options.staleMilliseconds ?? 10_000, (vm) => this.describe(vm));
    const durations = options.taskDurations ?? NO_DURATION;
    const { waits } = durations;
    this.tasks = new Tasks(clock, durations);
    this.locks = new Locks(
      clock,
      options.lockTimeoutMilliseconds === undefined ? vmLock(waits) : vmLock(1, options.lockTimeoutMilliseconds),
    );
    this.storageLocks = new Locks(clock, storageLock(waits));
    this.migrationLocks = new Locks(clock, migrationLock(waits));
    this.callLimitMilliseconds = CALL_LIMIT_MILLISECONDS * (waits ?? 1);
    this.pools = new Pools(version, seed.pools ?? []);
    this.containers = new Containers(seed.containers ?? []);
    this.ha = new HighAvailability(this, haRoundOf(durations), seed.ha ?? {});
    this.vms.onChange = () => {
      this.ha.notice();
    };
    this.vms.beforeRemove = (vm) => {
      needWritable(this, vm.node, vm.vmid);
    };
    const secret = this.random.hex(64);
    this.access = new Access(seed.access, { version, pools: this.pools, secret, seconds: () => this.seconds() });
    this.downloads = new Map((seed.downloads ?? []).map((download) => [download.url, download]));
    for (const file of seed.files ?? []) this.storages.putFile(file.node, file.storage, file);
  }

  /** What the host finds at a URL. */
  download(url: string): Download | null {
    return this.downloads.get(url) ?? factoryImage(url);
  }

  seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /** Whoever has an id: VMs and containers of the whole cluster share them. */
  guest(vmid: number): { readonly kind: 'VM' | 'CT'; readonly node: string } | null {
    const vm = this.vms.find(vmid);
    if (vm !== undefined) return { kind: 'VM', node: vm.node };
    const container = this.containers.find(vmid);
    return container === undefined ? null : { kind: 'CT', node: container.node };
  }

  /** What the cluster has heard of a VM: nothing new of one whose host is not there, and after a while nothing at all. */
  heardOf(vm: VirtualMachine): Broadcast | null {
    if (!this.nodeStates.hasStatistics(vm.node)) return null;
    return this.vms.heardOf(vm, this.nodeStates.lastHeard(vm.node));
  }

  /** @throws ApiError when there is none */
  node(name: string): Node {
    return this.nodes.find((node) => node.name === name) ?? fail(`no such cluster node '${name}'`);
  }

  hasNode(name: string): boolean {
    return this.nodes.some((node) => node.name === name);
  }

  describe(vm: VirtualMachine): Broadcast {
    const { config } = vm;
    const number = (key: string, absent: number): number => Number(/\d+/.exec(config.get(key) ?? '')?.[0] ?? absent);
    return {
      name: config.get('name') ?? `VM ${vm.vmid}`,
      running: vm.pid !== null,
      template: config.get('template') === '1',
      startedAt: vm.startedAt,
      cpus: number('sockets', 1) * number('cores', 1),
      memoryBytes: number('memory', 512) * MIB,
      diskBytes: this.#bootDiskBytes(vm),
    };
  }

  /** Read without parsing the whole drive: every answer about a VM's status has it. */
  #bootDiskBytes({ config }: VirtualMachine): number {
    const drive = config.get('scsi0') ?? config.get('virtio0') ?? config.get('sata0') ?? '';
    return parseSize(/(?:^|,)size=([^,]+)/.exec(drive)?.[1] ?? '0') ?? 0;
  }
}
