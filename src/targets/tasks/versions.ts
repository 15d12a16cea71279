/** Versions that the Taskfiles are made for: what `doctor` asks for, and the proofs run. */

export const VERSIONS = {
  /** go-task. */
  task: '3.40.0',
} as const;
