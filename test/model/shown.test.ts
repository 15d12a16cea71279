/** What others wrote stands in a message without what a terminal obeys or hides, and without secrets. */

import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { holdsCredential, invisibleIn, message, shown, shownKey, visible } from '../../src/model/shown.ts';

const SECRET = 'S3cr3t-c4n4ry';

describe('a secret in the wrong place', () => {
  it.each([
    `user@pve!id=${SECRET}`,
    `jane@corp.example@oidc!id=${SECRET}`,
    `PVEAPIToken=user@pve!id=${SECRET}`,
    `https://root:${SECRET}@10.10.10.2:8006`,
    `https://root:a/b@${SECRET}@10.10.10.2`,
    `https://${SECRET}@git.example.org/x`,
    `ssh://u:${SECRET}@h`,
    `root:${SECRET}@10.10.10.2:8006`,
    `user@pve!id:${SECRET}`,
    `AGE-SECRET-KEY-1${SECRET.toUpperCase()}`,
    `age-secret-key-1${SECRET}`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET}\n-----END OPENSSH PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----${SECRET}`,
    `password=${SECRET}`,
    `TOKEN = ${SECRET}`,
    `password = "${SECRET}"`,
    `passphrase='${SECRET}'`,
    `ghp_${SECRET}`,
  ])('%s reaches no message, as a value, as a key or within a sentence', (text) => {
    for (const told of [shown(text), shownKey(text), message(`node "a": x must be y, not ${text}; write z`)]) {
      expect(told.toLowerCase()).not.toContain(SECRET.toLowerCase());
      expect(told.toLowerCase()).not.toContain('c4n4ry');
    }
  });

  it('is also the secret alone, which Proxmox VE makes a UUID', () => {
    expect(shown('0f9c1b2a-7d1e-4c55-9c0e-6f2f1d3a4b5c')).toBe('"…"');
  });

  it('takes nothing else along', () => {
    for (const text of [
      'automation@pve!talmox',
      'https://10.10.10.2:8006',
      'http://10.10.10.9:8080/x',
      'cp-1',
      '52:54:00:12:34:56',
      'fd00::1%eth0',
      'registry.example:5000/a/b@sha256:0123abcd',
      'ghcr.io/a/b:v1@sha256:0123abcd',
      'admin@example.org',
      'tokens are in the environment',
    ])
      expect(shown(text)).toBe(`"${text}"`);
  });
});

describe('what a message repeats', () => {
  it('is short, on one line, and visible, whatever it was', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme' })), (text) => {
        for (const told of [shown(text), shownKey(text)]) {
          expect(told.length).toBeLessThanOrEqual(70);
          expect(told).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is cut where it is long, never within a character', () => {
    expect(shown('x'.repeat(9_000_000))).toBe(`"${'x'.repeat(56)}…`);
    expect(shown('x'.repeat(58))).toBe(`"${'x'.repeat(58)}"`);
    expect(shown('x'.repeat(59))).toBe(`"${'x'.repeat(56)}…`);
    expect(shown('x'.repeat(55) + '😀'.repeat(9))).toBe(`"${'x'.repeat(55)}…`);
  });

  it('is a message of two thousand characters at most', () => {
    expect(message('x'.repeat(2000))).toBe('x'.repeat(2000));
    expect(message('x'.repeat(2001))).toBe(`${'x'.repeat(2000)}…`);
  });
});

describe('how much of a text is searched', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(['x', 'user@pve!id=', 'AGE', '-----BEGIN ', 'https://a', '\u{1F600}', '\u202e'])(
    'is its beginning, however long it is: %j',
    (part) => {
      const long = part.repeat(200_000);
      const lengths: number[] = [];
      const exec = RegExp.prototype.exec;
      // Every way to use a pattern goes through this one.
      vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text: string) {
        lengths.push(text.length);
        return exec.call(this, text);
      });
      const told = [shown(long), shownKey(long), message(long)];
      vi.restoreAllMocks();
      expect(told.every((text) => text.length <= 2001)).toBe(true);
      expect(lengths.length).toBeGreaterThan(10);
      // Each character of the beginning may be an escape of six.
      expect(Math.max(...lengths)).toBeLessThanOrEqual(6 * 8000 + 2);
    },
  );

  it('is gone through once: a word that could begin a URL at each letter', () => {
    const word = 'a'.repeat(60_000);
    // In steps that grow with the square of the length these are minutes.
    for (const text of [`${word}=`, `${'a://'.repeat(15_000)}=`, `${'a.'.repeat(30_000)}=`])
      for (let times = 0; times < 20; times += 1) expect(holdsCredential(text)).toBe(false);
    expect(holdsCredential(`${word}://jo:word@host`)).toBe(true);
    expect(shown(`see "https://jo:${SECRET}@a/b" and ssh://${SECRET}@c`)).toBe(
      String.raw`"see \"https://…@a/b\" and ssh://…@c"`,
    );
  });
});

describe('what nobody sees', () => {
  it.each([
    '\u202e',
    '\u2067',
    '\u200b',
    '\u00ad',
    '\u034f',
    '\u115f',
    '\ufe0f',
    '\u001b',
    '\u009b',
    '\r',
    '\ud800',
    '\ufffe',
  ])('is found and named: %j', (character) => {
    expect(invisibleIn(`a${character}b`)).toBe(character);
    expect(visible(`a${character}b`)).toBe(`a\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}b`);
  });

  it('is a pair of escapes beyond the first plane, as in JSON', () => {
    expect(JSON.parse(visible(JSON.stringify('\u{e0041}')))).toBe('\u{e0041}');
  });

  it('is no letter of any script, no sign and no picture', () => {
    for (const text of ['Grüße', 'עברית', '日本語', '😀', '–…½', 'a\tb\nc', '\u00a0']) expect(visible(text)).toBe(text);
  });
});
