import { describe, expect, it } from 'vitest';
import { diskImageEnrolsSecureBootKeys, hasKubeDocuments, isAtLeast, parseVersion } from '../../src/model/version.ts';

const at = (text: string) => {
  const version = parseVersion(text);
  if (version === null) throw new Error(`no version: ${text}`);
  return version;
};

describe('versions', () => {
  it('compare as numbers, not as text', () => {
    expect(isAtLeast(at('1.12.0'), 1, 9)).toBe(true);
    expect(isAtLeast(at('1.9.5'), 1, 12)).toBe(false);
    expect(isAtLeast(at('2.0.0'), 1, 14)).toBe(true);
  });

  it('drop a leading v and keep a pre-release', () => {
    expect(at('v1.14.0-rc.1').text).toBe('1.14.0-rc.1');
    expect(parseVersion('1.12')).toBeNull();
  });

  it('answer by feature', () => {
    expect([hasKubeDocuments(at('1.13.9')), hasKubeDocuments(at('1.14.0-rc.1'))]).toEqual([false, true]);
    expect(diskImageEnrolsSecureBootKeys(at('1.13.9'))).toBe(false);
  });
});
