/** Versions as values: code asks predicates and never compares strings. */

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** `1.12.0`, without a leading `v`. */
  readonly text: string;
}

/**
 * Parses `1.12.0`, `v1.12.0` or `1.14.0-rc.1`.
 * @returns `null` when the text is not a version
 */
export function parseVersion(text: string): Version | null {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?$/.exec(text);
  if (match === null) return null;
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3]),
    text: text.replace(/^v/, ''),
  };
}

/** Is the release at least `major.minor`? Pre-releases count as their release. */
export function isAtLeast(version: Version, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** `1.12`: what Talos calls the version contract. */
export function minorText(version: Version): string {
  return `${version.major}.${version.minor}`;
}

/** Since 1.14 Kubernetes settings are documents of their own, and their old fields are refused. */
export function hasKubeDocuments(talos: Version): boolean {
  return isAtLeast(talos, 1, 14);
}

/**
 * Since 1.14 a patch may delete a document that is not there, and name one document several times. Before, the deletion
 * itself ends up in the configuration, which can then not be written.
 */
export function deletesAbsentDocuments(talos: Version): boolean {
  return isAtLeast(talos, 1, 14);
}

/** Since 1.14 a new cluster mounts EPHEMERAL without devices and set-user-id programs. */
export function hasSecureEphemeral(talos: Version): boolean {
  return isAtLeast(talos, 1, 14);
}

/** Disk images enrol Secure Boot keys by themselves since 1.14; before, only the ISO does. */
export function diskImageEnrolsSecureBootKeys(talos: Version): boolean {
  return isAtLeast(talos, 1, 14);
}
