/** Access control lists: which roles somebody has at a path. Source: `roles` of pve-access-control src/PVE/AccessControl.pm. */

export interface AclEntry {
  /** `/vms/101`, `/storage/local`, `/`, ... */
  readonly path: string;
  /** `user@realm` or `user@realm!name`. */
  readonly who: string;
  readonly role: string;
  /** Holds below the path too; true by default. */
  readonly propagate?: boolean;
}

/** Role -> does it hold below the path too? */
export type Roles = ReadonlyMap<string, boolean>;

const NO_ACCESS = 'NoAccess';

/**
 * A deeper level that says anything about somebody replaces what the levels above say.
 * @returns `NoAccess` alone where it is among them
 */
export function rolesAt(entries: readonly AclEntry[], who: string, path: string): Roles {
  let roles: Roles = new Map();
  for (const level of levelsOf(path)) {
    const here = entries.filter(
      (entry) => entry.who === who && entry.path === level && (entry.propagate !== false || level === path),
    );
    if (here.length > 0) roles = new Map(here.map(({ role, propagate }) => [role, propagate !== false]));
  }
  return onlyNoAccess(roles) ?? roles;
}

/**
 * Roles of a pool hold for its members exactly: not below them. NoAccess of the member wins over the pool, and that of
 * the pool over everything else.
 */
export function withPoolRoles(direct: Roles, ofPools: readonly Roles[]): Roles {
  if (direct.has(NO_ACCESS)) return direct;
  const all = ofPools.flatMap((roles) => [...roles.keys()]);
  if (all.includes(NO_ACCESS)) return new Map([[NO_ACCESS, false]]);
  return new Map([...all.map((role) => [role, false] as const), ...direct]);
}

/** `/`, `/vms`, `/vms/101`. */
export function levelsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return Array.from({ length: parts.length + 1 }, (_, length) => `/${parts.slice(0, length).join('/')}`);
}

/** @returns `null` for what is no path at all */
export function normalizePath(path: string): string | null {
  const plain = `/${path}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1');
  return path !== '' && /^[A-Za-z0-9._/-]+$/.test(plain) ? plain : null;
}

const NAME = '[A-Za-z0-9._-]+';
/** What access can be given to. */
const PATHS = [
  '/',
  `/access(/(groups|realm)(/${NAME})?)?`,
  `/(nodes|storage)(/${NAME})?`,
  `/pool(/${NAME}(/${NAME}){0,2})?`,
  '/sdn(/(controllers(/[A-Za-z0-9_-]+)?|(dns|fabrics|ipams)(/[A-Za-z0-9]+)?))?',
  `/sdn/zones(/${NAME}(/${NAME}(/[1-9][0-9]{0,3})?)?)?`,
  '/vms(/[1-9][0-9]{2,})?',
  `/mapping(/${NAME}(/${NAME})?)?`,
];
const PATH = new RegExp(`^(${PATHS.join('|')})$`);

export function isAclPath(path: string): boolean {
  return PATH.test(path);
}

function onlyNoAccess(roles: Roles): Roles | null {
  const propagates = roles.get(NO_ACCESS);
  return propagates === undefined ? null : new Map([[NO_ACCESS, propagates]]);
}
