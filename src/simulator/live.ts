/** A simulated host for a person: its VMs and the newest requests as lines of a terminal. */

import { requestLine } from './rehearsal/report.ts';
import type { Host } from './state/host.ts';

const REQUESTS = 12;
const WIDTH = 110;

export function liveLines(host: Host): string[] {
  const vms = host.vms.all().map((vm) => {
    const { name, cpus, memoryBytes, template } = host.describe(vm);
    const state = template ? 'template' : vm.pid === null ? 'stopped' : 'running';
    return [String(vm.vmid), name, vm.node, state, `${cpus} cores`, `${memoryBytes / 2 ** 20} MiB`];
  });
  const newest = host.log.entries(Math.max(host.log.mark() - REQUESTS, 0)).map(requestLine);
  return [
    vms.length === 0 ? 'no VMs' : `${vms.length} VMs`,
    ...table(vms),
    `${host.log.mark()} requests`,
    ...newest.map((line) => `  ${line}`),
  ].map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line));
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
