/** How an error is shown: as text or JSON, and as an exit code. */

import type { Change } from '../model/artifact.ts';
import { InvalidInputError, StaleOutputError, ToolError } from '../model/errors.ts';
import { message } from '../model/shown.ts';
import { coloured, unified } from './patch.ts';
import { jsonChange, printIssues, printJson, type JsonReport } from './report.ts';
import type { Session } from './session.ts';

/** Exit code of a bug in talmox. */
const INTERNAL_ERROR = 70;

/** More hand-edited files than this are not shown, only named. */
const SHOWN_PATCHES = 3;

/** Lines of an error that are printed. */
const SHOWN_LINES = 100;

export function exitCodeOf(error: unknown): number {
  return error instanceof ToolError ? error.exitCode : INTERNAL_ERROR;
}

/** Prints an error once, in the form that was asked for. */
export async function printError(session: Session, command: string, error: unknown, debug = false): Promise<void> {
  const patches = error instanceof StaleOutputError ? await patchesOf(error.changes) : new Map<Change, string>();
  if (session.json) {
    printJson(session, errorReport(command, error, patches));
    return;
  }
  const { output } = session;
  const text = textOf(error);
  if (error instanceof InvalidInputError) {
    printIssues(session, error.issues);
  } else if (error instanceof ToolError) {
    for (const patch of [...patches.values()].slice(0, SHOWN_PATCHES)) output.err(coloured(session, patch, 'err'));
    if (patches.size > SHOWN_PATCHES)
      output.err(`… and ${patches.size - SHOWN_PATCHES} more: \`talmox diff\` shows all`);
    output.err(output.style('red', `talmox: ${text}`, 'err'));
  } else {
    output.err(output.style('red', `talmox: internal error: ${text}`, 'err'));
    output.err(
      debug && error instanceof Error
        ? (error.stack ?? '').split('\n').map(message).join('\n')
        : 'This is a bug in talmox; --debug shows where it happened.',
    );
  }
}

/** Line by line: an error may list what is wrong with many files. */
function textOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  const more = lines.length > SHOWN_LINES ? [`… and ${lines.length - SHOWN_LINES} more`] : [];
  return [...lines.slice(0, SHOWN_LINES).map(message), ...more].join('\n');
}

/** What `configure --force` would do to each hand-edited file. */
async function patchesOf(changes: readonly Change[]): Promise<Map<Change, string>> {
  const edited = changes.filter((change) => change.kind === 'hand-edited');
  return new Map(await Promise.all(edited.map(async (change) => [change, await unified(change)] as const)));
}

function errorReport(command: string, error: unknown, patches: ReadonlyMap<Change, string>): JsonReport {
  return {
    command,
    ok: false,
    exitCode: exitCodeOf(error),
    ...(error instanceof InvalidInputError ? { issues: error.issues } : {}),
    ...(error instanceof StaleOutputError
      ? { changes: error.changes.map((change) => jsonChange(change, patches.get(change))) }
      : {}),
    error: {
      code: error instanceof ToolError ? error.code : 'INTERNAL',
      message: textOf(error),
    },
  };
}
