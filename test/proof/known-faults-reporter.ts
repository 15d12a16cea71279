/** Lists, after a run, the known faults that were seen. */

import type { Reporter, TestModule } from 'vitest/node';
import './known-fault.ts';

export class KnownFaults implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules
      .flatMap((module) => [...module.children.allTests('passed')])
      .flatMap((test) => test.meta().knownFault ?? []);
    if (names.length === 0) return;
    console.log(`\nKnown faults (${names.length}):`);
    for (const name of names.sort()) console.log(`  - ${name}`);
  }
}
