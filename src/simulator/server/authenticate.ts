/** Who sent a request. */

import type { IncomingHttpHeaders } from 'node:http';
import { decodePath } from '../schema/form.ts';
import type { Access } from '../state/access.ts';
import { ApiError } from '../state/errors.ts';

const TICKET_LIFETIME_SECONDS = 2 * 3600;

/**
 * By token, or by ticket with its CSRF token where something is written.
 * @param seconds now
 * @returns `user@realm` or `user@realm!token`
 * @throws ApiError 401
 */
export function authenticate(access: Access, headers: IncomingHttpHeaders, method: string, seconds: number): string {
  const token = /^PVEAPIToken[=:]\s*([^=\s]+)=(\S*)$/.exec(headers.authorization ?? '');
  if (token !== null) {
    const [, id = '', secret = ''] = token;
    return access.accounts.isSecret(id, secret) ? id : refuse('Authentication failed!');
  }
  const cookie = /(?:^|;\s*)PVEAuthCookie=([^;]+)/.exec(headers.cookie ?? '')?.[1];
  if (cookie === undefined) return refuse('No ticket');
  const user = ticketUser(access, decodePath(cookie), seconds);
  if (method !== 'GET' && !isCsrf(access, user, headers['csrfpreventiontoken']))
    refuse('Permission denied - invalid csrf token');
  return user;
}

function ticketUser(access: Access, ticket: string, seconds: number): string {
  const match = /^PVE:([^:]+):([0-9A-F]{8,}):+([0-9a-f]+)$/.exec(ticket);
  const [, user = '', issued = '', secret] = match ?? [];
  const isFresh = Math.abs(seconds - parseInt(issued, 16)) < TICKET_LIFETIME_SECONDS;
  return match !== null && isFresh && secret === access.ticketSecret(user, issued)
    ? user
    : refuse('invalid PVE ticket');
}

function isCsrf(access: Access, user: string, header: string | string[] | undefined): boolean {
  const [issued = '', secret] = String(header ?? '').split(':');
  return secret === access.csrfSecret(user, issued);
}

function refuse(reason: string): never {
  throw new ApiError(401, reason);
}
