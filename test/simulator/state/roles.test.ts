/** Every built-in role, privilege by privilege. Source: what pve-access-control 8.2.2 and 9.0.4 make of their tables. */

import { describe, expect, test } from 'vitest';
import { PVE_VERSIONS, type PveVersion } from '../../../src/simulator/index.ts';
import { builtinRoles, isPrivilege } from '../../../src/simulator/state/privileges.ts';

const DATASTORE_USER = 'Datastore.AllocateSpace Datastore.Audit';
const SDN_ADMIN = 'SDN.Allocate SDN.Audit SDN.Use';
const USER_ADMIN = 'Group.Allocate Realm.AllocateUser User.Modify';
const VM_USER = 'VM.Audit VM.Backup VM.Config.CDROM VM.Config.Cloudinit VM.Console VM.PowerMgmt';
const VM_ADMIN = `${VM_USER} VM.Allocate VM.Clone VM.Config.CPU VM.Config.Disk VM.Config.HWType VM.Config.Memory
  VM.Config.Network VM.Config.Options VM.Migrate VM.Snapshot VM.Snapshot.Rollback`;

const COMMON: Readonly<Record<string, string>> = {
  NoAccess: '',
  PVEDatastoreAdmin: `Datastore.Allocate Datastore.AllocateTemplate ${DATASTORE_USER}`,
  PVEDatastoreUser: DATASTORE_USER,
  PVEMappingAdmin: 'Mapping.Audit Mapping.Modify Mapping.Use',
  PVEMappingUser: 'Mapping.Audit Mapping.Use',
  PVEPoolAdmin: 'Pool.Allocate Pool.Audit',
  PVEPoolUser: 'Pool.Audit',
  PVESDNAdmin: SDN_ADMIN,
  PVESDNUser: 'SDN.Audit SDN.Use',
  PVESysAdmin: 'Sys.Audit Sys.Console Sys.Syslog',
  PVETemplateUser: 'VM.Audit VM.Clone',
  PVEUserAdmin: USER_ADMIN,
};

const AGENT_USER = 'VM.GuestAgent.Audit VM.GuestAgent.FileRead VM.GuestAgent.FileSystemMgmt VM.GuestAgent.FileWrite';
const AUDITOR = 'Datastore.Audit Mapping.Audit Pool.Audit SDN.Audit Sys.Audit VM.Audit';

/** Of all categories, without what only Administrator has. */
const admin = (vm: string): string =>
  `${vm} ${COMMON['PVEDatastoreAdmin'] ?? ''} Mapping.Audit Mapping.Use Pool.Allocate Pool.Audit ${SDN_ADMIN}
  Sys.Audit Sys.Console Sys.Syslog ${USER_ADMIN}`;
const ROOT_ONLY = `Mapping.Modify Permissions.Modify Realm.Allocate Sys.AccessNetwork Sys.Incoming Sys.Modify
  Sys.PowerMgmt`;

function rolesOf(vmUser: string, vmAdmin: string, auditor: string): Readonly<Record<string, string>> {
  return {
    ...COMMON,
    PVEVMUser: vmUser,
    PVEVMAdmin: vmAdmin,
    PVEAuditor: auditor,
    PVEAdmin: admin(vmAdmin),
    Administrator: `${admin(vmAdmin)} ${ROOT_ONLY}`,
  };
}

const EIGHT = rolesOf(VM_USER, `${VM_ADMIN} VM.Monitor`, AUDITOR);
const NINE = rolesOf(
  `${VM_USER} ${AGENT_USER}`,
  `${VM_ADMIN} ${AGENT_USER} VM.GuestAgent.Unrestricted VM.Replicate`,
  `${AUDITOR} VM.GuestAgent.Audit`,
);
const ROLES: Readonly<Record<PveVersion, typeof EIGHT>> = { '8.4': EIGHT, '9.0': NINE, '9.1': NINE };

const words = (text: string): string[] => [...new Set(text.split(/\s+/).filter((word) => word !== ''))].sort();

describe.each(PVE_VERSIONS)('%s', (version) => {
  test('has exactly these roles', () => {
    expect([...builtinRoles(version).keys()].sort()).toEqual(Object.keys(ROLES[version]).sort());
  });

  test.each(Object.entries(ROLES[version]))('%s', (role, privileges) => {
    expect([...(builtinRoles(version).get(role) ?? ['no such role'])].sort()).toEqual(words(privileges));
  });

  test('knows its privileges and none of another version', () => {
    expect(words(ROLES[version]['Administrator'] ?? '').every((name) => isPrivilege(version, name))).toBe(true);
    const ofEight = ['VM.Monitor'].map((name) => isPrivilege(version, name));
    const ofNine = ['VM.Replicate', 'VM.GuestAgent.Audit'].map((name) => isPrivilege(version, name));
    expect([ofEight, ofNine]).toEqual(version === '8.4' ? [[true], [false, false]] : [[false], [true, true]]);
    expect(isPrivilege(version, 'VM.Nonsense')).toBe(false);
  });
});
