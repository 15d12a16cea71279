/** Versions that the playbooks are made for: what the templates print, `doctor` asks for, and the proofs run. */

export const VERSIONS = {
  /** The oldest that the collection runs on, and the first that is not tried. */
  core: { minimum: '2.17', below: '2.22' },
  /** The package that brings ansible-core and the collection along. */
  ansible: { minimum: '14' },
  /** community.proxmox: the first that downloads disk images to a storage, and the first that is not tried. */
  collection: { minimum: '1.4.0', below: '3.0.0' },
  /** What the collection asks for. */
  proxmoxer: { minimum: '2.3', below: '3' },
  requests: { minimum: '2.31' },
} as const;
