/** `multipart/form-data`, as uploads come. */

import type { Upload } from '../handlers/call.ts';
import type { RawParameters } from '../schema/types.ts';

export interface Multipart {
  readonly values: RawParameters;
  readonly upload: Upload | null;
}

/** @returns `null` where the body is no such thing */
export function parseMultipart(body: Buffer, contentType: string): Multipart | null {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;,]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return null;
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  let upload: Upload | null = null;
  for (const part of partsOf(body, `--${mark}`)) {
    const head = part.head.toString('utf8');
    const name = /\bname="([^"]*)"/i.exec(head)?.[1];
    const fileName = /\bfilename="([^"]*)"/i.exec(head)?.[1];
    if (fileName !== undefined) {
      upload = { fileName, size: part.content.length };
      values['filename'] = fileName;
    } else if (name !== undefined) values[name] = part.content.toString('utf8');
  }
  return { values, upload };
}

interface Part {
  readonly head: Buffer;
  readonly content: Buffer;
}

/** A part lies between two marks, without the line break before the second. */
function partsOf(body: Buffer, mark: string): Part[] {
  const parts: Part[] = [];
  let start = body.indexOf(mark);
  while (start !== -1) {
    const next = body.indexOf(mark, start + mark.length);
    if (next === -1) break;
    const part = body.subarray(start + mark.length + 2, Math.max(start + mark.length + 2, next - 2));
    const split = part.indexOf('\r\n\r\n');
    if (split !== -1) parts.push({ head: part.subarray(0, split), content: part.subarray(split + 4) });
    start = next;
  }
  return parts;
}
