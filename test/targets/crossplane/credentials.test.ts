import { describe, expect, it } from 'vitest';
import { sampleCluster } from '../../support/cluster.ts';
import { secretAroundToken, secretExample } from '../../../src/targets/crossplane/credentials.ts';

const TOKEN = 'automation@pve!talmox=12345678-1234-1234-1234-123456789abc';

describe('the Secret that the script writes', () => {
  const { before, after } = secretAroundToken(sampleCluster());

  it('is the one that the provider configuration names, as JSON of strings', () => {
    const secret = JSON.parse(before + TOKEN + after) as { metadata: unknown; stringData: { credentials: string } };
    expect(secret.metadata).toEqual(secretExample(sampleCluster()).metadata);
    expect(JSON.parse(secret.stringData.credentials)).toEqual({
      endpoint: 'https://pve1.home.example:8006/',
      api_token: TOKEN,
      insecure: 'false',
    });
  });

  it('has only a placeholder in its example', () => {
    const text = JSON.stringify(secretExample(sampleCluster()));
    expect(text).toContain('USER@REALM!TOKEN_ID=TOKEN_SECRET');
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });
});
