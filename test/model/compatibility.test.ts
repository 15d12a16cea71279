import { describe, expect, it } from 'vitest';
import {
  KUBERNETES_RANGES,
  kubernetesRange,
  oldestUpgradeMinor,
  supportsKubernetes,
  TALOS_MINORS,
  talosMinorsFor,
} from '../../src/model/compatibility.ts';
import { parseVersion } from '../../src/model/version.ts';

const at = (text: string) => {
  const version = parseVersion(text);
  if (version === null) throw new Error(`no version: ${text}`);
  return version;
};

describe('Talos and Kubernetes', () => {
  it.each([
    ['1.12.0', '1.30', '1.35'],
    ['1.13.9', '1.31', '1.36'],
    ['1.14.0-rc.1', '1.32', '1.37'],
  ])('Talos %s runs Kubernetes %s to %s, and neither the one before nor the one after', (talos, first, last) => {
    expect(kubernetesRange(at(talos))).toEqual([first, last]);
    const next = (minor: string, by: number): string => `1.${Number(minor.slice(2)) + by}.0`;
    expect([`${first}.0`, `${last}.99`].map((text) => supportsKubernetes(at(talos), at(text)))).toEqual([true, true]);
    expect([next(first, -1), next(last, 1), '2.31.0'].map((text) => supportsKubernetes(at(talos), at(text)))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('a Kubernetes names the Talos releases that run it', () => {
    expect(talosMinorsFor(at('1.36.2'))).toEqual(['1.13', '1.14']);
    expect(talosMinorsFor(at('1.29.0'))).toEqual([]);
  });

  it('the table that the upgrade scripts carry says the same', () => {
    expect(KUBERNETES_RANGES.map(({ talos, first, last }) => [talos, [first, last]])).toEqual(
      TALOS_MINORS.map((minor) => [minor, kubernetesRange(at(`${minor}.0`))]),
    );
  });
});

it('Talos is upgraded in one step from two minors below', () => {
  expect(TALOS_MINORS.map((minor) => oldestUpgradeMinor(at(`${minor}.0`)))).toEqual([10, 11, 12]);
  expect(oldestUpgradeMinor(at('1.9.0'))).toBeNull();
});
