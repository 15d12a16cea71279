/** A request's parameters, wherever they stand: query, form, JSON or multipart. */

import type { IncomingMessage } from 'node:http';
import type { Upload } from '../handlers/call.ts';
import { decodeForm } from '../schema/form.ts';
import type { RawParameters, RawValue } from '../schema/types.ts';
import { ApiError } from '../state/errors.ts';
import { parseMultipart } from './multipart.ts';

const FORM_LIMIT_BYTES = 512 * 1024;
const UPLOAD_LIMIT_BYTES = 512 * 1024 * 1024;

export interface ReadParameters {
  readonly values: RawParameters;
  readonly upload: Upload | null;
}

const NOTHING = Buffer.alloc(0);

/** @throws ApiError for a body that is too large or not allowed; what is left of it is not read */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const { headers, method } = request;
  if (headers['transfer-encoding'] !== undefined) throw new ApiError(501, 'chunked transfer encoding not supported');
  const length = Number(headers['content-length'] ?? 0);
  if (length === 0) return NOTHING;
  if (method !== 'PUT' && method !== 'POST') throw new ApiError(501, `Unexpected content for method '${method ?? ''}'`);
  const limit = isMultipart(request) ? UPLOAD_LIMIT_BYTES : FORM_LIMIT_BYTES;
  if (length > limit) throw new ApiError(501, 'for data too large');
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    throw new ApiError(400, 'connection closed within the request');
  }
  return Buffer.concat(chunks);
}

/** @throws ApiError for a body that cannot be read */
export function readParameters(request: IncomingMessage, body: Buffer, query: string): ReadParameters {
  const inQuery = query === '' ? null : decodeForm(query);
  if (body.length === 0) return { values: inQuery ?? {}, upload: null };
  const { values, upload } = readContent(request.headers['content-type'] ?? '', body);
  return { values: inQuery === null ? values : { ...values, ...inQuery }, upload };
}

function readContent(contentType: string, body: Buffer): ReadParameters {
  const [kind = ''] = contentType.split(/\s*[;,]\s*/);
  switch (kind.toLowerCase()) {
    case '':
    case 'application/x-www-form-urlencoded':
      return { values: decodeForm(body.toString('utf8')), upload: null };
    case 'application/json':
      return { values: fromJson(body.toString('utf8')), upload: null };
    case 'multipart/form-data':
      return parseMultipart(body, contentType) ?? malformed('multipart body without boundary');
    default:
      throw new ApiError(506, `upload 'Content-Type '${kind}' not implemented`);
  }
}

function fromJson(text: string): RawParameters {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    malformed('malformed JSON string');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    malformed('parameters must be a JSON object');
  const out: Record<string, RawValue> = Object.create(null) as Record<string, RawValue>;
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== null && entry !== undefined) out[key] = Array.isArray(entry) ? entry.map(scalar) : scalar(entry);
  }
  return out;
}

function scalar(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function malformed(message: string): never {
  throw new ApiError(400, message);
}

function isMultipart(request: IncomingMessage): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}
