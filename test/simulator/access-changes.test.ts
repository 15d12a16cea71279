/** Users, tokens, roles and entries are written through the API, as `pveum` and `pvesh` do on a host. */

import { afterEach, describe, expect, test } from 'vitest';
import { manualClock, PVE_VERSIONS, type AccessSeed, type SimulatorOptions } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Form, type PveClient } from '../support/pve.ts';

let client: PveClient;
const start = async (options: SimulatorOptions = {}) => (client = await pve({ seed: seed(), ...options }));
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const reason = async (method: string, path: string, form: Form = {}) => {
  const { reason: text, errors } = await client.call(method, `/access/${path}`, form);
  return errors === null ? text : errors;
};
const as = (token: string, secret: string) => ({ authorization: `PVEAPIToken=${token}=${secret}` });

/** What a rendered recipe does: roles, user, token, entries of both. */
async function recipe(agent: string): Promise<string> {
  const privileges = `VM.Allocate VM.Audit VM.Config.CPU ${agent}`;
  expect(await reason('POST', 'roles', { roleid: 'TalmoxVMs', privs: privileges })).toBe('OK');
  expect(await reason('POST', 'users', { userid: 'automation@pve' })).toBe('OK');
  const made = await client.call('POST', '/access/users/automation@pve/token/talmox', { privsep: 1 });
  expect(made.data).toMatchObject({ 'full-tokenid': 'automation@pve!talmox', info: { privsep: 1 } });
  const entry = { path: '/vms/101', roles: 'TalmoxVMs', propagate: 0 };
  expect(await reason('PUT', 'acl', { ...entry, users: 'automation@pve' })).toBe('OK');
  expect(await reason('PUT', 'acl', { ...entry, tokens: 'automation@pve!talmox' })).toBe('OK');
  return made.data.value;
}

describe.each(PVE_VERSIONS)('%s', (version) => {
  test('a token gets exactly what a recipe grants', async () => {
    await start({ version });
    const agent = version === '8.4' ? 'VM.Monitor' : 'VM.GuestAgent.Audit';
    const headers = as('automation@pve!talmox', await recipe(agent));
    expect(await client.get('/access/permissions', { userid: 'automation@pve!talmox', path: '/vms/101' })).toEqual({
      '/vms/101': Object.fromEntries(['VM.Allocate', 'VM.Audit', 'VM.Config.CPU', agent].map((name) => [name, 0])),
    });
    const make = (vmid: number) => client.call('POST', NODE, { vmid, cores: 2 }, headers);
    expect([(await make(101)).status, (await make(102)).status]).toEqual([200, 403]);
  });

  test('a privilege of another version is refused', async () => {
    await start({ version });
    const privs = version === '8.4' ? 'VM.GuestAgent.Audit' : 'VM.Monitor';
    expect(await reason('POST', 'roles', { roleid: 'Mine', privs })).toEqual({
      privs: `invalid format - invalid privilege '${privs}'\n`,
    });
  });
});

describe('roles', () => {
  test('are made, changed, added to and removed', async () => {
    await start();
    const read = async () => Object.keys(await client.get('/access/roles/Mine')).sort();
    expect(await reason('POST', 'roles', { roleid: 'Mine', privs: 'VM.Audit' })).toBe('OK');
    expect(await reason('POST', 'roles', { roleid: 'Mine' })).toBe("create role failed: role 'Mine' already exists");
    expect(await reason('PUT', 'roles/Mine', { privs: 'VM.Clone', append: 1 })).toBe('OK');
    expect(await read()).toEqual(['VM.Audit', 'VM.Clone']);
    expect(await reason('PUT', 'roles/Mine', { privs: 'VM.Backup' })).toBe('OK');
    expect(await read()).toEqual(['VM.Backup']);
    expect((await client.get('/access/roles')).find(({ roleid }: { roleid: string }) => roleid === 'Mine')).toEqual({
      roleid: 'Mine',
      privs: 'VM.Backup',
      special: 0,
    });
    expect(await reason('DELETE', 'roles/Mine')).toBe('OK');
    expect(await reason('DELETE', 'roles/Mine')).toBe("delete role failed: role 'Mine' does not exist");
    expect(await reason('PUT', 'roles/Mine', {})).toBe("update role failed: role 'Mine' does not exist");
  });

  test('built-in ones stay as they are, and their names are theirs', async () => {
    await start();
    expect(await reason('PUT', 'roles/PVEAdmin', {})).toBe("auto-generated role 'PVEAdmin' cannot be modified");
    expect(await reason('DELETE', 'roles/NoAccess')).toBe("auto-generated role 'NoAccess' cannot be deleted");
    expect(await reason('POST', 'roles', { roleid: 'pveMine' })).toEqual({
      roleid: "cannot use role ID starting with the (case-insensitive) 'PVE' namespace",
    });
    expect(await reason('POST', 'roles', { roleid: 'Administrator' })).toBe(
      "create role failed: role 'Administrator' already exists",
    );
  });
});

