/** How much a call copies: what its time depends on. */

import { DRIVE } from '../../state/config.ts';
import type { Host } from '../../state/host.ts';
import type { VirtualMachine } from '../../state/vms.ts';

/** Bytes of everything that drives import. */
export function importedBytes(host: Host, node: string, options: Iterable<readonly [string, string]>): number {
  let bytes = 0;
  for (const [key, text] of options) {
    const source = DRIVE.test(key) ? /(?:^|,)import-from=([^,]+)/.exec(text)?.[1] : undefined;
    if (source?.includes(':') === true) bytes += host.storages.volume(node, source)?.virtualSize ?? 0;
  }
  return bytes;
}

/** Bytes of a VM's disks. */
export function diskBytes(host: Host, vm: VirtualMachine): number {
  let bytes = 0;
  for (const [, { file }] of host.configs.drivesAndUnused(vm.config)) {
    const volume = file.includes(':') ? host.storages.volume(vm.node, file) : undefined;
    if (volume?.vmid === vm.vmid) bytes += volume.size;
  }
  return bytes;
}
