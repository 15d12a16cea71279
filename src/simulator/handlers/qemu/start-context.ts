/** A start under way, as the checks before it see it. */

import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import type { Node } from '../../state/node.ts';
import type { VirtualMachine } from '../../state/vms.ts';

export interface Start {
  readonly host: Host;
  readonly vm: VirtualMachine;
  log(line: string): void;
  /** Counts: the task ends as `WARNINGS: n`. */
  warn(line: string): void;
}

/** @throws ApiError with the text that the task ends with */
export type Check = (start: Start) => void;

/** QEMU says why in the log, and only there. */
export function qemuFails({ log }: Pick<Start, 'log'>, reason: string): never {
  log(`kvm: ${reason}`);
  return fail('start failed: QEMU exited with code 1');
}

export function nodeOf({ host, vm }: Start): Node {
  return host.node(vm.node);
}
