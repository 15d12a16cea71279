/** What a node of the cluster is made of. */

import { GIB } from '../schema/size.ts';
import type { NodeSeed } from './host.ts';
import type { Sdn } from './sdn.ts';

/** A bridge of /etc/network/interfaces. */
export interface BridgeSeed {
  readonly name: string;
  /** A Linux bridge by default. */
  readonly type?: 'bridge' | 'OVSBridge';
  /** False by default, as the installer makes it; tags work on it all the same. */
  readonly vlanAware?: boolean;
  /** Only where it is configured; 1500 in effect. */
  readonly mtu?: number;
  /** It is up; true by default, and never while it waits to be applied. */
  readonly active?: boolean;
  /** Configured, and not applied yet: listed, and not there. */
  readonly pending?: boolean;
  /** Physical interfaces behind it: one of its own by default. */
  readonly ports?: readonly string[];
}

export interface Bridge extends Required<Omit<BridgeSeed, 'mtu'>> {
  readonly mtu: number | null;
}

export interface Node {
  readonly name: string;
  /** Names that a NIC of a guest can be plugged into: bridges that are up, and VNets that are applied here. */
  readonly bridges: readonly string[];
  readonly interfaces: readonly Bridge[];
  /** Threads. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly cpuModel: string;
  /** As /proc/cpuinfo has them. */
  readonly cpuFlags: readonly string[];
  /** Hardware virtualization is there. */
  readonly kvm: boolean;
  /** Processor models that a guest can be promised; `null`: all. */
  readonly supportedCpuModels: ReadonlySet<string> | null;
  readonly clockOffsetSeconds: number;
}

const CPUS = 16;
const MEMORY_BYTES = 64 * GIB;
const CPU_MODEL = 'Simulated CPU @ 3.00GHz';
/** A server of the last ten years: all of x86-64-v3, nothing of v4. */
export const CPU_FLAGS_V3: readonly string[] =
  `fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall nx
  pdpe1gb rdtscp lm constant_tsc rep_good nopl cpuid pni pclmulqdq vmx ssse3 fma cx16 pcid sse4_1 sse4_2 x2apic movbe
  popcnt aes xsave avx f16c rdrand hypervisor lahf_lm abm bmi1 avx2 bmi2`.split(/\s+/);

export function makeNode(seed: NodeSeed, sdn: Sdn): Node {
  const { name, cpus = CPUS, memoryBytes = MEMORY_BYTES, cpuModel = CPU_MODEL, cpuFlags = CPU_FLAGS_V3 } = seed;
  const interfaces = seed.bridges.map((bridge, index) =>
    makeBridge(typeof bridge === 'string' ? { name: bridge } : bridge, index),
  );
  const up = interfaces.filter(({ active }) => active).map((bridge) => bridge.name);
  return {
    name,
    bridges: [...up, ...sdn.vnetsOn(name).map(({ id }) => id)],
    interfaces,
    cpus,
    memoryBytes,
    cpuModel,
    cpuFlags,
    kvm: cpuFlags.includes('vmx') || cpuFlags.includes('svm'),
    supportedCpuModels: seed.supportedCpuModels === undefined ? null : new Set(seed.supportedCpuModels),
    clockOffsetSeconds: seed.clockOffsetSeconds ?? 0,
  };
}

function makeBridge(seed: BridgeSeed, index: number): Bridge {
  const { type = 'bridge', vlanAware = false, mtu = null, pending = false, ports = [`eno${index + 1}`] } = seed;
  return { name: seed.name, type, vlanAware, mtu, pending, ports, active: (seed.active ?? true) && !pending };
}
