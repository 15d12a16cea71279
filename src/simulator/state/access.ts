/** Who may do what, and what was asked. Source: pve-access-control src/PVE/RPCEnvironment.pm. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { PveVersion } from '../schema/types.ts';
import { Accounts, ownerOf, type TokenSeed, type UserSeed } from './accounts.ts';
import { levelsOf, rolesAt, withPoolRoles, type AclEntry, type Roles } from './acl.ts';
import { forbidden } from './errors.ts';
import type { Pools } from './pools.ts';
import { RoleTable } from './roles.ts';

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

/** Privilege -> does it hold below the path too? One that does not is granted all the same. */
export type Granted = ReadonlyMap<string, boolean>;

export interface AccessOptions {
  readonly version: PveVersion;
  readonly pools: Pools;
  /** What tickets of this host are made with. */
  readonly secret: string;
  /** Now, since 1970. */
  readonly seconds: () => number;
}

const ROOT = 'root@pam';
/** Paths that a list of permissions has besides those that entries and pools name. */
const TOP_PATHS = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

export class Access {
  readonly accounts: Accounts;
  readonly roles: RoleTable;
  readonly #pools: Pools;
  readonly #secret: string;
  #acl: readonly AclEntry[];
  #consultations = new Map<string, Consultation>();

  /** @throws ApiError for a role or privilege that this version does not have */
  constructor(seed: AccessSeed, { version, pools, secret, seconds }: AccessOptions) {
    this.accounts = new Accounts(seed.users, seed.tokens, seconds);
    this.roles = new RoleTable(version, seed.roles ?? {});
    for (const { role } of seed.acl ?? []) this.roles.get(role);
    this.#acl = seed.acl ?? [];
    this.#pools = pools;
    this.#secret = secret;
  }

  acl(): readonly AclEntry[] {
    return this.#acl;
  }

  /** Adds an entry, or changes whether it propagates. */
  grant(entry: AclEntry): void {
    this.withdraw(entry);
    this.#acl = [...this.#acl, entry];
  }

  withdraw({ path, who, role }: AclEntry): void {
    this.#acl = this.#acl.filter((entry) => entry.path !== path || entry.who !== who || entry.role !== role);
  }

  /** What is gone takes its entries along, and those below it. */
  forgetPath(path: string): void {
    this.#acl = this.#acl.filter((entry) => entry.path !== path && !entry.path.startsWith(`${path}/`));
  }

  /** A user that is gone takes its entries along; those of its tokens stay. */
  forgetUser(id: string): void {
    this.#acl = this.#acl.filter(({ who }) => who !== id);
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

  /** Everything `user` may do at `path`. */
  permissions(user: string, path: string): Granted {
    if (user === ROOT) return new Map([...this.roles.get('Administrator')].map((privilege) => [privilege, true]));
    if (!user.includes('!')) return this.#privileges(user, path);
    const token = this.accounts.findToken(user);
    if (token === undefined) return new Map();
    const owner = ownerOf(user);
    if (token.privilegeSeparation === false) return this.permissions(owner, path);
    const granted = this.#privileges(user, path);
    if (owner === ROOT) return granted;
    const owned = this.permissions(owner, path);
    return new Map(
      [...granted]
        .filter(([privilege]) => owned.has(privilege))
        .map(([privilege, propagates]) => [privilege, propagates && owned.get(privilege) === true]),
    );
  }

  /** Paths that a list of somebody's permissions has: not every path at which they may do something. */
  listedPaths(): readonly string[] {
    const named = this.#acl.flatMap(({ path }) => levelsOf(path));
    return [...new Set([...TOP_PATHS, ...named, ...this.#pools.memberPaths()])];
  }

  has(user: string, path: string, privilege: string): boolean {
    const granted = this.permissions(user, path).has(privilege);
    this.#consultations.set(`${user} ${path} ${privilege} ${granted}`, { user, path, privilege, granted });
    return granted;
  }

  hasAny(user: string, path: string, privileges: readonly string[]): boolean {
    return privileges.some((privilege) => this.has(user, path, privilege));
  }

  /** @throws ApiError 403 naming the first privilege that is missing */
  need(user: string, path: string, ...privileges: readonly string[]): void {
    for (const privilege of privileges) if (!this.has(user, path, privilege)) forbidden(`${path}, ${privilege}`);
  }

  needAny(user: string, path: string, privileges: readonly string[]): void {
    if (!this.hasAny(user, path, privileges)) forbidden(`${path}, ${privileges.join('|')}`);
  }

  /** What was asked since the last `clearConsultations`, each question once, in order. */
  consultations(): readonly Consultation[] {
    return [...this.#consultations.values()];
  }

  clearConsultations(): void {
    this.#consultations = new Map();
  }

  #privileges(who: string, path: string): Granted {
    const granted = new Map<string, boolean>();
    for (const [role, propagates] of this.#rolesAt(who, path)) {
      for (const privilege of this.roles.find(role) ?? [])
        granted.set(privilege, propagates || granted.get(privilege) === true);
    }
    return granted;
  }

  #rolesAt(who: string, path: string): Roles {
    const pools = this.#pools.containing(path).map((pool) => rolesAt(this.#acl, who, `/pool/${pool}`));
    return withPoolRoles(rolesAt(this.#acl, who, path), pools);
  }
}
