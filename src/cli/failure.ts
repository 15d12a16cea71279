/** How an error reaches the user: words (or JSON) and an exit code. */

import { InvalidInputError, ToolError } from '../model/errors.ts';
import { printIssues, printJson } from './report.ts';
import type { Session } from './session.ts';

/** Exit code of what is nobody's input: a bug of talmox. */
export const INTERNAL_ERROR = 70;

export function exitCodeOf(error: unknown): number {
  return error instanceof ToolError ? error.exitCode : INTERNAL_ERROR;
}

/** Prints an error once, in the form that was asked for. */
export function printError(session: Session, command: string, error: unknown, debug = false): void {
  const exitCode = exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (session.json) {
    const code = error instanceof ToolError ? error.code : 'INTERNAL';
    const issues = error instanceof InvalidInputError ? { issues: error.issues } : {};
    printJson(session, { command, ok: false, exitCode, ...issues, error: { code, message } });
    return;
  }
  if (error instanceof InvalidInputError) {
    printIssues(session, error.issues);
    return;
  }
  const { output } = session;
  if (error instanceof ToolError) {
    output.err(output.style('red', `talmox: ${message}`, 'err'));
    return;
  }
  output.err(output.style('red', `talmox: internal error: ${message}`, 'err'));
  output.err(debug && error instanceof Error ? (error.stack ?? '') : 'This is a bug in talmox; --debug shows where it happened.');
}
