/** How issues, changes and results are printed. One shape for people, one for programs. */

import type { Change, ChangeKind } from '../model/artifact.ts';
import type { Issue, Severity } from '../model/issue.ts';
import { pointerKeys, pointerSegment } from '../model/pointer.ts';
import { message } from '../model/shown.ts';
import type { Session } from './session.ts';

/** What every command with `--json` prints, errors included. Fields a command has nothing for are left out. */
export interface JsonReport {
  readonly command: string;
  readonly ok: boolean;
  readonly exitCode: number;
  /** The first of them, errors before warnings; `issueCount` has the number of all. */
  readonly issues?: readonly Issue<string>[];
  readonly changes?: readonly JsonChange[];
  readonly error?: { readonly code: string; readonly message: string };
  /** What else the command has to say. */
  readonly data?: unknown;
}

/** One path under `out/` that is not as rendered. */
export interface JsonChange {
  readonly kind: ChangeKind;
  /** The word of `check`. */
  readonly state: State;
  readonly path: string;
  /** Unified, from what is on disk to what was rendered. */
  readonly diff?: string;
}

export type State = 'current' | 'stale' | 'missing' | 'hand-edited' | 'extra';

const STATES: Readonly<Record<ChangeKind, State>> = {
  same: 'current',
  update: 'stale',
  delete: 'stale',
  create: 'missing',
  missing: 'missing',
  'hand-edited': 'hand-edited',
  extra: 'extra',
};

/** What `check` calls a change. */
export function stateOf({ kind }: Change): State {
  return STATES[kind];
}

export function jsonChange(change: Change, diff?: string): JsonChange {
  const { kind, path } = change;
  return { kind, state: stateOf(change), path, ...(diff === undefined ? {} : { diff }) };
}

export function printJson(session: Session, report: JsonReport): void {
  const { issues, error } = report;
  const told =
    issues === undefined
      ? {}
      : {
          issues: first(issues, JSON_ISSUES).map(tellable),
          issueCount: { errors: count(issues, 'error'), warnings: count(issues, 'warning') },
        };
  const failure = error === undefined ? {} : { error: { ...error, message: message(error.message) } };
  session.output.out(JSON.stringify({ ...report, ...told, ...failure }, null, 2));
}

/** Issues that a run prints, and that JSON holds: a file that is wrong throughout is mended from its beginning. */
const PRINTED_ISSUES = 100;
const JSON_ISSUES = 1000;

/** Errors before warnings where not all of them are told. */
function first(issues: readonly Issue<string>[], most: number): readonly Issue<string>[] {
  if (issues.length <= most) return issues;
  const errors = issues.filter(({ severity }) => severity === 'error').slice(0, most);
  const warnings = issues.filter(({ severity }) => severity === 'warning').slice(0, most - errors.length);
  const told = new Set([...errors, ...warnings]);
  return issues.filter((issue) => told.has(issue));
}

function tellable(issue: Issue<string>): Issue<string> {
  // A key may be a secret in the wrong place, too.
  const pointer = pointerKeys(issue.pointer).map((key) => `/${pointerSegment(message(key))}`);
  return { ...issue, pointer: pointer.join(''), message: message(issue.message) };
}

function count(issues: readonly Issue<string>[], severity: Severity): number {
  return issues.filter((issue) => issue.severity === severity).length;
}

/** `nodes.yaml:12:11 VMID_DUPLICATE vm_id 101 is used by …`: one line per issue, clickable. */
export function issueLine(issue: Issue<string>): string {
  const warning = issue.severity === 'warning' ? 'warning: ' : '';
  return `${issue.file}:${issue.line}:${issue.column} ${issue.code} ${warning}${message(issue.message)}`;
}

/** `2 errors, 1 warning` */
export function issueSummary(issues: readonly Issue<string>[]): string {
  const some = (severity: Severity): string[] => {
    const number = count(issues, severity);
    return number === 0 ? [] : [`${number} ${severity}${number === 1 ? '' : 's'}`];
  };
  const parts = [...some('error'), ...some('warning')];
  return parts.length === 0 ? 'no issues' : parts.join(', ');
}

/** Prints the first issues, what more there are, and the number of all to stderr. */
export function printIssues(session: Session, issues: readonly Issue<string>[]): void {
  if (issues.length === 0) return;
  const { output, env } = session;
  const told = first(issues, PRINTED_ISSUES);
  for (const issue of told) {
    const line = issueLine(issue);
    output.err(output.style(issue.severity === 'error' ? 'red' : 'yellow', line, 'err'));
    if (env['GITHUB_ACTIONS'] === 'true') output.err(annotation(issue));
  }
  if (told.length < issues.length) output.err(moreIssues(issues, told));
  output.err(issueSummary(issues));
}

/** `… and 4900 more: 4000 SCHEMA_TYPE and 900 SCHEMA_RANGE in nodes.yaml` */
function moreIssues(issues: readonly Issue<string>[], told: readonly Issue<string>[]): string {
  const known = new Set(told);
  const files = new Map<string, Map<string, number>>();
  for (const issue of issues) {
    if (known.has(issue)) continue;
    const codes = files.get(issue.file) ?? new Map<string, number>();
    files.set(issue.file, codes.set(issue.code, (codes.get(issue.code) ?? 0) + 1));
  }
  const parts = [...files].map(
    ([file, codes]) => `${[...codes].map(([code, number]) => `${number} ${code}`).join(' and ')} in ${file}`,
  );
  return `… and ${issues.length - told.length} more: ${parts.join(', ')}`;
}

/** A GitHub workflow command; its text is escaped as the runner unescapes it. */
function annotation({ severity, file, line, column, code, message: raw }: Issue<string>): string {
  const text = message(raw).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return `::${severity} file=${file},line=${line},col=${column},title=${code}::${text}`;
}

/** Do these issues end a run? */
export function areFatal(session: Session, issues: readonly Issue<string>[]): boolean {
  return issues.some((issue) => issue.severity === 'error' || session.strict);
}

const WORDS: Readonly<Record<ChangeKind, string>> = {
  same: 'unchanged',
  create: 'created',
  missing: 'restored',
  update: 'updated',
  delete: 'deleted',
  'hand-edited': 'overwritten',
  extra: 'extra',
};

/** `updated out/talos/nodes/cp-1.yaml` */
export function changeLine(session: Session, change: Change): string {
  const { output } = session;
  const style = change.kind === 'delete' ? 'red' : change.kind === 'create' ? 'green' : 'yellow';
  return `${output.style(style, WORDS[change.kind].padEnd(11))} out/${change.path}`;
}

/** `3 created, 1 updated` */
export function changeSummary(changes: readonly Change[]): string {
  const kinds = Object.keys(WORDS) as ChangeKind[];
  const parts = kinds.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return kind === 'same' || kind === 'extra' || count === 0 ? [] : [`${count} ${WORDS[kind]}`];
  });
  return parts.length === 0 ? 'nothing changed' : parts.join(', ');
}
