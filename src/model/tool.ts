/** Programs that talmox does not bring along. */

/** A program a task needs, and how to get it. */
export interface Tool {
  readonly name: string;
  readonly purpose: string;
  /** Arguments that print the version. */
  readonly versionArgs: readonly string[];
  /** Lowest version that works, `major.minor.patch`, or `null`. */
  readonly minimum: string | null;
  /** One line: what to run to install it. */
  readonly install: string;
}

/** What makes machine configurations. */
export type TalosTool = 'talosctl' | 'talhelper' | 'topf';
