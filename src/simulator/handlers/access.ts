/** `/access`: tickets, and who may do what. */

import { ApiError, forbidden } from '../state/errors.ts';
import { need, type Call, type Handlers } from './call.ts';

export const ACCESS_HANDLERS: Handlers = {
  'POST /access/ticket': ticket,
  'GET /access/domains': () => [
    { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
    { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' },
  ],
  'GET /access/permissions': permissions,
  'GET /access/roles': ({ host }) =>
    [...host.access.roles()].map(([roleid, privileges]) => ({
      roleid,
      privs: [...privileges].sort().join(','),
      special: roleid === 'NoAccess' || roleid === 'Administrator' || roleid.startsWith('PVE') ? 1 : 0,
    })),
  'GET /access/users': ({ host }) =>
    host.access.users().map(({ id }) => ({ userid: id, enable: 1, expire: 0, 'realm-type': id.split('@')[1] })),
  'GET /access/acl': ({ host, user }) => {
    const mayAudit = ['Sys.Audit', 'Permissions.Modify'].some((privilege) =>
      host.access.has(user, '/access', privilege),
    );
    return mayAudit
      ? host.access.acl().map(({ path, who, role, propagate }) => ({
          path,
          ugid: who,
          roleid: role,
          type: who.includes('!') ? 'token' : 'user',
          propagate: propagate === false ? 0 : 1,
        }))
      : [];
  },
};

function ticket(call: Call): unknown {
  const { host, parameters } = call;
  const name = need(call, 'username');
  const user = name.includes('@') ? name : `${name}@${parameters['realm'] ?? 'pam'}`;
  if (!host.access.isPassword(user, need(call, 'password'))) throw new ApiError(401, 'authentication failure');
  const issued = host.seconds().toString(16).toUpperCase().padStart(8, '0');
  return {
    username: user,
    ticket: `PVE:${user}:${issued}::${host.access.ticketSecret(user, issued)}`,
    CSRFPreventionToken: `${issued}:${host.access.csrfSecret(user, issued)}`,
    cap: {},
  };
}

const PATHS = ['/', '/access', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

function permissions({ host, user, parameters }: Call): unknown {
  const { userid = user, path } = parameters;
  const isOwn = userid === user || userid.startsWith(`${user}!`);
  if (!isOwn && !host.access.has(user, '/access', 'Sys.Audit')) forbidden('/access, Sys.Audit');
  const paths = path === undefined ? PATHS : [path];
  const everything = host.access.roles().get('Administrator') ?? new Set<string>();
  const entries = paths.map((at) => {
    const granted = host.access.privileges(userid, at) ?? everything;
    return [at, Object.fromEntries([...granted].sort().map((privilege) => [privilege, 1]))] as const;
  });
  return Object.fromEntries(entries.filter(([, granted]) => Object.keys(granted).length > 0));
}
