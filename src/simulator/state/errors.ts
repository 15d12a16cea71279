/** How a handler says no: what the server turns into status, reason phrase and body. */

import type { ParameterErrors } from '../schema/types.ts';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly errors: ParameterErrors | null;
  constructor(status: number, message: string, errors: ParameterErrors | null = null) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  /**
   * As Perl prints it where it is caught, in a task's end or inside another message: what `die` said as it is, an
   * exception with its code and its parameters. Source: pve-common src/PVE/Exception.pm.
   */
  get printed(): string {
    const code = this.status === 500 ? '' : `${this.status} `;
    const errors = Object.entries(this.errors ?? {}).map(([key, text]) => `${key}: ${text.trim()}`);
    return [`${code}${this.message}`, ...errors].join('\n');
  }
}

/** What a Perl `die` becomes. */
export function fail(message: string): never {
  throw new ApiError(500, message);
}

export function parameterError(errors: ParameterErrors): never {
  throw new ApiError(400, 'Parameter verification failed.', errors);
}

/** @param what `/path, Privilege` */
export function forbidden(what?: string): never {
  throw new ApiError(403, what === undefined ? 'Permission check failed' : `Permission check failed (${what})`);
}

/** What the simulator does not do, said plainly. */
export function notSimulated(what: string): never {
  throw new ApiError(501, `${what} is not simulated`);
}
