/**
 * How what somebody else wrote stands in a message: short, on one line, with nothing in it that a terminal obeys or
 * hides, and without what looks like a secret that was pasted into the wrong place.
 */

/** Characters of a value or key that a message repeats. */
const SHOWN_LENGTH = 60;

/** Characters of a whole message: the longest one of our own is below half of this. */
const MESSAGE_LENGTH = 2000;

/**
 * What nobody sees: control characters but tab and line feed, marks that turn the direction of text, characters without
 * width, halves of a pair, and what is no character at all. No output language carries all of them safely.
 */
const INVISIBLE =
  /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;
const ALL_INVISIBLE = new RegExp(INVISIBLE.source, 'gu');

/** What most texts are made of: nothing to look for. */
const PLAIN = /^[\t\n -~]*$/;

const HIDDEN = '…';

/** Pasted in the place of the public one. */
const AGE_KEY = /AGE-(?:SECRET-KEY|PLUGIN)-[0-9A-Z-]*/i;

type Pattern = readonly [pattern: RegExp, instead: string];

/** What is a credential wherever it stands, and what stands there instead. */
const CREDENTIALS: readonly Pattern[] = [
  [new RegExp(AGE_KEY.source, 'gi'), HIDDEN],
  [/-----BEGIN [A-Z ]*PRIVATE KEY[^]*?(?:-----END[^-]*-----|$)/g, HIDDEN],
  // user:password@ in front of a host; a password may hold slashes. Looked for once in every word, from its beginning:
  // each letter could begin a scheme.
  [/(?<![^\s"'])(?=([^\s"']*?[a-z0-9+.-]:\/\/))\1[^\s"']*@/gi, `$1${HIDDEN}@`],
  // user@realm!name=secret, or with a colon as in files of logins
  [/(@[\w.-]+![\w.-]+)(\s*=\s*|:)[^\s"',;]+/g, `$1$2${HIDDEN}`],
  [/((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key)\s*=\s*(?:\\?["'])?)[^\s"',;\\]+/gi, `$1${HIDDEN}`],
];

/** What may be one, and is better not repeated. */
const SUSPECTS: readonly Pattern[] = [
  [/-----BEGIN[^]*?(?:-----END[^-]*-----|$)/g, HIDDEN],
  // user:password@ without a scheme; no digest of an image.
  [/(?<![\w.@!-])([\w.-]+):[^\s"'@/]+@(?!sha\d)(?=[\w[])/g, `$1:${HIDDEN}@`],
  // Secrets of Proxmox VE are UUIDs.
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, HIDDEN],
  [/\beyJ[\w-]{8,}(?:\.[\w-]*)*/g, HIDDEN],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|sk-)[\w-]{8,}/g, HIDDEN],
];

/** Each of the credentials has one of these. */
const MAY_HOLD_ONE = /[=@]|-----BEGIN|AGE-/i;

/** The first character that nobody sees, or `null`. */
export function invisibleIn(text: string): string | null {
  return PLAIN.test(text) ? null : (INVISIBLE.exec(text)?.[0] ?? null);
}

/** Every character that nobody sees as the escape that JSON has for it: `\u202e`. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(ALL_INVISIBLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Does a text hold a credential? */
export function holdsCredential(text: string): boolean {
  return MAY_HOLD_ONE.test(text) && CREDENTIALS.some(([pattern]) => text.search(pattern) >= 0);
}

/** What looks like a secret is left out. */
export function withoutSecrets(text: string): string {
  return [...CREDENTIALS, ...SUSPECTS].reduce((whole, [pattern, instead]) => whole.replace(pattern, instead), text);
}

/** A value as the user wrote it, short enough for a message. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  // Digits beyond this are not what the file says any more.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'a number beyond all limits';
  if (typeof value !== 'string') return shortened(String(value));
  const searched = start(value);
  if (AGE_KEY.test(searched)) return 'a private key of age';
  return shortened(visible(JSON.stringify(withoutSecrets(searched))));
}

/** A key in a message: as it is, or quoted where it would not read as one word. */
export function shownKey(key: string): string {
  const isWord = key.length <= SHOWN_LENGTH && /^[\w.:/-]+$/.test(key);
  return isWord && withoutSecrets(key) === key ? key : shown(key);
}

/** A whole message that others' words are part of. */
export function message(text: string): string {
  const line = visible(withoutSecrets(start(text)));
  return line.length > MESSAGE_LENGTH ? `${ends(line, MESSAGE_LENGTH)}…` : line;
}

/** What is cut off anyway is not searched: a secret may be as long as a file. */
function start(text: string): string {
  return ends(text, 4 * MESSAGE_LENGTH);
}

function shortened(text: string): string {
  return text.length > SHOWN_LENGTH ? `${ends(text, SHOWN_LENGTH - 3)}…` : text;
}

/** The first characters of a text; a pair of surrogates stays whole. */
function ends(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
}
