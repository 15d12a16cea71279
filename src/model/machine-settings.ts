/** Settings of every Talos machine that become documents as they are. */

/** Settings of every machine besides those of its network and its cluster. */
export interface MachineSettings {
  readonly sysctls: Texts;
  /** Mirrors by registry, in the order in which they are tried. */
  readonly registryMirrors: Readonly<Record<string, readonly string[]>>;
  /** `udp://127.0.0.1:6050/`: with a path, as Talos writes it; or `null`. */
  readonly kernelLogUrl: string | null;
  /** Where the logs of Talos' services go, one JSON object per line; or `null`. */
  readonly serviceLogUrl: string | null;
  /** Fields of KubeletConfiguration. */
  readonly kubeletConfig: Readonly<Record<string, unknown>>;
  /** TOML, ending with a line feed; or `null`. */
  readonly containerdConfig: string | null;
  /** The address of host DNS is on the loopback link too. */
  readonly hostDnsOnLoopback: boolean;
  /** Flags of the Kubernetes components, without dashes. */
  readonly extraArgs: {
    readonly kubelet: Texts;
    readonly apiServer: Texts;
    readonly controllerManager: Texts;
    readonly scheduler: Texts;
    readonly etcd: Texts;
  };
  /** `false`: the admission configuration that Talos generates is removed. */
  readonly admissionControl: boolean;
  readonly apiAccess: ApiAccess | null;
}

/** Talos takes the values of sysctls and flags as strings, also those of numbers and booleans. */
export type Texts = Readonly<Record<string, string>>;

/** Which pods may call the Talos API, and as what. */
export interface ApiAccess {
  readonly roles: readonly string[];
  readonly namespaces: readonly string[];
}
