/** Which Kubernetes runs on which Talos, from which Talos each is reached, and which of them talmox renders for. */

import { minorText, type Version } from './version.ts';

interface Release {
  /** Kubernetes minors it supports, first and last. */
  readonly kubernetes: readonly [number, number];
  /** The first Talos minor that is upgraded to it; earlier ones take a step in between. */
  readonly upgradesFrom: number;
}

/** `1.12` runs `1.30` to `1.35`. */
export interface KubernetesRange {
  readonly talos: string;
  readonly first: string;
  readonly last: string;
}

/** By Talos minor. Source: siderolabs/talos pkg/machinery/compatibility. */
const RELEASES: Readonly<Record<string, Release>> = {
  '1.12': { kubernetes: [30, 35], upgradesFrom: 10 },
  '1.13': { kubernetes: [31, 36], upgradesFrom: 11 },
  '1.14': { kubernetes: [32, 37], upgradesFrom: 12 },
};

/** `1.12`, `1.13`, `1.14`: the releases whose documents talmox knows. */
export const TALOS_MINORS: readonly string[] = Object.keys(RELEASES);

/** First and last supported Kubernetes minor (`1.30`, `1.35`), or `null` for an unknown Talos. */
export function kubernetesRange(talos: Version): readonly [string, string] | null {
  const release = RELEASES[minorText(talos)];
  return release === undefined ? null : [`1.${release.kubernetes[0]}`, `1.${release.kubernetes[1]}`];
}

/** The same for every Talos minor that talmox knows, oldest first. */
export const KUBERNETES_RANGES: readonly KubernetesRange[] = Object.entries(RELEASES).map(
  ([
    talos,
    {
      kubernetes: [first, last],
    },
  ]) => ({
    talos,
    first: `1.${first}`,
    last: `1.${last}`,
  }),
);

export function supportsKubernetes(talos: Version, kubernetes: Version): boolean {
  const release = RELEASES[minorText(talos)];
  return release !== undefined && runs(release, kubernetes);
}

/** Talos releases that run this Kubernetes. */
export function talosMinorsFor(kubernetes: Version): string[] {
  return Object.entries(RELEASES)
    .filter(([, release]) => runs(release, kubernetes))
    .map(([minor]) => minor);
}

function runs({ kubernetes: [first, last] }: Release, { major, minor }: Version): boolean {
  return major === 1 && minor >= first && minor <= last;
}

/** The oldest minor of Talos 1 that is upgraded to this one in one step: 10 for 1.12; `null` for an unknown Talos. */
export function oldestUpgradeMinor(target: Version): number | null {
  return RELEASES[minorText(target)]?.upgradesFrom ?? null;
}
