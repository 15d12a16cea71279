/**
 * Strings as Go's yaml prints them (go.yaml.in/yaml/v4, which the Image Factory marshals with): plain
 * where that reads back as the same string, in double quotes where it would read as something else, in
 * single quotes where it holds characters that have a meaning in YAML. A schematic id is a hash of this text.
 */

/** @param text printable ASCII on one line */
export function goScalar(text: string): string {
  if (!readsAsText(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return canStandPlain(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Booleans of YAML 1.1: still quoted, for programs that read YAML 1.1. */
const OLD_BOOL = /^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;
const WORD = /^(?:true|True|TRUE|false|False|FALSE|~|null|Null|NULL|<<|\.nan|\.NaN|\.NAN|[-+]?\.(?:inf|Inf|INF))?$/;
/** Clock times and angles, numbers to the base of 60. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const BASED = /^([-+]?)0(?:[xX]([0-9a-fA-F]+)|[oO]([0-7]+)|[bB]([01]+))$/;

function readsAsText(text: string): boolean {
  // After a sign or a digit an underscore may be anywhere in a number, after a point only between digits.
  const number = text.replace(/^[-+0-9]/.test(text) ? /_/g : /(?<=[0-9])_(?=[0-9])/g, '');
  return !(
    isFloat(number) ||
    isBased(number) ||
    WORD.test(text) ||
    OLD_BOOL.test(text) ||
    BASE_60.test(text) ||
    isTimestamp(text)
  );
}

/** Go reads no number of more than 64 bits. */
function isFloat(text: string): boolean {
  return FLOAT.test(text) && Number.isFinite(Number(text));
}

function isBased(text: string): boolean {
  const [, sign = '', hex, octal, binary] = BASED.exec(text) ?? [];
  const digits = hex === undefined ? (octal === undefined ? binary && `0b${binary}` : `0o${octal}`) : `0x${hex}`;
  if (digits === undefined || digits === '') return false;
  const value = BigInt(digits);
  return value < 1n << 63n || (sign === '' && value < 1n << 64n) || (sign === '-' && value === 1n << 63n);
}

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})/;
const CLOCK =
  /^(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+](\d{2}):(\d{2}))| +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/;

function isTimestamp(text: string): boolean {
  const date = DATE.exec(text);
  const clock = date === null ? null : CLOCK.exec(text.slice(date[0].length));
  if (date === null || clock === null) return false;
  const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
  const [hour, minute, second] = [clock[1] ?? clock[6], clock[2] ?? clock[7], clock[3] ?? clock[8]].map((part) =>
    Number(part ?? 0),
  ) as [number, number, number];
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    Number(clock[4] ?? 0) <= 24 &&
    Number(clock[5] ?? 0) <= 60
  );
}

function canStandPlain(text: string): boolean {
  return !/^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`])|^[-?:](?: |$)|:(?: |$)| #|^ | $/.test(text);
}
