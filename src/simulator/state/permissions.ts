/** The permission expressions of endpoints. Source: pve-access-control src/PVE/RPCEnvironment.pm. */

import type { PermissionCheck, Permissions, RawParameters } from '../schema/types.ts';
import type { Access } from './access.ts';
import { forbidden } from './errors.ts';

interface Request {
  readonly access: Access;
  readonly user: string;
  readonly parameters: RawParameters;
}

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

/** @param soft a failure is an answer, not an error: another alternative may hold */
function evaluate(request: Request, [operator, ...operands]: PermissionCheck, soft: boolean): boolean {
  if (operator === 'and') return operands.every((operand) => evaluate(request, operand as PermissionCheck, soft));
  if (operator === 'or') {
    if (operands.some((operand) => evaluate(request, operand as PermissionCheck, true))) return true;
    return soft ? false : forbidden();
  }
  return operator === 'perm' ? evaluatePrivileges(request, operands, soft) : true;
}

function evaluatePrivileges({ access, user, parameters }: Request, operands: PermissionCheck, soft: boolean): boolean {
  const [template, privileges, ...rest] = operands as readonly [string, readonly string[], ...string[]];
  const option = (name: string): string | undefined => rest[rest.indexOf(name) + 1];
  const required = rest.includes('require_param') ? option('require_param') : undefined;
  if (required !== undefined && parameters[required] === undefined) return false;
  const path = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(parameters[key] ?? ''));
  if (rest.includes('any')) {
    if (soft) return privileges.some((privilege) => access.has(user, path, privilege));
    access.needAny(user, path, privileges);
    return true;
  }
  if (soft) return privileges.every((privilege) => access.has(user, path, privilege));
  access.need(user, path, ...privileges);
  return true;
}