describe('users and tokens', () => {
  test('are made, changed, listed and removed', async () => {
    await start();
    await reason('POST', 'users', { userid: 'a@pve', comment: 'first', password: 'long enough' });
    expect(await reason('POST', 'users', { userid: 'a@pve' })).toBe("create user failed: user 'a@pve' already exists");
    expect(await reason('PUT', 'users/a@pve', { comment: 'second', enable: 0 })).toBe('OK');
    expect(await client.get('/access/users/a@pve')).toEqual({ enable: 0, expire: 0, comment: 'second', groups: [] });
    expect(await reason('POST', 'users/a@pve/token/ci', { comment: 'x', privsep: 0 })).toBe('OK');
    expect(await reason('POST', 'users/a@pve/token/ci')).toEqual({ tokenid: 'Token already exists.' });
    expect(await reason('PUT', 'users/a@pve/token/ci', { privsep: 1, expire: 2_000_000_000, delete: 'comment' })).toBe(
      'OK',
    );
    expect(await client.get('/access/users/a@pve/token')).toEqual([
      { tokenid: 'ci', privsep: 1, expire: 2_000_000_000 },
    ]);
    expect(await client.get('/access/users', { full: 1 })).toMatchObject([
      { userid: 'a@pve', enable: 0, tokens: [{ tokenid: 'ci' }], 'realm-type': 'pve' },
      { userid: 'root@pam', enable: 1 },
    ]);
    expect(await client.get('/access/users', { enabled: 1 })).toMatchObject([{ userid: 'root@pam' }]);
    await reason('PUT', 'acl', { path: '/vms', roles: 'PVEAuditor', users: 'a@pve', tokens: 'a@pve!ci' });
    expect(await reason('DELETE', 'users/a@pve')).toBe('OK');
    expect(client.simulator.host.access.acl().map(({ who }) => who)).toEqual(['a@pve!ci']);
    expect(await reason('GET', 'users/a@pve')).toBe("no such user ('a@pve')");
  });

  test('a user may be an e-mail address, and has to be one of a realm', async () => {
    await start();
    expect(await reason('POST', 'users', { userid: 'me@example.com@pve' })).toBe('OK');
    expect(await reason('POST', 'users', { userid: 'me' })).toEqual({
      userid: "invalid format - user name 'me' is too short\n",
    });
    expect(await reason('POST', 'users', { userid: 'alone' })).toEqual({
      userid: "invalid format - value 'alone' does not look like a valid user name\n",
    });
  });

  test('one that is disabled or expired is refused like one that does not exist', async () => {
    const clock = manualClock();
    const now = Math.floor(clock.now() / 1000);
    const access: AccessSeed = {
      users: [{ id: 'root@pam' }, { id: 'off@pve', enabled: false }, { id: 'old@pve', expire: now - 1 }],
      tokens: [
        { id: 'root@pam!rehearsal', secret: '5eed0000-0000-4000-8000-000000000001', privilegeSeparation: false },
        { id: 'off@pve!t', secret: 's' },
        { id: 'old@pve!t', secret: 's' },
        { id: 'root@pam!short', secret: 's', expire: now + 10 },
      ],
    };
    await start({ clock, seed: seed({ access }) });
    const status = async (token: string) => (await client.call('GET', '/version', {}, as(token, 's'))).status;
    expect(await Promise.all(['off@pve!t', 'old@pve!t', 'root@pam!short'].map(status))).toEqual([401, 401, 200]);
    clock.advance(11_000);
    expect(await status('root@pam!short')).toBe(401);
  });
});

describe('entries', () => {
  test('are added and withdrawn role by role', async () => {
    await start();
    const list = async () => client.get('/access/acl');
    expect(await reason('PUT', 'acl', { path: 'storage//local/', roles: 'PVEAuditor', users: 'root@pam' })).toBe('OK');
    expect(await list()).toEqual([
      { path: '/storage/local', ugid: 'root@pam', roleid: 'PVEAuditor', type: 'user', propagate: 1 },
    ]);
    await reason('PUT', 'acl', { path: '/storage/local', roles: 'PVEAuditor', users: 'root@pam', propagate: 0 });
    expect(await list()).toMatchObject([{ propagate: 0 }]);
    await reason('PUT', 'acl', { path: '/storage/local', roles: 'PVEAuditor', users: 'root@pam', delete: 1 });
    expect(await list()).toEqual([]);
  });

  test.each<[string, Form, unknown]>([
    ['a role', { path: '/', roles: 'Nope', users: 'root@pam' }, "ACL update failed: role 'Nope' does not exist"],
    ['a user', { path: '/', roles: 'PVEAdmin', users: 'x@pve' }, "ACL update failed: user 'x@pve' does not exist"],
    [
      'a token',
      { path: '/', roles: 'PVEAdmin', tokens: 'root@pam!no' },
      "ACL update failed: no such token 'no' for user 'root@pam'",
    ],
    ['a group', { path: '/', roles: 'PVEAdmin', groups: 'g' }, "ACL update failed: group 'g' does not exist"],
    ['a path', { path: '/vms/1', roles: 'PVEAdmin', users: 'root@pam' }, { path: "invalid ACL path '/vms/1'" }],
    [
      'a VLAN',
      { path: '/sdn/zones/localnetwork/vmbr0/0', roles: 'PVEAdmin', users: 'root@pam' },
      { path: "invalid ACL path '/sdn/zones/localnetwork/vmbr0/0'" },
    ],
    [
      'anybody',
      { path: '/', roles: 'PVEAdmin' },
      {
        users: "either 'users', 'groups' or 'tokens' is required.",
        groups: "either 'users', 'groups' or 'tokens' is required.",
        tokens: "either 'users', 'groups' or 'tokens' is required.",
      },
    ],
  ])('%s that is not there', async (_what, form, answer) => {
    await start();
    expect(await reason('PUT', 'acl', form)).toEqual(answer);
    expect(client.simulator.host.access.acl()).toEqual([]);
  });

  test.each([
    '/',
    '/access/realm/pve',
    '/nodes/pve',
    '/pool/a/b/c',
    '/sdn/zones/z/vnet/4094',
    '/storage/local',
    '/vms/100',
    '/mapping/pci/gpu',
  ])('%s is a path', async (path) => {
    await start();
    expect(await reason('PUT', 'acl', { path, roles: 'PVEAdmin', users: 'root@pam' })).toBe('OK');
  });
});

