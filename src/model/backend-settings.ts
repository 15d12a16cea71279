/** Settings of one backend each. */

export interface AnsibleSettings {
  readonly forks: number;
  /** Restart a VM whose change takes effect only after one. */
  readonly restartIfNeeded: boolean;
  /** How long to wait for port 50000 after a start. */
  readonly waitTimeoutSeconds: number;
  /** Bound of one Proxmox task (clone, import, download). */
  readonly taskTimeoutSeconds: number;
}

export interface CrossplaneSettings {
  /** kubectl context of the management cluster; every command names it. `null`: the current one. */
  readonly context: string | null;
  readonly namespace: string;
  /** API group of the composite resource. */
  readonly group: string;
  /** `composition`: XRD, Composition and one XR per node. `managed`: one EnvironmentVM per node. */
  readonly style: 'composition' | 'managed';
}

export interface TofuSettings {
  readonly backend: 'local' | 'http';
  /** Address of the http backend, or `null`. */
  readonly backendAddress: string | null;
  /** State and plan are encrypted with a passphrase from the environment. */
  readonly encryption: boolean;
  readonly parallelism: number;
}
