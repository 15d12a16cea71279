/** Answers as Proxmox' HTTP server writes them. */

import type { ServerResponse } from 'node:http';
import { Answer } from '../handlers/answer.ts';
import type { ParameterErrors } from '../schema/types.ts';

export interface Reply {
  readonly status: number;
  /** The reason phrase: clients read messages from it. */
  readonly reason: string;
  /** `null`: no body. */
  readonly body: string | null;
}

export function success(result: unknown): Reply {
  const { data, attributes } = result instanceof Answer ? result : { data: result, attributes: {} };
  return { status: 200, reason: 'OK', body: JSON.stringify({ data: data ?? null, ...attributes }) };
}

export function failure(status: number, message: string, errors: ParameterErrors | null): Reply {
  const reason = phrase(message);
  // A refused login has no body.
  if (status === 401) return { status, reason, body: null };
  return {
    status,
    reason,
    body: JSON.stringify({ data: null, message: `${message}\n`, ...(errors === null ? {} : { errors }) }),
  };
}

/** The first line, in the characters that a status line may have. */
function phrase(message: string): string {
  const [line = ''] = message.split(/[\r\n]/);
  return line.replaceAll(/[^\t\x20-\x7e]/g, '?');
}

export function send(response: ServerResponse, { status, reason, body }: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const text = body ?? '';
  response.writeHead(status, reason, {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'max-age=0',
    Pragma: 'no-cache',
    Server: 'pve-api-daemon/3.0',
    ...(status >= 400 ? { Connection: 'close' } : {}),
  });
  response.end(text);
}
