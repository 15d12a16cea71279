/** What can be wrong with a VM's memory when it starts. Source: qemu-server src/PVE/QemuServer/Memory.pm. */

import { splitList } from '../../schema/formats.ts';
import { fail } from '../../state/errors.ts';
import { STATIC_MEMORY_MIB } from './hotplug.ts';
import { qemuFails, type Start } from './start-context.ts';

interface Memory {
  /** MiB. */
  readonly all: number;
  /** MiB that are there without a pluggable module. */
  readonly fixed: number;
  readonly isPluggable: boolean;
  readonly sockets: number;
}

function memoryOf({ vm: { config } }: Start): Memory {
  const all = Number(/\d+/.exec(config.get('memory') ?? '')?.[0] ?? 512);
  const isPluggable = splitList(config.get('hotplug') ?? '').includes('memory');
  const sockets = Number(config.get('sockets') ?? config.get('smp') ?? 1);
  return { all, fixed: isPluggable ? STATIC_MEMORY_MIB : all, isPluggable, sockets };
}

function customNodes({ host, vm }: Start): [string, Readonly<Record<string, string>>][] {
  return [...vm.config].flatMap(([key, text]): [string, Readonly<Record<string, string>>][] => {
    const node = /^numa\d+$/.test(key) ? host.configs.parse(key, text) : null;
    return node === null ? [] : [[key.slice('numa'.length), node]];
  });
}

export function needMemory(start: Start): void {
  const memory = memoryOf(start);
  const isNuma = start.vm.config.get('numa') === '1';
  const nodes = customNodes(start);
  if (memory.isPluggable) {
    if (!isNuma) fail('NUMA needs to be enabled for memory hotplug');
    if (nodes.length > 0) fail('cannot enable memory hotplugging with custom NUMA topology');
    if (memory.all < memory.fixed) fail(`minimum memory must be ${memory.fixed}MB`);
  }
  if (isNuma && nodes.length > 0) needNodes(nodes, memory.fixed);
  if (memory.isPluggable) needModules(memory);
}

/** The host has one NUMA node. */
function needNodes(nodes: readonly [string, Readonly<Record<string, string>>][], fixed: number): void {
  let sum = 0;
  for (const [index, { memory, cpus, hostnodes, policy }] of nodes) {
    if (Number(memory ?? 0) === 0) fail(`missing NUMA node${index} memory value`);
    sum += Number(memory);
    if (cpus === undefined) fail(`missing NUMA node${index} cpus`);
    if (hostnodes === undefined) continue;
    const missing = hostnodes.split(/[-;]/).find((node) => node !== '0');
    if (missing !== undefined) fail(`host NUMA node${missing} doesn't exist`);
    if (policy === undefined) fail(`you need to define a policy for hostnode ${hostnodes}`);
  }
  if (sum !== fixed) fail('total memory for NUMA nodes must be equal to vm static memory');
}

/** Modules come in groups of 32, each group with modules twice as large. */
function needModules({ all, fixed }: Memory): void {
  let size = 512;
  let reached = fixed;
  for (let count = 0; reached < all; count++) {
    if (count > 0 && count % 32 === 0) size *= 2;
    reached += size;
  }
  if (reached > all) fail(`memory size (${all}) must be aligned to ${size} for hotplugging`);
}

/** Memory is split over the sockets without rounding, and QEMU takes no fractions. */
export function needDivisibleMemory(start: Start): void {
  const { fixed, sockets } = memoryOf(start);
  if (start.vm.config.get('numa') !== '1' || customNodes(start).length > 0 || fixed % sockets === 0) return;
  qemuFails(start, `-object memory-backend-ram,id=ram-node0,size=${fixed / sockets}M: the sizes are no whole numbers`);
}
