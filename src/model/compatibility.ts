/** Which Kubernetes runs on which Talos, which Talos is upgraded to which, and which of them talmox renders for. */

import { minorText, type Version } from './version.ts';

interface Release {
  /** Kubernetes minors it supports, first and last. */
  readonly kubernetes: readonly [number, number];
  /** The first Talos minor that is upgraded to it; earlier ones take a step in between. */
  readonly upgradesFrom: number;
  /** The last Talos minor that goes back to it. */
  readonly downgradesFrom: number;
}

/**
 * By Talos minor. Source: siderolabs/talos pkg/machinery/compatibility, whose
 * `MaximumHostDowngradeVersion` is the first minor that no longer goes back.
 */
const RELEASES: Readonly<Record<string, Release>> = {
  '1.12': { kubernetes: [30, 35], upgradesFrom: 10, downgradesFrom: 13 },
  '1.13': { kubernetes: [31, 36], upgradesFrom: 11, downgradesFrom: 14 },
  '1.14': { kubernetes: [32, 37], upgradesFrom: 12, downgradesFrom: 15 },
};

/** `1.12`, `1.13`, `1.14`: the releases whose documents talmox knows. */
export const TALOS_MINORS: readonly string[] = Object.keys(RELEASES);

/** First and last supported Kubernetes minor (`1.30`, `1.35`), or `null` for an unknown Talos. */
export function kubernetesRange(talos: Version): readonly [string, string] | null {
  const release = RELEASES[minorText(talos)];
  return release === undefined ? null : [`1.${release.kubernetes[0]}`, `1.${release.kubernetes[1]}`];
}

export function supportsKubernetes(talos: Version, kubernetes: Version): boolean {
  const release = RELEASES[minorText(talos)];
  return release !== undefined && runs(release, kubernetes);
}

/** Talos releases that run this Kubernetes. */
export function talosMinorsFor(kubernetes: Version): string[] {
  return Object.entries(RELEASES).filter(([, release]) => runs(release, kubernetes)).map(([minor]) => minor);
}

function runs({ kubernetes: [first, last] }: Release, { major, minor }: Version): boolean {
  return major === 1 && minor >= first && minor <= last;
}

/**
 * Talos minors that a node may run when it is told to become `target`, oldest first: earlier ones that are upgraded in
 * one step, its own, and later ones that go back.
 * @returns `['1.10', '1.11', '1.12', '1.13']` for 1.12; empty for a Talos that talmox does not know
 */
export function upgradeSources(target: Version): string[] {
  const release = RELEASES[minorText(target)];
  if (release === undefined) return [];
  const { upgradesFrom, downgradesFrom } = release;
  return Array.from({ length: downgradesFrom - upgradesFrom + 1 }, (_, step) => `1.${upgradesFrom + step}`);
}

/**
 * Why a node of one Talos cannot be told to become another, and what to do instead.
 * @param installed what the node runs; a pre-release counts as its release
 * @returns `null` when it can; a sentence without a full stop otherwise
 */
export function upgradeObstacle(installed: Version, target: Version): string | null {
  const sources = upgradeSources(target);
  if (sources.length === 0) return `Talos ${target.text} is not one of the releases talmox knows: ${TALOS_MINORS.join(', ')}`;
  if (sources.includes(minorText(installed))) return null;
  const [first, last] = [sources[0] ?? '', sources.at(-1) ?? ''];
  const isOlder = installed.major < 1 || (installed.major === 1 && installed.minor < Number(first.split('.')[1]));
  return isOlder
    ? `Talos ${target.text} is reached from ${first} or later, not from ${installed.text}; upgrade to ${first} first`
    : `Talos ${installed.text} does not go back to ${target.text}; only ${last} and earlier do`;
}
