/** Changes of `user.cfg`: users, tokens, roles, entries and pools. */

import { ApiError } from '../state/errors.ts';

/**
 * Whatever goes wrong within such a change is answered 500 with its name in front, also a missing privilege or a wrong
 * parameter. Source: `lock_user_config` of pve-access-control src/PVE/AccessControl.pm, `stringify` of pve-common
 * src/PVE/Exception.pm.
 * @param what `create pool failed`
 */
export function changing<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, message, errors } = error;
    const lines = Object.entries(errors ?? {}).map(([key, text]) => `\n${key}: ${text}`);
    throw new ApiError(500, `${what}: ${status === 500 ? '' : `${status} `}${message}${lines.join('')}`);
  }
}
