/** Is a token's recipe as small as it can be? Judged by what a tool really asked a simulated host. */

import type { VmCluster } from '../../src/model/cluster.ts';
import { seedOf, startSimulator, type LimitedAccess, type Simulator } from '../../src/simulator/index.ts';
import { clientOf, type Form } from '../support/pve.ts';

export interface Stage {
  readonly cluster: VmCluster;
  /** Where the tool has gone through all of its verbs. */
  readonly simulator: Simulator;
}

/** @returns what was granted and never asked for: `path privilege` */
export function unasked(stage: Stage, { roles = {}, acl = [] }: LimitedAccess): string[] {
  const user = `${stage.simulator.token.user}!${stage.simulator.token.name}`;
  const asked = stage.simulator.host.access.consultations().filter((entry) => entry.user === user && entry.granted);
  return acl
    .filter(({ who }) => who === user)
    .flatMap(({ path, role, propagate }) =>
      (roles[role] ?? [])
        .filter(
          (privilege) =>
            !asked.some((entry) => entry.privilege === privilege && covers(path, propagate, entry.path, stage)),
        )
        .map((privilege) => `${path} ${privilege}`),
    );
}

/** @returns privileges without which nothing is refused: `role privilege` */
export async function spare(stage: Stage, version: string, access: LimitedAccess): Promise<string[]> {
  const found: string[] = [];
  for (const [role, privileges] of Object.entries(access.roles ?? {}))
    for (const missing of privileges) {
      const less = { ...access, roles: { ...access.roles, [role]: privileges.filter((name) => name !== missing) } };
      if (!(await isRefused(stage, version, less))) found.push(`${role} ${missing}`);
    }
  return found;
}

/** Sends what the tool sent to a host where the token may less. @returns is anything refused that was not? */
async function isRefused(
  { cluster, simulator: healthy }: Stage,
  version: string,
  access: LimitedAccess,
): Promise<boolean> {
  const simulator = await startSimulator({
    version,
    seed: seedOf(cluster, { access, templates: false }),
    token: healthy.token,
  });
  const client = clientOf(simulator);
  try {
    for (const { method, path, parameters, status } of healthy.log.entries()) {
      if (path.includes('/tasks/')) continue;
      const { digest: _digest, ...form } = parameters;
      const answer = await client.call(method, path.split('/').map(encodeURIComponent).join('/'), form as Form);
      await simulator.host.tasks.settled();
      if (status !== 200) continue;
      if (answer.status === 403 || hidesPool(cluster, path, answer.data) || isForbidden(simulator, answer.data))
        return true;
    }
    return false;
  } finally {
    await client.close();
  }
}

/** Some calls ask in their task. */
function isForbidden({ host }: Simulator, data: unknown): boolean {
  if (typeof data !== 'string' || !data.startsWith('UPID:')) return false;
  return host.tasks.get(data).exitStatus?.includes('Permission check failed') === true;
}

/** Without Pool.Audit nothing is refused: the pool of a VM is not told, and a tool puts the VM into it once more. */
function hidesPool({ nodes, proxmox: { pool } }: VmCluster, path: string, data: unknown): boolean {
  if (pool === null || !Array.isArray(data)) return false;
  const rows = data as readonly { readonly vmid?: number; readonly pool?: string; readonly poolid?: string }[];
  if (path === '/pools') return !rows.some(({ poolid }) => poolid === pool);
  const ours = new Set(nodes.map(({ vm }) => vm.vmId));
  return path === '/cluster/resources' && rows.some((row) => ours.has(row.vmid ?? 0) && row.pool === undefined);
}

function covers(path: string, propagate: boolean | undefined, asked: string, { cluster }: Stage): boolean {
  const inPool = path.startsWith('/pool/') && cluster.nodes.some(({ vm }) => asked === `/vms/${vm.vmId}`);
  return asked === path || inPool || (propagate !== false && asked.startsWith(`${path}/`));
}
