/** Users, tokens, roles and access control lists; and what was asked of them. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { PveVersion } from '../schema/types.ts';
import { fail, forbidden } from './errors.ts';
import { isPrivilege, builtinRoles } from './privileges.ts';

export interface UserSeed {
  /** `user@realm` */
  readonly id: string;
  /** For tickets; a user without one has only tokens. */
  readonly password?: string;
}

export interface TokenSeed {
  /** `user@realm!name` */
  readonly id: string;
  readonly secret: string;
  /** It has only what its own entries grant, and never more than its user; true by default. */
  readonly privilegeSeparation?: boolean;
}

export interface AclEntry {
  /** `/vms/101`, `/storage/local`, `/`, ... */
  readonly path: string;
  /** `user@realm` or `user@realm!name`. */
  readonly who: string;
  readonly role: string;
  /** Holds below the path too; true by default. */
  readonly propagate?: boolean;
}

export interface AccessSeed {
  readonly users: readonly UserSeed[];
  readonly tokens: readonly TokenSeed[];
  /** Besides the built-in ones: name -> privileges. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly acl?: readonly AclEntry[];
}

/** One answer to "may this user ...?". */
export interface Consultation {
  readonly user: string;
  readonly path: string;
  readonly privilege: string;
  readonly granted: boolean;
}

const ROOT = 'root@pam';

export class Access {
  readonly #users = new Map<string, UserSeed>();
  readonly #tokens = new Map<string, TokenSeed>();
  readonly #revoked = new Set<string>();
  readonly #roles: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #poolOf: (vmid: number) => string | null;
  readonly #secret: string;
  #acl: readonly AclEntry[];
  #consultations = new Map<string, Consultation>();

  /** @throws ApiError for a role or privilege that this version does not have */
  constructor(version: PveVersion, seed: AccessSeed, poolOf: (vmid: number) => string | null, secret: string) {
    this.#secret = secret;
    for (const user of seed.users) this.#users.set(user.id, user);
    for (const token of seed.tokens) this.#tokens.set(token.id, token);
    this.#roles = new Map([...builtinRoles(version), ...rolesOf(version, seed)]);
    for (const { role } of seed.acl ?? []) if (!this.#roles.has(role)) fail(`role '${role}' does not exist`);
    this.#acl = seed.acl ?? [];
    this.#poolOf = poolOf;
  }

  users(): readonly UserSeed[] {
    return [...this.#users.values()];
  }

  tokens(): readonly TokenSeed[] {
    return [...this.#tokens.values()];
  }

  roles(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#roles;
  }

  acl(): readonly AclEntry[] {
    return this.#acl;
  }

  isPassword(user: string, password: string): boolean {
    const known = this.#users.get(user)?.password;
    return known !== undefined && known === password;
  }

  isSecret(token: string, secret: string): boolean {
    return this.#tokens.get(token)?.secret === secret && !this.#revoked.has(token);
  }

  /** What makes a ticket of this host: nobody can guess it, and it needs no memory. */
  ticketSecret(user: string, issued: string): string {
    return this.#digest(`ticket ${user} ${issued}`);
  }

  csrfSecret(user: string, issued: string): string {
    return this.#digest(`csrf ${user} ${issued}`);
  }

  #digest(text: string): string {
    return bytesToHex(sha256(new TextEncoder().encode(`${this.#secret} ${text}`)));
  }

  revoke(token: string): void {
    this.#revoked.add(token);
  }

  restoreTokens(): void {
    this.#revoked.clear();
  }

  /** A VM that is gone takes its entries along. */
  forgetPath(path: string): void {
    this.#acl = this.#acl.filter((entry) => entry.path !== path);
  }

  /** Everything `user` may do at `path`; `null`: everything there is. */
  privileges(user: string, path: string): ReadonlySet<string> | null {
    if (user === ROOT) return null;
    const token = this.#tokens.get(user);
    if (token === undefined) return this.#granted(user, path);
    const owner = user.slice(0, user.indexOf('!'));
    const owned = this.privileges(owner, path);
    if (token.privilegeSeparation === false) return owned;
    const own = this.#granted(user, path);
    return owned === null ? own : new Set([...own].filter((privilege) => owned.has(privilege)));
  }

  has(user: string, path: string, privilege: string): boolean {
    const all = this.privileges(user, path);
    const granted = all === null || all.has(privilege);
    this.#consultations.set(`${user} ${path} ${privilege} ${granted}`, { user, path, privilege, granted });
    return granted;
  }

  /** @throws ApiError 403 naming the first privilege that is missing */
  need(user: string, path: string, ...privileges: readonly string[]): void {
    for (const privilege of privileges) if (!this.has(user, path, privilege)) forbidden(`${path}, ${privilege}`);
  }

  needAny(user: string, path: string, privileges: readonly string[]): void {
    if (!privileges.some((privilege) => this.has(user, path, privilege))) forbidden(`${path}, ${privileges.join('|')}`);
  }

  /** What was asked since the last `clearConsultations`, each question once, in order. */
  consultations(): readonly Consultation[] {
    return [...this.#consultations.values()];
  }

  clearConsultations(): void {
    this.#consultations = new Map();
  }

  #granted(who: string, path: string): Set<string> {
    const granted = new Set(this.#granting(who, path));
    const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
    const pool = vmid === undefined ? null : this.#poolOf(Number(vmid));
    // A role on a pool holds for the pool's members.
    if (pool !== null) for (const privilege of this.#granting(who, `/pool/${pool}`)) granted.add(privilege);
    return granted;
  }

  /** Entries deeper in the tree replace those above. */
  #granting(who: string, path: string): Set<string> {
    let found: AclEntry[] = [];
    for (const ancestor of ancestors(path)) {
      const here = this.#acl.filter(
        (e) => e.who === who && e.path === ancestor && (e.propagate !== false || ancestor === path),
      );
      if (here.length > 0) found = here;
    }
    if (found.some(({ role }) => role === 'NoAccess')) return new Set();
    return new Set(found.flatMap(({ role }) => [...(this.#roles.get(role) ?? [])]));
  }
}

/** `/`, `/vms`, `/vms/101`. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return Array.from({ length: parts.length + 1 }, (_, length) => `/${parts.slice(0, length).join('/')}`);
}

function rolesOf(version: PveVersion, { roles = {} }: AccessSeed): [string, ReadonlySet<string>][] {
  return Object.entries(roles).map(([name, privileges]) => {
    const wrong = privileges.find((privilege) => !isPrivilege(version, privilege));
    if (wrong !== undefined)
      fail(`invalid privilege '${wrong}' in role '${name}': Proxmox VE ${version} has no such privilege`);
    return [name, new Set(privileges)];
  });
}
