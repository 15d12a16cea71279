/** Which VMs a request is about, read off its parameters before anything is done. */

import { splitList } from '../schema/formats.ts';
import type { RawParameters } from '../schema/types.ts';

export interface Touched {
  /** VMs that the request changes, or would. */
  readonly written: readonly number[];
  /** Those, and the ones it reads: the source of a clone. */
  readonly named: readonly number[];
}

const NOBODY: Touched = { written: [], named: [] };

export function touchedVms(endpoint: string | null, method: string, parameters: RawParameters): Touched {
  if (endpoint === null) return NOBODY;
  const asked = vmid(parameters['vmid']);
  if (method === 'GET') return { written: [], named: asked };
  if (endpoint.endsWith('/clone')) {
    const copy = vmid(parameters['newid']);
    return { written: copy, named: [...asked, ...copy] };
  }
  const written = [
    ...asked,
    ...vmid(parameters['target-vmid']),
    ...members(endpoint, parameters),
    ...owner(parameters['volume']),
    ...resources(parameters['sid'], parameters['resources']),
  ];
  return { written, named: written };
}

function vmid(value: RawParameters[string] | undefined): number[] {
  return typeof value === 'string' && /^\d+$/.test(value) ? [Number(value)] : [];
}

function members(endpoint: string, { vms }: RawParameters): number[] {
  if (!endpoint.includes('/pools') || vms === undefined) return [];
  return splitList(String(vms)).flatMap(vmid);
}

/** `local-lvm:vm-101-disk-0` is of VM 101. */
function owner(volume: RawParameters[string] | undefined): number[] {
  return vmid(/(?:vm|base)-(\d+)-[^/]*$/.exec(String(volume ?? ''))?.[1]);
}

/** Resources of high availability: `vm:101,ct:102`, or a bare number. */
function resources(...values: readonly (RawParameters[string] | undefined)[]): number[] {
  return values.flatMap((value) => splitList(String(value ?? '')).flatMap((sid) => vmid(sid.replace(/^(vm|ct):/, ''))));
}
