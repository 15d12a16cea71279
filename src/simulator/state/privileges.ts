/** Privileges and built-in roles. Source: pve-access-control src/PVE/AccessControl.pm. */

import type { PveVersion } from '../schema/types.ts';

const VM_CONFIG = ['CDROM', 'CPU', 'Cloudinit', 'Disk', 'HWType', 'Memory', 'Network', 'Options'].map(
  (name) => `VM.Config.${name}`,
);
const VM_USER = ['VM.Audit', 'VM.Backup', 'VM.Config.CDROM', 'VM.Config.Cloudinit', 'VM.Console', 'VM.PowerMgmt'];
/** Until 8.x one privilege for the monitor and the guest agent, then one per kind of call. */
const AGENT_8 = ['VM.Monitor'];
const AGENT_9 = ['Audit', 'FileRead', 'FileSystemMgmt', 'FileWrite', 'Unrestricted'].map(
  (name) => `VM.GuestAgent.${name}`,
);
const VM_ADMIN = [
  ...VM_CONFIG,
  ...VM_USER,
  'VM.Allocate',
  'VM.Clone',
  'VM.Migrate',
  'VM.Snapshot',
  'VM.Snapshot.Rollback',
];
const DATASTORE = ['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'];
const SYS = ['AccessNetwork', 'Audit', 'Console', 'Incoming', 'Modify', 'PowerMgmt', 'Syslog'].map(
  (name) => `Sys.${name}`,
);
const OTHER = [
  'Group.Allocate',
  'Mapping.Audit',
  'Mapping.Modify',
  'Mapping.Use',
  'Permissions.Modify',
  'Pool.Allocate',
  'Pool.Audit',
  'Realm.Allocate',
  'Realm.AllocateUser',
  'SDN.Allocate',
  'SDN.Audit',
  'SDN.Use',
  'User.Modify',
];

function agentPrivileges(version: PveVersion): readonly string[] {
  return version.startsWith('8.') ? AGENT_8 : [...AGENT_9, 'VM.Replicate'];
}

function allPrivileges(version: PveVersion): readonly string[] {
  return [...VM_ADMIN, ...agentPrivileges(version), ...DATASTORE, ...SYS, ...OTHER];
}

export function isPrivilege(version: PveVersion, name: string): boolean {
  return allPrivileges(version).includes(name);
}

/** Name -> privileges. */
export function builtinRoles(version: PveVersion): readonly (readonly [string, ReadonlySet<string>])[] {
  const agentAudit = version.startsWith('8.') ? AGENT_8 : ['VM.GuestAgent.Audit'];
  const roles: Readonly<Record<string, readonly string[]>> = {
    Administrator: allPrivileges(version),
    NoAccess: [],
    PVEAdmin: allPrivileges(version).filter(
      (name) => !['Permissions.Modify', 'Sys.Modify', 'Sys.PowerMgmt', 'Realm.Allocate'].includes(name),
    ),
    PVEAuditor: [
      'Datastore.Audit',
      'Mapping.Audit',
      'Pool.Audit',
      'SDN.Audit',
      'Sys.Audit',
      'VM.Audit',
      ...(version.startsWith('8.') ? [] : agentAudit),
    ],
    PVEDatastoreAdmin: DATASTORE,
    PVEDatastoreUser: ['Datastore.AllocateSpace', 'Datastore.Audit'],
    PVEPoolAdmin: ['Pool.Allocate', 'Pool.Audit'],
    PVEPoolUser: ['Pool.Audit'],
    PVESDNAdmin: ['SDN.Allocate', 'SDN.Audit', 'SDN.Use'],
    PVESDNUser: ['SDN.Audit', 'SDN.Use'],
    PVESysAdmin: ['Sys.Audit', 'Sys.Console', 'Sys.Syslog'],
    PVETemplateUser: ['VM.Audit', 'VM.Clone'],
    PVEVMAdmin: [...VM_ADMIN, ...agentPrivileges(version)],
    PVEVMUser: [...VM_USER, ...(version.startsWith('8.') ? [] : agentAudit)],
  };
  return Object.entries(roles).map(([name, privileges]) => [name, new Set(privileges)] as const);
}
