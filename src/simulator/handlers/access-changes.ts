/** `/access`: users, tokens, roles and entries are made, changed and removed. Source: pve-access-control src/PVE/API2. */

import { splitList } from '../schema/formats.ts';
import { isAclPath, normalizePath, type AclEntry } from '../state/acl.ts';
import type { TokenSeed } from '../state/accounts.ts';
import { fail, parameterError } from '../state/errors.ts';
import { tokenInfo } from './access.ts';
import { flag, integer, need, type Call, type Handler, type Handlers } from './call.ts';
import { changing } from './changing.ts';

const USER = '/access/users/{userid}';
const TOKEN = `${USER}/token/{tokenid}`;

export const ACCESS_CHANGE_HANDLERS: Handlers = {
  'POST /access/roles': createRole,
  'PUT /access/roles/{roleid}': changeRole,
  'DELETE /access/roles/{roleid}': removeRole,
  'POST /access/users': within('create user failed', createUser),
  [`PUT ${USER}`]: within('update user failed', changeUser),
  [`DELETE ${USER}`]: (call) => {
    const userid = need(call, 'userid');
    call.host.access.accounts.removeUser(userid);
    call.host.access.forgetUser(userid);
  },
  [`POST ${TOKEN}`]: createToken,
  [`PUT ${TOKEN}`]: changeToken,
  [`DELETE ${TOKEN}`]: (call) => {
    call.host.access.accounts.removeToken(tokenOf(call).id);
  },
  'PUT /access/acl': changeAcl,
};

function within(what: string, handler: Handler): Handler {
  return (call) => changing(what, () => handler(call));
}

function createRole(call: Call): void {
  const roleid = need(call, 'roleid');
  const { roles } = call.host.access;
  const privileges = privilegesOf(call);
  if (/^PVE/i.test(roleid))
    parameterError({ roleid: "cannot use role ID starting with the (case-insensitive) 'PVE' namespace" });
  changing('create role failed', () => {
    if (roles.find(roleid) !== undefined) fail(`role '${roleid}' already exists`);
    roles.put(roleid, privileges);
  });
}

function changeRole(call: Call): void {
  const roleid = need(call, 'roleid');
  const { roles } = call.host.access;
  const privileges = privilegesOf(call);
  if (roles.isBuiltin(roleid)) fail(`auto-generated role '${roleid}' cannot be modified`);
  changing('update role failed', () => {
    const before = roles.get(roleid);
    roles.put(roleid, [...(flag(call, 'append') ? before : []), ...privileges]);
  });
}

function removeRole(call: Call): void {
  const roleid = need(call, 'roleid');
  const { roles } = call.host.access;
  if (roles.isBuiltin(roleid)) fail(`auto-generated role '${roleid}' cannot be deleted`);
  changing('delete role failed', () => roles.get(roleid));
  roles.remove(roleid);
}

/** Which privileges there are differs between the versions, which formats do not know. */
function privilegesOf({ host, parameters }: Call): readonly string[] {
  const privileges = splitList(parameters['privs'] ?? '');
  const wrong = host.access.roles.wrongPrivilege(privileges);
  if (wrong !== undefined) parameterError({ privs: `invalid format - invalid privilege '${wrong}'\n` });
  return privileges;
}

function createUser(call: Call): void {
  const id = need(call, 'userid');
  const { accounts } = call.host.access;
  if (accounts.hasUser(id)) fail(`user '${id}' already exists`);
  needNoGroups(call);
  const { password, comment } = call.parameters;
  accounts.putUser({
    id,
    enabled: call.parameters['enable'] !== '0',
    expire: integer(call, 'expire', 0),
    ...(password === undefined ? {} : { password }),
    ...(comment === undefined ? {} : { comment }),
  });
}

function changeUser(call: Call): void {
  const { accounts } = call.host.access;
  const before = accounts.user(need(call, 'userid'));
  needNoGroups(call);
  const { enable, comment } = call.parameters;
  accounts.putUser({
    ...before,
    expire: integer(call, 'expire', before.expire ?? 0),
    ...(enable === undefined ? {} : { enabled: enable === '1' }),
    ...(comment === undefined ? {} : { comment }),
  });
}

function needNoGroups({ parameters }: Call): void {
  const [group] = splitList(parameters['groups'] ?? '');
  if (group !== undefined) fail(`no such group '${group}'`);
}

