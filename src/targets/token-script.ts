/** What `create-token.sh` is rendered from. */

import type { VmCluster } from '../model/cluster.ts';
import { AGENT_PRIVILEGE, type Privileges } from '../model/privileges.ts';

export function tokenScript(
  { proxmox }: VmCluster,
  { roles, agentRole, grants }: Privileges,
): Readonly<Record<string, unknown>> {
  return {
    agent: AGENT_PRIVILEGE,
    roles: Object.entries(roles).map(([name, list]) => ({
      name,
      list: list.join(' '),
      asksAgent: name === agentRole,
    })),
    asksAgent: agentRole !== null,
    grants: grants.map(({ path, role, propagate }) => ({ path, role, propagate: propagate ? '1' : '0' })),
    user: proxmox.apiUser ?? 'automation@pve',
    token: proxmox.apiTokenName ?? 'talmox',
  };
}
