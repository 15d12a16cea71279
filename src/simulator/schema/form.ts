/** Form decoding as Proxmox' own HTTP server does it, quirks included. */

import type { RawParameters, RawValue } from './types.ts';

/**
 * Decodes `application/x-www-form-urlencoded` text or a query string.
 *
 * Pairs end at `&` and at `;`; a second unescaped `=` cuts the value; a key without `=` is dropped; a repeated key
 * makes a list.
 */
export function decodeForm(text: string): RawParameters {
  const out: Record<string, RawValue> = Object.create(null) as Record<string, RawValue>;
  for (const pair of text.split(/[&;]/)) {
    const [rawKey = '', rawValue] = pair.split('=');
    if (pair === '' || rawValue === undefined) continue;
    const key = decodePercent(rawKey);
    const value = decodePercent(rawValue);
    const before = out[key];
    out[key] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
  }
  return out;
}

/** `%XX` and `+`, read as UTF-8; a broken escape stays as it is, a broken sequence becomes U+FFFD. */
function decodePercent(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return decodePath(spaced);
}

/** The same without `+`: paths keep it. */
export function decodePath(text: string): string {
  if (!text.includes('%')) return text;
  const bytes: number[] = [];
  const utf8 = new TextEncoder().encode(text);
  for (let i = 0; i < utf8.length; i++) {
    const byte = utf8[i] ?? 0;
    const high = hexDigit(utf8[i + 1]);
    const low = hexDigit(utf8[i + 2]);
    if (byte === 0x25 && high !== null && low !== null) {
      bytes.push(high * 16 + low);
      i += 2;
    } else bytes.push(byte);
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function hexDigit(code: number | undefined): number | null {
  if (code === undefined) return null;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : null;
}
