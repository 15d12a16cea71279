/** The permission expressions of endpoints. Source: pve-access-control src/PVE/RPCEnvironment.pm. */

import type { PermissionCheck, Permissions, RawParameters } from '../schema/types.ts';
import type { Access } from './access.ts';
import { normalizePath } from './acl.ts';
import { fail, forbidden } from './errors.ts';

interface Request {
  readonly access: Access;
  readonly user: string;
  readonly parameters: RawParameters;
}

/** @param soft a failure is an answer, not an error: another alternative may hold */
type Operator = (request: Request, operands: PermissionCheck, soft: boolean) => boolean;

const OPERATORS: Readonly<Record<string, Operator>> = {
  and: (request, operands, soft) => operands.every((operand) => evaluate(request, operand as PermissionCheck, soft)),
  or: (request, operands, soft) =>
    operands.some((operand) => evaluate(request, operand as PermissionCheck, true)) || refuse(soft),
  perm: privileges,
  'perm-modify': changeOfAccess,
  'userid-param': aboutUser,
  'userid-group': changeOfUser,
};

/** @throws ApiError 403 */
export function checkPermissions(
  access: Access,
  permissions: Permissions,
  user: string,
  parameters: RawParameters,
): void {
  if (permissions.user !== undefined) return;
  if (permissions.check === undefined) {
    if (user !== 'root@pam') forbidden('user != root@pam');
    return;
  }
  evaluate({ access, user, parameters }, permissions.check, false);
}

/** What may change the entries at a path, besides the right to change all of them. */
const ALSO_CHANGES: readonly (readonly [prefix: string, privilege: string])[] = [
  ['/storage/', 'Datastore.Allocate'],
  ['/vms/', 'VM.Allocate'],
  ['/pool/', 'Pool.Allocate'],
];

export function changingPrivileges(path: string): readonly string[] {
  const also = ALSO_CHANGES.filter(([prefix]) => path.startsWith(prefix)).map(([, privilege]) => privilege);
  return ['Permissions.Modify', ...also];
}

function evaluate(request: Request, [name, ...operands]: PermissionCheck, soft: boolean): boolean {
  const operator = OPERATORS[String(name)];
  if (operator === undefined) throw new Error(`unknown permission check '${String(name)}'`);
  return operator(request, operands, soft);
}

function refuse(soft: boolean, what?: string): boolean {
  return soft ? false : forbidden(what);
}

function privileges({ access, user, parameters }: Request, operands: PermissionCheck, soft: boolean): boolean {
  const [template, wanted, ...rest] = operands as readonly [string, readonly string[], ...string[]];
  const required = rest.includes('require_param') ? rest[rest.indexOf('require_param') + 1] : undefined;
  if (required !== undefined && parameters[required] === undefined) return refuse(soft);
  const path = filled(template, parameters);
  if (rest.includes('any')) return access.hasAny(user, path, wanted) || refuse(soft, `${path}, ${wanted.join('|')}`);
  const missing = wanted.find((privilege) => !access.has(user, path, privilege));
  return missing === undefined || refuse(soft, `${path}, ${missing}`);
}

function changeOfAccess({ access, user, parameters }: Request, operands: PermissionCheck, soft: boolean): boolean {
  const path = normalizePath(filled(String(operands[0]), parameters));
  // What is no path is refused by the endpoint.
  if (path === null) return !soft;
  const wanted = changingPrivileges(path);
  return access.hasAny(user, path, wanted) || refuse(soft, `${path}, ${wanted.join('|')}`);
}

function aboutUser({ access, user, parameters }: Request, operands: PermissionCheck, soft: boolean): boolean {
  const userid = String(parameters['userid'] ?? '');
  if (operands[0] === 'self') return (userExists(access, userid, soft) && user === userid) || refuse(soft);
  const path = `/access/realm/${userid.slice(userid.lastIndexOf('@') + 1)}`;
  return access.has(user, path, 'Realm.AllocateUser') || refuse(soft, `${path}, Realm.AllocateUser`);
}

/** Groups do not exist, so whoever may not change all users may change none. */
function changeOfUser({ access, user, parameters }: Request, operands: PermissionCheck, soft: boolean): boolean {
  const [wanted, ...rest] = operands as readonly [readonly string[], ...string[]];
  if (!rest.includes('create') && !userExists(access, String(parameters['userid'] ?? ''), soft)) return false;
  if (access.hasAny(user, '/access/groups', wanted)) return true;
  return refuse(soft, rest.includes('groups_param') ? `/access/groups, ${wanted.join('|')}` : undefined);
}

function userExists({ accounts }: Access, userid: string, soft: boolean): boolean {
  return accounts.hasUser(userid) || (soft ? false : fail(`no such user ('${userid}')`));
}

function filled(template: string, parameters: RawParameters): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(parameters[key] ?? ''));
}
