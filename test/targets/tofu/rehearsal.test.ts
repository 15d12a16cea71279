import { describe, expect, it } from 'vitest';
import { tofuRehearsal } from '../../../src/targets/tofu/rehearsal.ts';
import { sampleCluster, sampleWith } from '../../support/cluster.ts';
import { REHEARSAL_HOST } from '../../support/rehearsal-host.ts';

const plain = sampleWith({ tofu: { ...sampleCluster().tofu, encryption: false } });

describe('a rehearsal with OpenTofu', () => {
  it('is led to the simulated host, trusts its certificate, and keeps its files aside', () => {
    expect(tofuRehearsal(REHEARSAL_HOST, plain).env).toEqual({
      TF_VAR_proxmox_endpoint: 'https://127.0.0.1:8006/',
      PROXMOX_VE_API_TOKEN: 'automation@pve!talmox=d1b5c5d5-0000-4000-8000-000000000000',
      SSL_CERT_FILE: '/tmp/rehearsal/ca.pem',
      TMPDIR: '/tmp/rehearsal/tmp',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
    });
  });

  it('encrypts its state with a passphrase of its own where the state is encrypted', () => {
    expect(tofuRehearsal(REHEARSAL_HOST, sampleCluster()).env['TF_VAR_state_passphrase']).toMatch(/.{16}/);
  });

  it('shows no colours where there are none', () => {
    expect(tofuRehearsal(REHEARSAL_HOST, plain).plainEnv).toEqual({ TF_CLI_ARGS: '-no-color' });
  });

  it('leaves the state of the real cluster alone: an override keeps it in the folder', () => {
    expect(tofuRehearsal(REHEARSAL_HOST, plain).files).toEqual({
      'tofu/rehearsal_override.tf': 'terraform {\n  backend "local" {}\n}\n',
    });
  });

  it('takes the providers that are there, and their lock file', () => {
    const { shared, prepare, first, args } = tofuRehearsal(REHEARSAL_HOST, plain);
    expect(shared).toEqual(['tofu/.terraform/providers', 'tofu/.terraform.lock.hcl']);
    expect([first, args]).toEqual([[], {}]);
    const env = { TF_IN_AUTOMATION: '1', TF_INPUT: '0' };
    expect(prepare((path) => path === 'tofu/.terraform/providers')).toEqual([
      { argv: ['tofu', 'init', '-plugin-dir=.terraform/providers'], cwd: 'tofu', env, exitCodes: {} },
    ]);
    expect(prepare(() => false)).toEqual([{ argv: ['tofu', 'init'], cwd: 'tofu', env, exitCodes: {} }]);
  });
});
