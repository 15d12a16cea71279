/** Versions that the configuration is made for: what the templates print, `doctor` asks for, and the proofs run. */

export const VERSIONS = {
  /** The oldest OpenTofu. */
  tofu: '1.10.0',
  /** Pinned: an attribute of one release is unknown to another. */
  provider: { source: 'bpg/proxmox', version: '0.111.1' },
} as const;
