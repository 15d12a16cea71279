import { findSettings } from '../../config/find-settings.ts';
import { CLUSTER_KEYS, NODE_KEYS } from '../../config/known-keys.ts';
import type { Origin, Setting } from '../../config/origin.ts';
import type { Validated } from '../../validate.ts';
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
  const nodes = result.cluster.nodes.map((node) => node.name);
  const settings = asInSchema(findSettings({ settings: result.settings, nodes }, first, second));
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

/** In the order of the schemas; what is no key of them comes last. */
function asInSchema(settings: readonly Setting[]): Setting[] {
  const place = ({ node, key }: Setting): number => {
    const keys = node === null ? CLUSTER_KEYS : NODE_KEYS;
    const position = keys.indexOf(key.replace(/[.[].*/, ''));
    return position === -1 ? keys.length : position;
  };
  return [...settings].sort((a, b) => place(a) - place(b));
}

function originText(origin: Origin, { locate }: Validated): string {
  switch (origin.kind) {
    case 'built-in':
      return origin.reason === '' ? 'built-in' : `built-in: ${origin.reason}`;
    case 'derived':
      return `derived: ${origin.reason}`;
    default: {
      const { line, column } = locate(origin.file, origin.pointer);
      const place = `${origin.kind === 'file' ? '' : `${origin.kind} `}${origin.file}:${line}:${column}`;
      return origin.with === undefined ? place : `${place}, with ${origin.with}`;
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
