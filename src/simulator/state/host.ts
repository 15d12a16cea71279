/** A simulated Proxmox VE: one host or a small cluster, all of its state, nothing global. */

import { endpointsOf, vmConfigProperties } from '../schema/facts.ts';
import { makeRouter, type Router } from '../schema/router.ts';
import { MIB, parseSize } from '../schema/size.ts';
import type { PveVersion } from '../schema/types.ts';
import { Access, type AccessSeed } from './access.ts';
import { realClock, type Clock } from './clock.ts';
import { ConfigReader } from './config.ts';
import { RequestLog } from './log.ts';
import { Locks } from './locks.ts';
import { Pools } from './pools.ts';
import { seededRandom, type Random } from './random.ts';
import { Storages } from './storages.ts';
import { NO_DURATION, Tasks, type TaskDurations } from './tasks.ts';
import type { StorageSeed } from './volume.ts';
import { VirtualMachines, type Broadcast, type VirtualMachine } from './vms.ts';

/** A Linux bridge of a node. */
export interface BridgeSeed {
  readonly name: string;
  /** 1500 by default. */
  readonly mtu?: number;
  /** False by default: tags work all the same, trunks do not. */
  readonly vlanAware?: boolean;
  /** Physical interfaces behind it: one of its own by default. */
  readonly ports?: readonly string[];
}

export interface NodeSeed {
  readonly name: string;
  /** A name alone is a plain bridge, as the installer makes it. */
  readonly bridges: readonly (string | BridgeSeed)[];
  /** Threads; 16 by default. */
  readonly cpus?: number;
  /** Processor models that its own processor can be, besides `host`; all by default. */
  readonly supportedCpuModels?: readonly string[];
  /** Hardware virtualization is there; true by default. */
  readonly kvm?: boolean;
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
  readonly content: 'import' | 'iso' | 'snippets' | 'vztmpl';
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly virtualSize?: number;
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
  readonly pools?: readonly string[];
  readonly downloads?: readonly Download[];
  readonly files?: readonly FileSeed[];
  readonly vms?: readonly VmSeed[];
}

export interface HostOptions {
  readonly version: PveVersion;
  readonly clock?: Clock;
  /** None by default. */
  readonly taskDurations?: TaskDurations;
  /** How far `cluster/resources` lags behind; 10 s by default, as on a real cluster; 0: not at all. */
  readonly staleMilliseconds?: number;
  /** How long a request waits for a VM's lock; 10 s by default. */
  readonly lockTimeoutMilliseconds?: number;
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
  readonly nodes: readonly NodeSeed[];
  readonly access: Access;
  readonly storages: Storages;
  readonly vms: VirtualMachines;
  readonly configs: ConfigReader;
  readonly tasks: Tasks;
  readonly locks: Locks;
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
    this.nodes = seed.nodes;
    this.configs = new ConfigReader(vmConfigProperties(version));
    this.storages = new Storages(seed.storages, () => this.seconds());
    this.vms = new VirtualMachines(clock, options.staleMilliseconds ?? 10_000, (vm) => this.describe(vm));
    this.tasks = new Tasks(clock, options.taskDurations ?? NO_DURATION);
    this.locks = new Locks(clock, options.lockTimeoutMilliseconds ?? 10_000);
    this.pools = new Pools(seed.pools ?? []);
    this.access = new Access(version, seed.access, (vmid) => this.pools.of(vmid), this.random.hex(64));
    this.downloads = new Map((seed.downloads ?? []).map((download) => [download.url, download]));
    for (const file of seed.files ?? []) {
      this.storages.putFile(file.node, file.storage, file.content, file.name, file.size, file.virtualSize ?? file.size);
    }
  }

  seconds(): number {
    return Math.floor(this.clock.now() / 1000);
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
