/** Privileges and built-in roles. Source: pve-access-control src/PVE/AccessControl.pm. */

import type { PveVersion } from '../schema/types.ts';

/** Who of a category's people gets a privilege: built-in roles are made from these groups. */
interface PrivilegeGroups {
  /** Administrator alone. */
  readonly root: readonly string[];
  readonly admin: readonly string[];
  readonly user: readonly string[];
  readonly audit: readonly string[];
}

/** Category -> its privileges, without the category's name in front. */
type Categories = Readonly<Record<string, PrivilegeGroups>>;

const COMMON: Categories = {
  Sys: {
    root: ['AccessNetwork', 'Incoming', 'Modify', 'PowerMgmt'],
    admin: ['Console', 'Syslog'],
    user: [],
    audit: ['Audit'],
  },
  Datastore: { root: [], admin: ['Allocate', 'AllocateTemplate'], user: ['AllocateSpace'], audit: ['Audit'] },
  SDN: { root: [], admin: ['Allocate'], user: ['Use'], audit: ['Audit'] },
  Pool: { root: [], admin: ['Allocate'], user: ['Audit'], audit: ['Audit'] },
  Mapping: { root: [], admin: ['Modify'], user: ['Use'], audit: ['Audit'] },
};

/** The one category whose privileges have other names than its own. */
const USER: PrivilegeGroups = {
  root: ['Realm.Allocate'],
  admin: ['Group.Allocate', 'Realm.AllocateUser', 'User.Modify'],
  user: [],
  audit: [],
};

const VM_ADMIN = [
  'Allocate',
  'Clone',
  ...['CPU', 'Disk', 'HWType', 'Memory', 'Network', 'Options'].map((name) => `Config.${name}`),
  'Migrate',
  'Snapshot',
  'Snapshot.Rollback',
];
const VM_USER = ['Backup', 'Config.CDROM', 'Config.Cloudinit', 'Console', 'PowerMgmt'];

/** Until 8.x one privilege for the monitor and the guest agent, then one per kind of call. */
const VM_8: PrivilegeGroups = { root: [], admin: [...VM_ADMIN, 'Monitor'], user: VM_USER, audit: ['Audit'] };
const VM_9: PrivilegeGroups = {
  root: [],
  admin: [...VM_ADMIN, 'GuestAgent.Unrestricted', 'Replicate'],
  user: [...VM_USER, 'GuestAgent.FileRead', 'GuestAgent.FileSystemMgmt', 'GuestAgent.FileWrite'],
  audit: ['Audit', 'GuestAgent.Audit'],
};

/** In no category. */
const PERMISSIONS = 'Permissions.Modify';
/** Who may define what a mapping leads to owns the hardware: PVEAdmin is left out. */
const NOT_PVE_ADMIN = 'Mapping.Modify';

function categories(version: PveVersion): Categories {
  const named = Object.entries({ VM: version.startsWith('8.') ? VM_8 : VM_9, ...COMMON });
  const full = (category: string, names: readonly string[]): string[] => names.map((name) => `${category}.${name}`);
  return {
    ...Object.fromEntries(
      named.map(([category, { root, admin, user, audit }]) => [
        category,
        {
          root: full(category, root),
          admin: full(category, admin),
          user: full(category, user),
          audit: full(category, audit),
        },
      ]),
    ),
    User: USER,
  };
}

function allPrivileges(version: PveVersion): readonly string[] {
  const groups = Object.values(categories(version));
  return [PERMISSIONS, ...groups.flatMap(({ root, admin, user, audit }) => [...root, ...admin, ...user, ...audit])];
}

export function isPrivilege(version: PveVersion, name: string): boolean {
  return allPrivileges(version).includes(name);
}

/** Name -> privileges. */
export function builtinRoles(version: PveVersion): ReadonlyMap<string, ReadonlySet<string>> {
  const roles = new Map<string, Set<string>>([
    ['Administrator', new Set(allPrivileges(version))],
    ['NoAccess', new Set()],
    ['PVETemplateUser', new Set(['VM.Audit', 'VM.Clone'])],
  ]);
  const grant = (role: string, privileges: readonly string[]): void => {
    roles.set(role, new Set([...(roles.get(role) ?? []), ...privileges]));
  };
  for (const [category, { admin, user, audit }] of Object.entries(categories(version))) {
    grant(`PVE${category}Admin`, [...admin, ...user, ...audit]);
    grant('PVEAdmin', [...admin, ...user, ...audit]);
    grant('PVEAuditor', audit);
    if (user.length > 0) grant(`PVE${category}User`, [...user, ...audit]);
  }
  roles.get('PVEAdmin')?.delete(NOT_PVE_ADMIN);
  return roles;
}
