/** Roles: the built-in ones and those that somebody defined. Source: pve-access-control src/PVE/API2/Role.pm. */

import type { PveVersion } from '../schema/types.ts';
import { fail } from './errors.ts';
import { builtinRoles, isPrivilege } from './privileges.ts';

export class RoleTable {
  readonly #version: PveVersion;
  readonly #builtin: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #custom = new Map<string, ReadonlySet<string>>();

  /** @throws ApiError for a privilege that this version does not have */
  constructor(version: PveVersion, custom: Readonly<Record<string, readonly string[]>>) {
    this.#version = version;
    this.#builtin = builtinRoles(version);
    for (const [name, privileges] of Object.entries(custom)) {
      const wrong = this.wrongPrivilege(privileges);
      if (wrong !== undefined)
        fail(`invalid privilege '${wrong}' in role '${name}': Proxmox VE ${version} has no such privilege`);
      this.put(name, privileges);
    }
  }

  /** Name -> privileges. */
  all(): ReadonlyMap<string, ReadonlySet<string>> {
    return new Map([...this.#builtin, ...this.#custom]);
  }

  find(name: string): ReadonlySet<string> | undefined {
    return this.#builtin.get(name) ?? this.#custom.get(name);
  }

  /** @throws ApiError when there is none */
  get(name: string): ReadonlySet<string> {
    return this.find(name) ?? fail(`role '${name}' does not exist`);
  }

  isBuiltin(name: string): boolean {
    return this.#builtin.has(name);
  }

  /** The first that this version of Proxmox VE does not know. */
  wrongPrivilege(privileges: readonly string[]): string | undefined {
    return privileges.find((privilege) => !isPrivilege(this.#version, privilege));
  }

  put(name: string, privileges: Iterable<string>): void {
    this.#custom.set(name, new Set(privileges));
  }

  /** Entries that name it stay, and grant nothing. */
  remove(name: string): void {
    this.#custom.delete(name);
  }
}
