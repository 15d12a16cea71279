/** API tokens of Proxmox VE by their names; their secrets never come here. */

export interface TokenName {
  /** With its realm: `automation@pve`, `jane@corp.example@oidc`. */
  readonly user: string;
  /** Of one token among those of the user. */
  readonly name: string;
}

/**
 * Takes `user@realm!name` apart. A user of a realm such as OIDC or LDAP is often an e-mail address: the realm begins
 * at the last @. Source: pve-access-control src/PVE/AccessControl.pm split_tokenid, src/PVE/Auth/Plugin.pm
 * @returns `null` when the text is no such name
 */
export function parseTokenName(text: string): TokenName | null {
  const [, user, name] = /^([^!]+@[^!@]+)!([^!@]+)$/.exec(text) ?? [];
  return user === undefined || name === undefined ? null : { user, name };
}
