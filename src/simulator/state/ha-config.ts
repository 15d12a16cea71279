/**
 * What high availability is told: resources, groups of hosts (8.4) or rules (9.x). Texts and order of the refusals
 * follow pve-ha-manager src/PVE/API2/HA/{Resources,Groups,Rules}.pm and PVE::SectionConfig.
 */

import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { splitList } from '../schema/formats.ts';
import type { PveVersion } from '../schema/types.ts';
import { ApiError, fail } from './errors.ts';

/** Keys as the API names them; whole numbers and booleans as numbers. */
export type HaSettings = Readonly<Record<string, string | number>>;

export type HaRequest = 'started' | 'stopped' | 'disabled' | 'ignored';

export interface HaSeed {
  /** `sid` is `vm:101`, `ct:102`; what the manager was asked for is done already. */
  readonly resources?: readonly (HaSettings & { readonly sid: string })[];
  /** A host of 9.x has some only before they are turned into rules. */
  readonly groups?: readonly (HaSettings & { readonly group: string; readonly nodes: string })[];
  readonly rules?: readonly (HaSettings & { readonly rule: string; readonly type: string })[];
}

type Section = 'resources' | 'groups' | 'rules';

export class HaConfig {
  readonly resources = new Map<string, HaSettings>();
  readonly groups = new Map<string, HaSettings>();
  /** In the order in which they were made. */
  readonly rules = new Map<string, HaSettings>();
  readonly #hasRules: boolean;

  constructor(version: PveVersion, { resources = [], groups = [], rules = [] }: HaSeed) {
    this.#hasRules = version !== '8.4';
    for (const { sid, ...settings } of resources) this.resources.set(sid, { type: typeOf(sid), ...settings });
    for (const { group, ...settings } of groups) this.groups.set(group, { type: 'group', ...settings });
    for (const { rule, ...settings } of rules) this.rules.set(rule, settings);
  }

  /** 9.x turns groups into rules, and a host without groups has done so. */
  get groupsMigrated(): boolean {
    return this.#hasRules && this.groups.size === 0;
  }

  /** @returns what is asked for, or `null` for a resource that is not there */
  requestOf(sid: string): HaRequest | null {
    const resource = this.resources.get(sid);
    if (resource === undefined) return null;
    const state = resource['state'] ?? 'started';
    return state === 'enabled' ? 'started' : (state as HaRequest);
  }

  number(sid: string, key: 'max_restart' | 'max_relocate' | 'failback'): number {
    return Number(this.resources.get(sid)?.[key] ?? 1);
  }

  /** What identifies the present content of a section. */
  digest(section: Section): string {
    return bytesToHex(sha1(new TextEncoder().encode(JSON.stringify([...this[section]]))));
  }

  /** @throws ApiError where the content has changed since `digest` */
  needUnchanged(section: Section, digest: string | undefined): void {
    if (digest !== undefined && digest !== this.digest(section))
      fail('detected modified configuration - file changed by other user? Try again.');
  }

  /** Takes a resource out, and out of the rules where `purge` says so; a rule without resources goes. */
  removeResource(sid: string, purge: boolean): void {
    this.resources.delete(sid);
    if (!purge) return;
    for (const [rule, settings] of this.rules) {
      const left = resourcesOf(settings).filter((other) => other !== sid);
      if (left.length === 0) this.rules.delete(rule);
      else this.rules.set(rule, { ...settings, resources: left.join(',') });
    }
  }
}

/** `vm` of `vm:101`. */
export function typeOf(sid: string): string {
  return sid.slice(0, sid.indexOf(':'));
}

export function resourcesOf(rule: HaSettings): string[] {
  return splitList(String(rule['resources'] ?? ''));
}

/** `a:2,b` -> priorities by host; 0 where none is given. */
export function nodesOf(settings: HaSettings): Map<string, number> {
  return new Map(
    splitList(String(settings['nodes'] ?? '')).map((entry) => {
      const [node = '', priority = '0'] = entry.split(':');
      return [node, Number(priority)] as const;
    }),
  );
}

/**
 * One kind of section: which keys it has, and which it must have.
 * Source: `options` of PVE::HA::Groups, PVE::HA::Resources::PVEVM, PVE::HA::Rules::*Affinity.
 */
export const SECTION_KEYS: Readonly<Record<string, Readonly<Record<string, 'required' | 'optional'>>>> = {
  vm: resourceKeys(),
  ct: resourceKeys(),
  group: { nodes: 'required', comment: 'optional', nofailback: 'optional', restricted: 'optional' },
  'node-affinity': {
    resources: 'required',
    nodes: 'required',
    strict: 'optional',
    disable: 'optional',
    comment: 'optional',
  },
  'resource-affinity': { resources: 'required', affinity: 'required', disable: 'optional', comment: 'optional' },
};

function resourceKeys(): Readonly<Record<string, 'optional'>> {
  return Object.fromEntries(
    ['state', 'group', 'comment', 'failback', 'max_restart', 'max_relocate'].map((key) => [key, 'optional' as const]),
  );
}

const NUMBERS = /^(failback|max_restart|max_relocate|nofailback|restricted|strict|disable)$/;

/**
 * The settings of a request as they are stored.
 * @param type a key of `SECTION_KEYS`
 * @throws ApiError for a key that this type does not have, and where something is missing on creation
 */
export function checkedSettings(
  type: string,
  parameters: Readonly<Record<string, string>>,
  create: boolean,
): HaSettings {
  const keys = SECTION_KEYS[type] ?? {};
  for (const key of Object.keys(parameters).sort()) if (keys[key] === undefined) fail(`unexpected property '${key}'`);
  if (create) {
    const missing = Object.keys(keys).find((key) => keys[key] === 'required' && parameters[key] === undefined);
    if (missing !== undefined) fail(`missing value for required option '${missing}'`);
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [key, NUMBERS.test(key) ? Number(value) : value]),
  );
}

/** @throws ApiError for a key that cannot be taken away */
export function withoutKeys(type: string, settings: HaSettings, keys: readonly string[]): HaSettings {
  for (const key of keys) {
    const need = SECTION_KEYS[type]?.[key] ?? fail(`no such option '${key}'`);
    if (need === 'required') fail(`unable to delete required option '${key}'`);
  }
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));
}

/** Runs `work` as Proxmox does under the lock of the HA domain. @throws ApiError, its message with `what` before it */
export function underHaLock<T>(quorate: boolean, what: string | null, work: () => T): T {
  try {
    if (!quorate) fail("cfs-lock 'domain-ha' error: no quorum!");
    return work();
  } catch (error) {
    // A parameter error goes through as it is.
    if (!(error instanceof ApiError) || error.errors !== null || what === null) throw error;
    throw new ApiError(error.status, `${what}: ${error.message}`);
  }
}
