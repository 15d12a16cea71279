import type { Origin, Setting } from '../../config/origin.ts';
import type { Validated } from '../../generate.ts';
import { UsageError } from '../../model/errors.ts';
import { nearest } from '../../model/suggest.ts';
import { validated } from '../pipeline.ts';
import { printJson } from '../report.ts';
import type { Session } from '../session.ts';

/**
 * Prints resolved values with where each came from.
 * @param first a node's name, or a key of the cluster
 * @param second a key of that node
 */
export function explain(session: Session, first: string | undefined, second: string | undefined): number {
  const result = validated(session, { trace: true });
  const settings = select(result, first, second);
  const rows = settings.map((setting) => ({
    node: setting.node,
    key: setting.key,
    value: setting.value,
    origin: originText(setting.origin, result),
  }));
  if (session.json) {
    printJson(session, { command: 'explain', ok: true, exitCode: 0, data: rows });
    return 0;
  }
  for (const line of table(session, rows)) session.output.out(line);
  return 0;
}

function select({ settings, cluster }: Validated, first: string | undefined, second: string | undefined): Setting[] {
  const latest = unique(settings);
  if (first === undefined) return latest.filter((setting) => setting.node === null);
  const names = cluster?.nodes.map((node) => node.name) ?? [];
  const [node, key] = names.includes(first) ? [first, second] : [null, first];
  const own = latest.filter((setting) => setting.node === node);
  if (key === undefined) return own;
  if (second !== undefined && node === null) throw unknown('node', first, names);
  const exact = own.filter((setting) => setting.key === key || setting.key.startsWith(`${key}.`));
  if (exact.length > 0) return exact;
  // A key that only nodes have, asked for without one: everybody's.
  const everywhere = latest.filter((setting) => setting.key === key);
  if (node === null && everywhere.length > 0) return everywhere;
  const keys = [...new Set(own.map((setting) => setting.key))];
  throw unknown(node === null ? 'node or key' : 'key', key, node === null ? [...names, ...keys] : keys);
}

function unknown(what: string, word: string, known: readonly string[]): UsageError {
  const meant = nearest(word, known);
  return new UsageError(
    `no ${what} ${word}; ${meant === null ? `there are: ${known.join(', ')}` : `did you mean ${meant}?`}`,
  );
}

/** Settings of the cluster are met once per node that asks; one line each is enough. */
function unique(settings: readonly Setting[]): Setting[] {
  return [...new Map(settings.map((setting) => [`${setting.node ?? ''}\n${setting.key}`, setting])).values()];
}

function originText(origin: Origin, { locate }: Validated): string {
  switch (origin.kind) {
    case 'built-in':
      return origin.reason === '' ? 'built-in' : `built-in: ${origin.reason}`;
    case 'derived':
      return `derived: ${origin.reason}`;
    default: {
      const { line, column } = locate(origin.file, origin.pointer);
      const place = `${origin.file}:${line}:${column}`;
      return origin.kind === 'file' ? place : `${origin.kind} ${place}`;
    }
  }
}

interface Row {
  readonly node: string | null;
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

function table(session: Session, rows: readonly Row[]): string[] {
  const manyNodes = new Set(rows.map((row) => row.node)).size > 1;
  const cells = rows.map(
    (row) => [manyNodes ? `${row.node ?? ''} ${row.key}` : row.key, valueText(row.value), row.origin] as const,
  );
  const width = (column: 0 | 1): number => Math.min(60, Math.max(...cells.map((cell) => cell[column].length)));
  return cells.map(
    ([key, value, origin]) =>
      `${key.padEnd(width(0))}  ${value.padEnd(width(1))}  ${session.output.style('dim', origin)}`,
  );
}

function valueText(value: unknown): string {
  if (value === null) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
