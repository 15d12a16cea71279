/** `/access`: tickets, and who may do what. */

import { changingPrivileges } from '../state/permissions.ts';
import { ownerOf, tokenName, type TokenSeed, type UserSeed } from '../state/accounts.ts';
import { ApiError } from '../state/errors.ts';
import { flag, need, type Call, type Handlers } from './call.ts';

export const ACCESS_HANDLERS: Handlers = {
  'POST /access/ticket': ticket,
  'GET /access/domains': () => [
    { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
    { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' },
  ],
  'GET /access/permissions': permissions,
  'GET /access/roles': ({ host: { access } }) =>
    [...access.roles.all()].map(([roleid, privileges]) => ({
      roleid,
      privs: [...privileges].sort().join(','),
      special: access.roles.isBuiltin(roleid) ? 1 : 0,
    })),
  'GET /access/roles/{roleid}': (call) =>
    Object.fromEntries([...call.host.access.roles.get(need(call, 'roleid'))].map((privilege) => [privilege, 1])),
  'GET /access/users': users,
  'GET /access/users/{userid}': (call) => {
    const { accounts } = call.host.access;
    const user = accounts.user(need(call, 'userid'));
    const tokens = accounts.tokensOf(user.id).map((token) => [tokenName(token.id), tokenInfo(token)] as const);
    return { ...userInfo(user), groups: [], ...(tokens.length === 0 ? {} : { tokens: Object.fromEntries(tokens) }) };
  },
  'GET /access/users/{userid}/token': (call) => {
    const { accounts } = call.host.access;
    return accounts
      .tokensOf(accounts.user(need(call, 'userid')).id)
      .map((token) => ({ tokenid: tokenName(token.id), ...tokenInfo(token) }));
  },
  'GET /access/users/{userid}/token/{tokenid}': (call) =>
    tokenInfo(call.host.access.accounts.token(`${need(call, 'userid')}!${need(call, 'tokenid')}`)),
  'GET /access/acl': acl,
};

function ticket(call: Call): unknown {
  const { host, parameters } = call;
  const name = need(call, 'username');
  const user = name.includes('@') ? name : `${name}@${parameters['realm'] ?? 'pam'}`;
  if (!host.access.accounts.isPassword(user, need(call, 'password'))) throw new ApiError(401, 'authentication failure');
  const issued = host.seconds().toString(16).toUpperCase().padStart(8, '0');
  return {
    username: user,
    ticket: `PVE:${user}:${issued}::${host.access.ticketSecret(user, issued)}`,
    CSRFPreventionToken: `${issued}:${host.access.csrfSecret(user, issued)}`,
    cap: {},
  };
}

/** A path that is asked for is answered also where nothing is granted there; the others are left out then. */
function permissions({ host: { access }, user, parameters }: Call): unknown {
  const { userid = user, path } = parameters;
  const isOwn = userid === user || (userid.includes('!') && ownerOf(userid) === user);
  if (!isOwn) access.need(user, '/access', 'Sys.Audit');
  const granted = (at: string): Record<string, number> =>
    Object.fromEntries(
      [...access.permissions(userid, at)].sort().map(([privilege, propagates]) => [privilege, propagates ? 1 : 0]),
    );
  if (path !== undefined) return { [path]: granted(path) };
  const listed = access.listedPaths().map((at) => [at, granted(at)] as const);
  return Object.fromEntries(listed.filter(([, privileges]) => Object.keys(privileges).length > 0));
}

/** Others are shown to whoever may change or audit users; groups do not exist. */
function users(call: Call): unknown {
  const { host, user, parameters } = call;
  const { accounts } = host.access;
  const seesAll = host.access.hasAny(user, '/access/groups', ['User.Modify', 'Sys.Audit']);
  const wanted = parameters['enabled'];
  return accounts
    .users()
    .filter(({ id, enabled }) => (seesAll || id === user) && (wanted ?? flagOf(enabled)) === flagOf(enabled))
    .map((entry) => ({
      userid: entry.id,
      ...userInfo(entry),
      'realm-type': entry.id.slice(entry.id.lastIndexOf('@') + 1),
      ...(flag(call, 'full') ? { groups: '', tokens: tokensOf(call, entry) } : {}),
    }));
}

function tokensOf({ host }: Call, { id }: UserSeed): unknown {
  return host.access.accounts.tokensOf(id).map((token) => ({ tokenid: tokenName(token.id), ...tokenInfo(token) }));
}

function flagOf(enabled: boolean | undefined): '0' | '1' {
  return enabled === false ? '0' : '1';
}

function userInfo({ enabled, expire, comment }: UserSeed): Record<string, unknown> {
  return { enable: Number(flagOf(enabled)), expire: expire ?? 0, ...(comment === undefined ? {} : { comment }) };
}

export function tokenInfo({ privilegeSeparation, expire, comment }: TokenSeed): Record<string, unknown> {
  return {
    privsep: privilegeSeparation === false ? 0 : 1,
    expire: expire ?? 0,
    ...(comment === undefined ? {} : { comment }),
  };
}

/** Entries of paths that the asker may change, or all of them for whoever may audit. */
function acl({ host: { access }, user }: Call): unknown {
  const seesAll = access.has(user, '/access', 'Sys.Audit');
  return access
    .acl()
    .filter(({ path }) => seesAll || access.hasAny(user, path, changingPrivileges(path)))
    .map(({ path, who, role, propagate }) => ({
      path,
      ugid: who,
      roleid: role,
      type: who.includes('!') ? 'token' : 'user',
      propagate: propagate === false ? 0 : 1,
    }));
}