function tokenOf(call: Call): TokenSeed {
  return call.host.access.accounts.token(`${need(call, 'userid')}!${need(call, 'tokenid')}`);
}

function createToken(call: Call): unknown {
  const { host, parameters } = call;
  const { accounts } = host.access;
  const id = `${accounts.user(need(call, 'userid')).id}!${need(call, 'tokenid')}`;
  if (accounts.findToken(id) !== undefined) parameterError({ tokenid: 'Token already exists.' });
  const { comment } = parameters;
  const token: TokenSeed = {
    id,
    secret: host.random.uuid(),
    privilegeSeparation: parameters['privsep'] !== '0',
    expire: integer(call, 'expire', 0),
    ...(comment === undefined ? {} : { comment }),
  };
  accounts.putToken(token);
  return { 'full-tokenid': id, info: tokenInfo(token), value: token.secret };
}

function changeToken(call: Call): unknown {
  const { privsep, comment, delete: deletes = '' } = call.parameters;
  const before = tokenOf(call);
  const unknown = splitList(deletes).find((key) => key !== 'comment');
  if (unknown !== undefined)
    changing('updating token info failed', () => parameterError({ delete: `unknown option '${unknown}'` }));
  const { comment: old, ...rest } = before;
  const kept = deletes === '' ? (comment ?? old ?? '') : '';
  const token: TokenSeed = {
    ...rest,
    expire: integer(call, 'expire', before.expire ?? 0),
    ...(privsep === undefined ? {} : { privilegeSeparation: privsep === '1' }),
    ...(kept === '' ? {} : { comment: kept }),
  };
  call.host.access.accounts.putToken(token);
  return tokenInfo(token);
}

function changeAcl(call: Call): void {
  const { parameters } = call;
  const path = normalizePath(need(call, 'path'));
  const { users = '', groups = '', tokens = '' } = parameters;
  if (users + groups + tokens === '') {
    const text = "either 'users', 'groups' or 'tokens' is required.";
    parameterError({ users: text, groups: text, tokens: text });
  }
  if (path === null || (!flag(call, 'delete') && !isAclPath(path)))
    parameterError({ path: `invalid ACL path '${need(call, 'path')}'` });
  const entries = changing('ACL update failed', () =>
    splitList(need(call, 'roles')).flatMap((role) => entriesOf(call, path, role)),
  );
  for (const entry of entries) {
    if (flag(call, 'delete')) call.host.access.withdraw(entry);
    else call.host.access.grant(entry);
  }
}

/** @throws ApiError for what does not exist, and for a role that the asker may not hand out */
function entriesOf(call: Call, path: string, role: string): AclEntry[] {
  const { access } = call.host;
  const [users = [], groups = [], tokens = []] = ['users', 'groups', 'tokens'].map((key) =>
    splitList(call.parameters[key] ?? ''),
  );
  access.roles.get(role);
  needToHandOut(call, path, role);
  if (groups[0] !== undefined) fail(`group '${groups[0]}' does not exist`);
  for (const user of users) if (!access.accounts.hasUser(user)) fail(`user '${user}' does not exist`);
  for (const token of tokens) access.accounts.token(token);
  const propagate = call.parameters['propagate'] !== '0';
  return [...users, ...tokens].map((who) => ({ path, who, role, propagate }));
}

/** Whoever may change entries only because they own what is there hands out no more than they have. */
function needToHandOut(call: Call, path: string, role: string): void {
  const { access } = call.host;
  const granted = access.permissions(call.user, path);
  if (granted.has('Permissions.Modify')) return;
  const isRemoval = flag(call, 'delete');
  const verb = isRemoval ? 'remove' : 'add';
  const propagates = call.parameters['propagate'] !== '0';
  if (role === 'NoAccess') parameterError({ role: `Cannot ${verb} role '${role}' - requires 'Permissions.Modify'` });
  for (const privilege of access.roles.get(role)) {
    const held = granted.get(privilege);
    if (held === undefined)
      parameterError({
        role: `Cannot ${verb} role '${role}' - requires 'Permissions.Modify' or superset of privileges.`,
      });
    if (propagates && !held && !isRemoval)
      parameterError({
        role: `Cannot ${verb} role '${role}' with propagation - requires 'Permissions.Modify' or propagated superset of privileges.`,
      });
  }
}
