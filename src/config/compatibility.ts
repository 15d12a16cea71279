/** Which Kubernetes runs on which Talos, and which Talos talmox renders for. */

import { minorText, type Version } from '../model/version.ts';

/**
 * Kubernetes minors that each Talos minor supports, first and last.
 * Source: siderolabs/talos pkg/machinery/compatibility.
 */
const KUBERNETES_MINORS: Readonly<Record<string, readonly [number, number]>> = {
  '1.12': [30, 35],
  '1.13': [31, 36],
  '1.14': [32, 37],
};

/** `1.12`, `1.13`, `1.14`: the releases whose documents talmox knows. */
export const TALOS_MINORS: readonly string[] = Object.keys(KUBERNETES_MINORS);

/** First and last supported Kubernetes minor (`1.30`, `1.35`), or `null` for an unknown Talos. */
export function kubernetesRange(talos: Version): readonly [string, string] | null {
  const range = KUBERNETES_MINORS[minorText(talos)];
  return range === undefined ? null : [`1.${range[0]}`, `1.${range[1]}`];
}

export function supportsKubernetes(talos: Version, kubernetes: Version): boolean {
  const range = KUBERNETES_MINORS[minorText(talos)];
  return range !== undefined && kubernetes.major === 1 && kubernetes.minor >= range[0] && kubernetes.minor <= range[1];
}

/** Talos releases that run this Kubernetes. */
export function talosMinorsFor(kubernetes: Version): string[] {
  return Object.entries(KUBERNETES_MINORS)
    .filter(([, [first, last]]) => kubernetes.major === 1 && kubernetes.minor >= first && kubernetes.minor <= last)
    .map(([minor]) => minor);
}
