/** How a backend's own tool is pointed at a simulated Proxmox VE. */

import type { Command } from './task.ts';

/** Where the simulated Proxmox VE answers, and the token to ask it with. */
export interface RehearsalHost {
  readonly host: string;
  readonly port: number;
  /** `user@realm` */
  readonly user: string;
  /** Name of the token, without its user. */
  readonly tokenName: string;
  readonly tokenSecret: string;
  /** Path of the certificate authority that signed its certificate. */
  readonly caFile: string;
  /** An empty folder for what the tool keeps outside its own. */
  readonly temporaryDirectory: string;
}

export interface Rehearsal {
  /** For every command of the backend, `prepare` apart: that one may need the real network and its authorities. */
  readonly env: Readonly<Record<string, string>>;
  /** Besides, where no colours are shown. */
  readonly plainEnv: Readonly<Record<string, string>>;
  /** Program -> words at the end of each of its commands. */
  readonly args: Readonly<Record<string, readonly string[]>>;
  /** Tasks of the backend that come before the first `apply`, against the simulated host. */
  readonly first: readonly string[];
  /** Path under `out/` -> content: written into the copy of the output, never into the output itself. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths under `out/` that the backend's `init` left and the copy shares, where they exist. */
  readonly shared: readonly string[];
  /**
   * What has to run once in the copy.
   * @param has is this shared path there?
   */
  prepare(has: (path: string) => boolean): readonly Command[];
}
