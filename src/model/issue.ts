/** What can be wrong with the input: codes, severities and positions. */

export type Severity = 'error' | 'warning';

/** The two input files, by the names the user sees. */
export type InputFile = 'cluster.yaml' | 'nodes.yaml';

/**
 * One fault, ready to print as `file:line:column CODE message`.
 * @typeParam Code those that may stand here; `IssueCode` of `generate.ts` is all there are
 */
export interface Issue<Code extends string> {
  readonly code: Code;
  readonly severity: Severity;
  readonly file: string;
  /** RFC 6901 pointer into the file; empty for the whole file. */
  readonly pointer: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** What is wrong and what to write instead, in one line. */
  readonly message: string;
}

/** Where a pointer lies in its file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * What of a key is meant: the key, its value where it is written, or the place that uses it, which
 * is an alias (`*base`) where the value itself is written elsewhere.
 */
export type PlacePart = 'key' | 'value' | 'use';

/** Finds the position of a pointer; falls back to the nearest ancestor that exists. */
export type Locate = (file: InputFile, pointer: string, part?: PlacePart) => Position;

/** Sorts by file, then position, then code: the order in which issues are printed. */
export function sortIssues<Code extends string>(issues: readonly Issue<Code>[]): Issue<Code>[] {
  return [...issues].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
