/** Errors that end a command. `exitCode` is read by `cli/main.ts` alone; docs/errors.md lists them. */

import type { Change } from './artifact.ts';
import type { Issue } from './issue.ts';

export abstract class ToolError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: number;
}

/** The input is wrong; all faults at once. */
export class InvalidInputError extends ToolError {
  readonly code = 'INVALID_INPUT';
  readonly exitCode = 1;
  readonly issues: readonly Issue<string>[];
  constructor(issues: readonly Issue<string>[]) {
    super(`${issues.length} fault(s) in the input`);
    this.issues = issues;
  }
}

/** `out/` is not what the input renders to. */
export class StaleOutputError extends ToolError {
  readonly code = 'STALE_OUTPUT';
  readonly exitCode = 1;
  readonly changes: readonly Change[];
  constructor(message: string, changes: readonly Change[]) {
    super(message);
    this.changes = changes;
  }
}

/** A flag, verb or target is unknown, an input file is missing, a confirmation was not given. */
export class UsageError extends ToolError {
  readonly code = 'USAGE';
  readonly exitCode = 2;
}

/** A template is wrong. */
export class RenderError extends ToolError {
  readonly code = 'TEMPLATE';
  readonly exitCode = 3;
  readonly template: string;
  readonly line: number;
  readonly column: number;
  constructor(template: string, line: number, column: number, message: string, options?: ErrorOptions) {
    super(`templates/${template}:${line}:${column} ${message}`, options);
    this.template = template;
    this.line = line;
    this.column = column;
  }
}

/** A rendered file is not what its consumer reads. */
export class InvalidOutputError extends ToolError {
  readonly code = 'INVALID_OUTPUT';
  readonly exitCode = 3;
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`${problems.length} rendered file(s) failed verification; nothing was written\n${problems.join('\n')}`);
    this.problems = problems;
  }
}

/** The file system refused, or a path leaves `out/`. */
export class WriteError extends ToolError {
  readonly code = 'WRITE';
  readonly exitCode = 4;
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.path = path;
  }
}

/** A signal ended what was going on: Ctrl-C, unless another exit code is given. */
export class InterruptedError extends ToolError {
  readonly code = 'INTERRUPTED';
  readonly exitCode: number;
  constructor(message: string, exitCode = 130) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A program is missing or could not be started. */
export class CommandError extends ToolError {
  readonly code = 'COMMAND';
  readonly exitCode = 5;
}
