/** How issues, changes and results are printed. One shape for people, one for programs. */

import type { Change, ChangeKind } from '../model/artifact.ts';
import type { Issue, Severity } from '../model/issue.ts';
import type { Session } from './session.ts';

/** What every command with `--json` prints, errors included. Fields a command has nothing for are left out. */
export interface JsonReport {
  readonly command: string;
  readonly ok: boolean;
  readonly exitCode: number;
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
  session.output.out(JSON.stringify(report, null, 2));
}

/** `nodes.yaml:12:11 VMID_DUPLICATE vm_id 101 is used by …`: one line per issue, clickable. */
export function issueLine(issue: Issue<string>): string {
  const warning = issue.severity === 'warning' ? 'warning: ' : '';
  return `${issue.file}:${issue.line}:${issue.column} ${issue.code} ${warning}${issue.message}`;
}

/** `2 errors, 1 warning` */
export function issueSummary(issues: readonly Issue<string>[]): string {
  const count = (severity: Severity): number => issues.filter((issue) => issue.severity === severity).length;
  const some = (number: number, word: string): string[] =>
    number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`];
  const parts = [...some(count('error'), 'error'), ...some(count('warning'), 'warning')];
  return parts.length === 0 ? 'no issues' : parts.join(', ');
}

/** Prints all issues and their number to stderr. */
export function printIssues(session: Session, issues: readonly Issue<string>[]): void {
  if (issues.length === 0) return;
  const { output, env } = session;
  for (const issue of issues) {
    const line = issueLine(issue);
    output.err(output.style(issue.severity === 'error' ? 'red' : 'yellow', line, 'err'));
    if (env['GITHUB_ACTIONS'] === 'true') output.err(annotation(issue));
  }
  output.err(issueSummary(issues));
}

/** A GitHub workflow command; its text is escaped as the runner unescapes it. */
function annotation({ severity, file, line, column, code, message }: Issue<string>): string {
  const text = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
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
