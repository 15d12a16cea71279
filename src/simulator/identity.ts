/** The token that a simulated host is asked with. */

import { AGENT_PRIVILEGE, type Privileges } from '../model/privileges.ts';
import type { AccessSeed } from './state/access.ts';
import type { Host } from './state/host.ts';

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

/** What the rendered recipe grants to a token, and to its user, on a host where none was run before. */
export function accessByRecipe(
  { roles, agentRole, grants }: Privileges,
  { user, name }: Pick<TokenIdentity, 'user' | 'name'>,
  version: string,
): LimitedAccess {
  const agent = version.startsWith('8.') ? AGENT_PRIVILEGE['8'] : AGENT_PRIVILEGE.newer;
  const all = Object.entries(roles).map(
    ([role, list]) => [role, role === agentRole ? [...list, agent] : list] as const,
  );
  const whose = user === 'root@pam' ? [`${user}!${name}`] : [user, `${user}!${name}`];
  return { roles: Object.fromEntries(all), acl: whose.flatMap((who) => grants.map((grant) => ({ who, ...grant }))) };
}

/**
 * Runs a recipe on a host, as an administrator does before what a newer revision says is applied: a role is what the last
 * recipe says, and entries of earlier ones stay. Source: `templates/_partials/create-token.sh.j2`.
 */
export function runRecipe(
  { access, version }: Pick<Host, 'access' | 'version'>,
  recipe: Privileges,
  token: Pick<TokenIdentity, 'user' | 'name'>,
): void {
  const { roles = {}, acl = [] } = accessByRecipe(recipe, token, version);
  for (const [name, privileges] of Object.entries(roles)) access.roles.put(name, privileges);
  for (const entry of acl) access.grant(entry);
}

/** A user other than root needs its rights on top of the token's. @param tokens each another one */
export function accessOf(tokens: readonly TokenIdentity[], limited?: LimitedAccess): AccessSeed {
  const others = [...new Set(tokens.map(({ user }) => user))].filter((user) => user !== 'root@pam');
  const unlimited = tokens.filter(({ user }) => user !== 'root@pam').map(({ user, name }) => `${user}!${name}`);
  return {
    users: ['root@pam', ...others].map((id) => ({ id })),
    tokens: tokens.map(({ user, name, secret }) => ({
      id: `${user}!${name}`,
      secret,
      privilegeSeparation: limited !== undefined || user !== 'root@pam',
    })),
    ...(limited ?? { acl: [...others, ...unlimited].map((who) => ({ path: '/', who, role: 'Administrator' })) }),
  };
}

/** One role on everything. */
export function roleEverywhere({ user, name }: TokenIdentity, role: string): LimitedAccess {
  return { acl: [user, `${user}!${name}`].map((who) => ({ path: '/', who, role })) };
}
