/** What a backend's API token must be able to do, and where. */

export interface Grant {
  /** Of the access control list: `/storage/local`. */
  readonly path: string;
  /** Name of a role of `roles`. */
  readonly role: string;
  /** Holds below the path too. */
  readonly propagate: boolean;
}

export interface Privileges {
  /** Name -> privileges, without the one for the guest agent, whose name depends on the version. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** The role that is given the privilege to ask the guest agent, or `null` where nothing asks it. */
  readonly agentRole: string | null;
  readonly grants: readonly Grant[];
}

/** The privilege to ask the guest agent for addresses. Source: pve-access-control, split in 9.0. */
export const AGENT_PRIVILEGE = { '8': 'VM.Monitor', newer: 'VM.GuestAgent.Audit' } as const;
