/** Versions that the tasks are made for: what `doctor` asks for, and the proofs run. */

import { TALOS_MINORS } from '../../model/compatibility.ts';

export const VERSIONS = {
  /** The oldest Talos that talmox renders for. */
  talosctl: `${TALOS_MINORS[0] ?? ''}.0`,
  /** The oldest that encrypts what it reads from standard input. */
  sops: '3.10.0',
  talhelper: '3.1.2',
  topf: '0.4.2',
} as const;
