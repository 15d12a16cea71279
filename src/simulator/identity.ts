/** The token that a simulated host is asked with. */

import { AGENT_PRIVILEGE, type Privileges } from '../model/privileges.ts';
import type { AccessSeed } from './state/access.ts';

/** A token in its parts. */
export interface TokenIdentity {
  /** `user@realm` */
  readonly user: string;
  readonly name: string;
  readonly secret: string;
}

export const DEFAULT_TOKEN: TokenIdentity = {
  user: 'root@pam',
  name: 'rehearsal',
  secret: '5eed0000-0000-4000-8000-000000000001',
};

/** Roles and entries of a token instead of everything. */
export type LimitedAccess = Pick<AccessSeed, 'roles' | 'acl'>;

/** What the rendered recipe grants to a token, and to its user. @param all recipes that were run, one after the other */
export function accessByRecipe(
  all: readonly Privileges[],
  { user, name }: Pick<TokenIdentity, 'user' | 'name'>,
  version: string,
): LimitedAccess {
  const agent = version.startsWith('8.') ? AGENT_PRIVILEGE['8'] : AGENT_PRIVILEGE.newer;
  const roles: Record<string, readonly string[]> = {};
  for (const { roles: granted, agentRole } of all)
    for (const [role, list] of Object.entries(granted))
      roles[role] = [...new Set([...(roles[role] ?? []), ...list, ...(role === agentRole ? [agent] : [])])];
  const whose = user === 'root@pam' ? [`${user}!${name}`] : [user, `${user}!${name}`];
  const grants = all.flatMap((recipe) => recipe.grants);
  return { roles, acl: whose.flatMap((who) => grants.map((grant) => ({ who, ...grant }))) };
}

/** A user other than root needs its rights on top of the token's. */
export function accessOf({ user, name, secret }: TokenIdentity, limited?: LimitedAccess): AccessSeed {
  const id = `${user}!${name}`;
  const everything = [user, id].map((who) => ({ path: '/', who, role: 'Administrator' }));
  const isRoot = user === 'root@pam';
  return {
    users: isRoot ? [{ id: user }] : [{ id: 'root@pam' }, { id: user }],
    tokens: [{ id, secret, privilegeSeparation: limited !== undefined || !isRoot }],
    ...(limited ?? { acl: isRoot ? [] : everything }),
  };
}

/** One role on everything. */
export function roleEverywhere({ user, name }: TokenIdentity, role: string): LimitedAccess {
  return { acl: [user, `${user}!${name}`].map((who) => ({ path: '/', who, role })) };
}
