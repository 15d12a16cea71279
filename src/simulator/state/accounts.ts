/** Users and their tokens. Source: pve-access-control src/PVE/API2/User.pm and src/PVE/AccessControl.pm. */

import { fail } from './errors.ts';

export interface UserSeed {
  /** `user@realm` */
  readonly id: string;
  /** For tickets; a user without one has only tokens. */
  readonly password?: string;
  /** True by default. */
  readonly enabled?: boolean;
  /** Seconds since 1970; 0 or absent: never. */
  readonly expire?: number;
  readonly comment?: string;
}

export interface TokenSeed {
  /** `user@realm!name` */
  readonly id: string;
  readonly secret: string;
  /** It has only what its own entries grant, and never more than its user; true by default. */
  readonly privilegeSeparation?: boolean;
  /** Seconds since 1970; 0 or absent: never. */
  readonly expire?: number;
  readonly comment?: string;
}

/** `user@realm` of `user@realm!name`. */
export function ownerOf(tokenId: string): string {
  return tokenId.slice(0, tokenId.indexOf('!'));
}

/** `name` of `user@realm!name`. */
export function tokenName(tokenId: string): string {
  return tokenId.slice(tokenId.indexOf('!') + 1);
}

export class Accounts {
  readonly #users = new Map<string, UserSeed>();
  readonly #tokens = new Map<string, TokenSeed>();
  readonly #revoked = new Set<string>();
  readonly #seconds: () => number;

  /** @param seconds now, since 1970 */
  constructor(users: readonly UserSeed[], tokens: readonly TokenSeed[], seconds: () => number) {
    for (const user of users) this.#users.set(user.id, user);
    for (const token of tokens) this.#tokens.set(token.id, token);
    this.#seconds = seconds;
  }

  users(): readonly UserSeed[] {
    return [...this.#users.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  tokens(): readonly TokenSeed[] {
    return [...this.#tokens.values()];
  }

  hasUser(id: string): boolean {
    return this.#users.has(id);
  }

  /** @throws ApiError when there is none */
  user(id: string): UserSeed {
    return this.#users.get(id) ?? fail(`no such user ('${id}')`);
  }

  findToken(id: string): TokenSeed | undefined {
    return this.#tokens.get(id);
  }

  /** @throws ApiError when there is none */
  token(id: string): TokenSeed {
    const owner = this.user(ownerOf(id));
    return this.#tokens.get(id) ?? fail(`no such token '${tokenName(id)}' for user '${owner.id}'`);
  }

  tokensOf(user: string): readonly TokenSeed[] {
    return this.tokens().filter(({ id }) => ownerOf(id) === user);
  }

  /** Adds a user or changes it. */
  putUser(user: UserSeed): void {
    this.#users.set(user.id, user);
  }

  putToken(token: TokenSeed): void {
    this.#tokens.set(token.id, token);
  }

  /** A user's tokens go too. */
  removeUser(id: string): void {
    for (const token of this.tokensOf(id)) this.removeToken(token.id);
    this.#users.delete(id);
  }

  removeToken(id: string): void {
    this.#tokens.delete(id);
  }

  isPassword(user: string, password: string): boolean {
    const known = this.#users.get(user)?.password;
    return known !== undefined && known === password && this.#isActive(user);
  }

  isSecret(id: string, secret: string): boolean {
    const token = this.#tokens.get(id);
    return (
      token?.secret === secret && this.#isCurrent(token.expire) && this.#isActive(ownerOf(id)) && !this.#revoked.has(id)
    );
  }

  /** A token that is refused from now on, though it is there. */
  revoke(token: string): void {
    this.#revoked.add(token);
  }

  restoreTokens(): void {
    this.#revoked.clear();
  }

  #isActive(id: string): boolean {
    const user = this.#users.get(id);
    return user !== undefined && user.enabled !== false && this.#isCurrent(user.expire);
  }

  #isCurrent(expire = 0): boolean {
    return expire === 0 || expire >= this.#seconds();
  }
}
