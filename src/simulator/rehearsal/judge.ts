/** What a rehearsal looks at between the backend's runs, and what it says. Knows no backend. */

import type { VmCluster } from '../../model/cluster.ts';
import { modelDifferences } from '../compare/model-differences.ts';
import type { Host } from '../state/host.ts';
import type { LogEntry } from '../state/log.ts';
import { leftovers, lostVolumes, touchedVms, type Foreign } from './foreign.ts';
import type { Finding } from './steps.ts';

/** What no run may do, whatever comes of it. @param foreign what is somebody else's, as it was */
export function misbehaviour(host: Host, foreign: Foreign, mark: number): Finding {
  const { log } = host;
  const faults: readonly (readonly [what: string, entries: readonly LogEntry[]])[] = [
    ['a request that Proxmox VE would refuse', log.outsideSchema(mark)],
    ['a request that the simulator does not know', log.unimplemented(mark)],
    ['a write to a VM of somebody else', log.writesTo([...foreign.vms.keys()], mark)],
    ['a fault of the simulator itself', log.crashes(mark)],
  ];
  const found = faults.filter(([, entries]) => entries.length > 0);
  const lost = lostVolumes(host, foreign);
  return {
    problems: [
      ...found.map(([what, entries]) => `${what}${entries.length === 1 ? '' : ` (${entries.length} times)`}`),
      ...lost.map((volume) => `${volume} of somebody else was deleted or replaced`),
    ],
    behind: [...found.flatMap(([, entries]) => entries), ...(lost.length === 0 ? [] : volumeWrites(host, mark))],
  };
}

function volumeWrites({ log }: Host, mark: number): readonly LogEntry[] {
  return log.writes(mark).filter(({ path }) => path.includes('/storage/'));
}

export function noWrites({ log }: Host, mark: number): Finding {
  const writes = log.writes(mark);
  return writes.length === 0 ? {} : { problems: [`a plan wrote to the host ${writes.length} times`], behind: writes };
}

export function compareWithModel(host: Host, cluster: VmCluster): Finding {
  const differences = modelDifferences(host, cluster);
  const vmids = [...new Set(differences.map(({ vmid }) => vmid))];
  return { differences, behind: host.log.writesTo(vmids) };
}

/** After the end: nothing of the clusters is left, and what is somebody else's is as it was. */
export function compareWithBefore(host: Host, clusters: readonly VmCluster[], foreign: Foreign): Finding {
  const left = new Set(clusters.flatMap((cluster) => leftovers(host, cluster)));
  const lost = clusters
    .at(-1)
    ?.nodes.filter(({ vm }) => vm.protection && host.vms.find(vm.vmId) === undefined)
    .map(({ vm }) => vm.vmId);
  const touched = touchedVms(host, foreign);
  return {
    problems: [
      ...[...left].map((what) => `${what} was left behind`),
      ...(lost ?? []).map((vmid) => `VM ${vmid} is protected and was destroyed`),
      ...touched.map((vmid) => `VM ${vmid} of somebody else is not as it was`),
      ...lostVolumes(host, foreign).map((volume) => `${volume} of somebody else is not there any more`),
    ],
    behind: host.log.writesTo(touched),
  };
}