describe('who may change what', () => {
  const OWNER = 'owner@pve';
  const TOKEN = { user: OWNER, name: 't', secret: 'aaaaaaaa-0000-4000-8000-00000000000a' };
  const limited = (...acl: readonly (readonly [path: string, role: string, propagate?: boolean])[]) =>
    start({
      token: TOKEN,
      seed: seed({
        access: {
          users: [{ id: 'root@pam' }, { id: OWNER }],
          tokens: [{ id: `${OWNER}!t`, secret: TOKEN.secret, privilegeSeparation: false }],
          roles: {
            Owner: ['VM.Allocate', 'VM.Audit'],
            Look: ['VM.Audit'],
            Realm: ['Realm.AllocateUser'],
            Pools: ['Pool.Allocate', 'VM.Audit'],
            Stores: ['Datastore.Allocate', 'VM.Audit'],
          },
          acl: acl.map(([path, role, propagate]) => ({ path, role, who: OWNER, propagate: propagate ?? true })),
        },
      }),
    });

  test('roles need the right to change the host, users that of their realm', async () => {
    await limited(['/', 'PVEAuditor']);
    expect(await reason('POST', 'roles', { roleid: 'Mine' })).toBe('Permission check failed (/access, Sys.Modify)');
    expect(await reason('POST', 'users', { userid: 'a@pve' })).toBe(
      'Permission check failed (/access/realm/pve, Realm.AllocateUser)',
    );
    await client.close();
    await limited(['/access/realm', 'Realm']);
    expect(await reason('POST', 'users', { userid: 'a@pve' })).toBe(
      'Permission check failed (/access/groups, User.Modify)',
    );
    await client.close();
    await limited(['/access', 'PVEUserAdmin']);
    expect(await reason('POST', 'users', { userid: 'a@pve' })).toBe('OK');
    expect(await reason('DELETE', 'users/a@pve')).toBe('OK');
    expect(await reason('DELETE', 'users/b@pve')).toBe("no such user ('b@pve')");
  });

  test('the list of users is the own one', async () => {
    await limited(['/vms', 'Look']);
    // A token is not its user.
    expect(await client.get('/access/users')).toEqual([]);
    expect(await reason('GET', 'users/root@pam')).toBe('Permission check failed');
    expect(await reason('GET', `users/${OWNER}/token`)).toBe('Permission check failed');
  });

  test('whoever owns a VM hands out no more than they have there', async () => {
    await limited(['/vms/101', 'Owner', false]);
    const give = (roles: string, more: Form = {}) =>
      reason('PUT', 'acl', { path: '/vms/101', roles, users: 'root@pam', ...more });
    const answer = 'ACL update failed: 400 Parameter verification failed.';
    expect(await give('Look', { propagate: 0 })).toBe('OK');
    expect(await give('Look')).toBe(answer);
    expect(await give('PVEVMUser', { propagate: 0 })).toBe(answer);
    expect(await give('NoAccess', { propagate: 0 })).toBe(answer);
    expect(await give('Look', { delete: 1 })).toBe('OK');
    expect(await reason('PUT', 'acl', { path: '/vms/102', roles: 'Look', users: 'root@pam' })).toBe(
      'Permission check failed (/vms/102, Permissions.Modify|VM.Allocate)',
    );
    expect(await client.get('/access/acl')).toMatchObject([{ path: '/vms/101', roleid: 'Owner' }]);
  });

  test.each([
    ['/pool/talos', 'Pools', 'Pool.Allocate'],
    ['/storage/local', 'Stores', 'Datastore.Allocate'],
  ])('and likewise at %s', async (path, role, privilege) => {
    await limited([path, role]);
    const give = (at: string) => reason('PUT', 'acl', { path: at, roles: 'Look', users: 'root@pam' });
    expect(await give(path)).toBe('OK');
    expect(await give(`${path}x`)).toBe(`Permission check failed (${path}x, Permissions.Modify|${privilege})`);
  });
});
