/** A recording of a real host beside one of the simulator. */

import { foreignVm } from '../fixture.ts';
import { installationSeed } from '../installations.ts';
import { PVE_VERSIONS } from '../schema/types.ts';
import { startSimulator } from '../server/start.ts';
import { record, type Recording } from './record.ts';
import { contradictions, type Contradiction, type Shape } from './shape.ts';

export interface EndpointContradiction extends Contradiction {
  readonly endpoint: string;
}

/** Reads from the simulator; handed in, because only `io` speaks HTTPS. */
export type GetFrom = (url: string, token: string, caFile: string, path: string) => Promise<unknown>;

/** @returns the simulated version that was compared with, and where both contradict each other */
export async function contradictionsWith(
  recording: Recording,
  get: GetFrom,
): Promise<{ against: string; found: EndpointContradiction[] }> {
  const version =
    PVE_VERSIONS.findLast((known) => Number(known) <= Number(/^\d+\.\d+/.exec(recording.version)?.[0] ?? '')) ??
    PVE_VERSIONS[0];
  const simulator = await startSimulator({
    version,
    seed: { ...installationSeed('fresh', version), vms: [foreignVm(100, 'pve', 'local-lvm')] },
  });
  try {
    const { user, name, secret } = simulator.token;
    const ask = (path: string): Promise<unknown> =>
      get(simulator.url, `${user}!${name}=${secret}`, simulator.caFile, path);
    // A task to ask about, as every host in use has.
    simulator.host.tasks.start({ node: 'pve', type: 'qmstart', id: '100', user, faults: [] }, () => Promise.resolve());
    await simulator.host.tasks.settled();
    const simulated = await record(ask);
    const found = Object.entries(recording.answers).flatMap(([endpoint, shape]) => {
      const other = simulated.answers[endpoint];
      if (other === undefined || isRefusal(shape) || isRefusal(other)) return [];
      return contradictions(shape, other).map((contradiction) => ({ endpoint, ...contradiction }));
    });
    return { against: version, found };
  } finally {
    await simulator.stop();
  }
}

function isRefusal(answer: Recording['answers'][string]): answer is { readonly refused: string } {
  return typeof answer === 'object' && 'refused' in (answer as Record<string, Shape>);
}
