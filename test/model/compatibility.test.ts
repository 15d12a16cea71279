import { describe, expect, it } from 'vitest';
import { kubernetesRange, supportsKubernetes, TALOS_MINORS, talosMinorsFor, upgradeObstacle, upgradeSources } from '../../src/model/compatibility.ts';
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
    expect([next(first, -1), next(last, 1), '2.31.0'].map((text) => supportsKubernetes(at(talos), at(text)))).toEqual([false, false, false]);
  });

  it('a Kubernetes names the Talos releases that run it', () => {
    expect(talosMinorsFor(at('1.36.2'))).toEqual(['1.13', '1.14']);
    expect(talosMinorsFor(at('1.29.0'))).toEqual([]);
  });
});

describe('upgrades of Talos', () => {
  it('start within two minors below and one above', () => {
    expect(TALOS_MINORS.map((minor) => upgradeSources(at(`${minor}.0`)))).toEqual([
      ['1.10', '1.11', '1.12', '1.13'],
      ['1.11', '1.12', '1.13', '1.14'],
      ['1.12', '1.13', '1.14', '1.15'],
    ]);
    expect(upgradeSources(at('1.9.0'))).toEqual([]);
  });

  it('say which step is missing', () => {
    expect(upgradeObstacle(at('1.12.3'), at('1.14.0'))).toBeNull();
    expect(upgradeObstacle(at('1.11.6'), at('1.14.0'))).toBe('Talos 1.14.0 is reached from 1.12 or later, not from 1.11.6; upgrade to 1.12 first');
    expect(upgradeObstacle(at('1.14.0'), at('1.12.0'))).toBe('Talos 1.14.0 does not go back to 1.12.0; only 1.13 and earlier do');
    expect(upgradeObstacle(at('1.12.0'), at('1.99.0'))).toContain('1.12, 1.13, 1.14');
  });
});
